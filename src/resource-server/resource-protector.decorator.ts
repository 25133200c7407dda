// @ResourceProtector: guards a controller or a handler with an access token of the scope that it names.
// @see RFC 6750 https://www.rfc-editor.org/rfc/rfc6750
import { applyDecorators, SetMetadata, UseGuards, UseInterceptors } from '@nestjs/common';
import type { ScopeRequirement } from '../common/scope.js';
import { CurrentTokenInterceptor } from './current-token.js';
import { type Protection, PROTECTION, ResourceProtectorGuard } from './resource-protector.guard.js';

export interface ResourceProtectorOptions {
  /** Lets a request without a token through; a bad token is still refused. @default false */
  optional?: boolean;
}

/**
 * Protects a controller or handler: the request needs a valid access token.
 *
 * @param scopes a string is one alternative (spaces mean AND), an array means OR; absent: any valid token
 * @example
 * \@Get()
 * \@ResourceProtector(['posts:read', 'posts:write'])
 * list(\@CurrentToken() token: AccessToken) {}
 */
export function ResourceProtector(
  scopes?: ScopeRequirement,
  options: ResourceProtectorOptions = {},
): ClassDecorator & MethodDecorator {
  const protection: Protection = { scopes, optional: options.optional ?? false };
  return applyDecorators(
    SetMetadata(PROTECTION, protection),
    UseGuards(ResourceProtectorGuard),
    UseInterceptors(CurrentTokenInterceptor),
  );
}
