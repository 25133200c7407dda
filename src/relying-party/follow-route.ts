// A second route of a handler: what decorates the handler holds for it as well, also what is added later.
import {
  HEADERS_METADATA,
  HTTP_CODE_METADATA,
  PARAMTYPES_METADATA,
  REDIRECT_METADATA,
  RENDER_METADATA,
  RESPONSE_PASSTHROUGH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';

type Handler = (this: Record<string, Handler>, ...args: unknown[]) => unknown;

/** What the answer of a handler is to look like; of a route that does not run it, it says nothing. */
const ANSWER = [HTTP_CODE_METADATA, REDIRECT_METADATA, RENDER_METADATA];

/**
 * Adds a method to a controller that has the metadata of another one, whose own goes before.
 * @param runs does it run the other one, with the same parameters?
 * @param decorators of the route
 */
export function followRoute(
  prototype: object,
  key: string,
  { name, runs, decorators }: { name: string; runs: boolean; decorators: readonly MethodDecorator[] },
): void {
  const methods = prototype as Record<string, Handler>;
  const follower: Handler = runs
    ? function (...args) {
        return this[key](...args);
      }
    : () => undefined;
  Object.setPrototypeOf(follower, methods[key]);
  const descriptor = { value: follower, writable: true, enumerable: false, configurable: true };
  Object.defineProperty(prototype, name, descriptor);
  if (runs) {
    const controller = prototype.constructor;
    for (const metadata of [ROUTE_ARGS_METADATA, RESPONSE_PASSTHROUGH_METADATA]) {
      const value: unknown = Reflect.getMetadata(metadata, controller, key);
      if (value !== undefined) Reflect.defineMetadata(metadata, value, controller, name);
    }
    const types: unknown = Reflect.getMetadata(PARAMTYPES_METADATA, prototype, key);
    if (types) Reflect.defineMetadata(PARAMTYPES_METADATA, types, prototype, name);
  } else {
    for (const metadata of ANSWER) Reflect.defineMetadata(metadata, undefined, follower);
    Reflect.defineMetadata(HEADERS_METADATA, [], follower);
  }
  for (const decorate of decorators) decorate(prototype, name, descriptor);
}

/** Does a handler send the answer itself? */
export function answersItself(controller: object, key: string): boolean {
  if (Reflect.getMetadata(RESPONSE_PASSTHROUGH_METADATA, controller, key)) return false;
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, key) ?? {}) as object;
  const types = [RouteParamtypes.RESPONSE, RouteParamtypes.NEXT];
  return Object.keys(parameters).some((parameter) => types.some((type) => parameter.startsWith(`${type}:`)));
}
