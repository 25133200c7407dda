// @ResourceProtector: guards a controller or a handler with an access token of the scope that it names; @Public leaves one open.
// @see RFC 6750 https://www.rfc-editor.org/rfc/rfc6750
import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import type { ScopeRequirement } from '../common/scope.js';
import { type Protection, PROTECTION, type ResourceProtectorOptions } from './protection.js';
import { ResourceProtectorGuard } from './resource-protector.guard.js';

/**
 * Protects a controller, gateway, resolver or handler: the request needs a valid access token. What a handler names goes
 * before what its controller names, member by member; what it does not name it has from the controller, but for
 * `optional`: who is decorated needs a token unless it says so itself. A controller that is decorated asks for nothing that
 * the class asks for which it extends. On fields of GraphQL it takes `fieldResolverEnhancers: ['guards']` of `GraphQLModule`.
 *
 * @param scopes a string is one alternative (spaces mean AND), an array means OR; `[]`: any valid token; absent: as the
 * controller has it, else any valid token
 * @param options what is asked for beside the scope
 * @throws Error while the class is defined, when something is decorated twice
 * @example
 * \@Get()
 * \@ResourceProtector(['posts:read', 'posts:write'], { maxAge: 300 })
 * list(\@CurrentToken() token: AccessToken) {}
 */
export function ResourceProtector(
  scopes?: ScopeRequirement,
  options: ResourceProtectorOptions = {},
): ClassDecorator & MethodDecorator {
  return applyDecorators(
    protect({ ...options, optional: options.optional ?? false, scopes, isPublic: false }),
    UseGuards(ResourceProtectorGuard),
  );
}

/**
 * Leaves a handler or controller open that would be guarded: by its controller, or by the option `global` of the module.
 *
 * @throws Error while the class is defined, when the same is guarded as well
 * @example
 * \@Get('health')
 * \@Public()
 * health() {}
 */
export function Public(): ClassDecorator & MethodDecorator {
  return protect({ isPublic: true });
}

function protect(protection: Protection): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const decorated = (descriptor?.value as object | undefined) ?? target;
    // Which of the two counts would depend on their order.
    if (Reflect.hasOwnMetadata(PROTECTION, decorated)) {
      const name = key === undefined ? (target as { name: string }).name : `${target.constructor.name}.${String(key)}`;
      throw new Error(`${name}: @ResourceProtector and @Public stand once, and not together.`);
    }
    SetMetadata(PROTECTION, protection)(decorated as never, key as never, descriptor as never);
  };
}
