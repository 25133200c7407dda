// Where people sign in with each provider: the routes of @SignInWith, wherever in the application.
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { ClientRequest } from './oauth-client.js';
import { ownPathOf } from './own-url.js';
import { signInRouteOf } from './sign-in-route.js';

@Injectable()
export class SignInPaths {
  private known: readonly { name: string; path: string }[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /**
   * The path where the sign-in with a provider starts, below the same prefix as the request that is answered.
   * @param name absent: the only provider that people can sign in with
   */
  find(name: string | undefined, context: ExecutionContext, request: ClientRequest): string | undefined {
    const known = (this.known ??= this.discover());
    const paths = name === undefined ? known : known.filter((one) => one.name === name);
    if (paths.length === 0 || (name === undefined && paths.length > 1)) return undefined;
    return prefixOf(context, request) + paths[0].path;
  }

  private discover(): { name: string; path: string }[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function' || !metatype.prototype) return [];
      const prototype = metatype.prototype as Record<string, object>;
      return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
        const handler = prototype[method];
        const route = Reflect.hasMetadata(METHOD_METADATA, handler) ? signInRouteOf(handler) : undefined;
        return route?.step === 'start' ? [{ name: route.name, path: declaredPath(metatype, handler) }] : [];
      });
    });
  }
}

/** What the application has put before all its routes: a global prefix, a version. */
function prefixOf(context: ExecutionContext, request: ClientRequest): string {
  const declared = segmentsOf(declaredPath(context.getClass(), context.getHandler()));
  const segments = segmentsOf(ownPathOf(request).split('?')[0]);
  const before = segments.slice(0, Math.max(0, segments.length - declared.length));
  return before.map((segment) => `/${segment}`).join('');
}

function declaredPath(controller: object, handler: object): string {
  const parts = [controller, handler].map((one) => {
    const paths = Reflect.getMetadata(PATH_METADATA, one) as string | string[] | undefined;
    return [paths].flat()[0] ?? '';
  });
  return parts
    .flatMap(segmentsOf)
    .map((segment) => `/${segment}`)
    .join('');
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}
