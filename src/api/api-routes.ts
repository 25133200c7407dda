// Which methods the paths of the JSON APIs have, so that a wrong one is answered with those that work.
// @see RFC 9110 §15.5.6 https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6
import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** Where the APIs are. */
const API = /^\/api(?=[/?]|$)/;

interface Route {
  method: string;
  /** `:name` stands for any segment. */
  segments: string[];
}

@Injectable()
export class ApiRoutes implements OnModuleInit {
  private readonly routes: Route[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    for (const { metatype } of this.discovery.getControllers()) {
      const root = metatype && (Reflect.getMetadata(PATH_METADATA, metatype) as unknown);
      if (typeof root !== 'string' || !isApi(`/${root}`)) continue;
      const prototype = (metatype as { prototype: Record<string, object> }).prototype;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const method = Reflect.getMetadata(METHOD_METADATA, prototype[name]) as RequestMethod | undefined;
        if (method === undefined) continue;
        const path = Reflect.getMetadata(PATH_METADATA, prototype[name]) as string;
        this.routes.push({ method: RequestMethod[method], segments: segmentsOf(`${root}/${path}`) });
      }
    }
  }

  /** @param url as it was asked for; none: there is nothing at this path */
  methodsAt(url: string): string[] {
    const asked = segmentsOf(url.split('?')[0]);
    const found = this.routes.filter(
      ({ segments }) =>
        segments.length === asked.length &&
        segments.every((segment, index) => segment === asked[index] || segment.startsWith(':')),
    );
    const methods = new Set(found.map(({ method }) => method));
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].sort();
  }
}

export function isApi(url: string): boolean {
  return API.test(url);
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}
