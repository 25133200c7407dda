// The routes of the JSON APIs: a wrong method is answered with those that work, and the documentation has all of them.
// @see RFC 9110 §15.5.6 https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6
import { Injectable, type OnModuleInit, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ServerOptions } from '../config/options.js';
import { isServed } from '../config/page.js';

/** Where the APIs are. */
const API = /^\/(?:api|oauth\/interaction)(?=[/?]|$)/;

export interface ApiRoute {
  method: string;
  /** `:name` stands for any segment. */
  segments: string[];
  controller: Type<object>;
  /** Name of its method. */
  handler: string;
}

@Injectable()
export class ApiRoutes implements OnModuleInit {
  private routes: ApiRoute[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly options: ServerOptions,
  ) {}

  onModuleInit(): void {
    // In a host application ours are providers: its router must not know them.
    for (const { metatype } of [...this.discovery.getControllers(), ...this.discovery.getProviders()]) {
      const root = metatype && (Reflect.getMetadata(PATH_METADATA, metatype) as unknown);
      if (typeof root !== 'string' || !isApi(`/${root}`) || !isServed(metatype as object, this.options)) continue;
      const controller = metatype as Type<Record<string, object>>;
      const prototype = controller.prototype as Record<string, object>;
      for (const handler of this.scanner.getAllMethodNames(prototype)) {
        const method = Reflect.getMetadata(METHOD_METADATA, prototype[handler]) as RequestMethod | undefined;
        if (method === undefined) continue;
        const path = Reflect.getMetadata(PATH_METADATA, prototype[handler]) as string;
        const segments = segmentsOf(`${root}/${path}`);
        this.routes.push({ method: RequestMethod[method], segments, controller, handler });
      }
    }
  }

  /** For a controller that has nothing to give here and answers 404. */
  leaveOut(controller: Type<object>): void {
    this.routes = this.routes.filter((route) => route.controller !== controller);
  }

  all(): readonly ApiRoute[] {
    return this.routes;
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
