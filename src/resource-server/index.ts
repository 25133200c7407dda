// Public API of "nest-authorization-server/resource-server": guards for any Nest application.
export type { ScopeRequirement } from '../common/scope.js';
export { accessTokenOf, type VerifiedClaims } from './access-token.js';
export { BearerError } from './bearer-challenge.js';
export type { BearerRequest } from './bearer-request.js';
export type { TokenExtractor } from './carrier.js';
export { CurrentToken, CurrentUser, currentToken, type GuardedRequest } from './current-token.js';
export { addSecurityScheme, type SecuritySchemeOptions } from './openapi.js';
export type { ProtectedResource } from './resources.js';
export { PassportBearerGuard } from './passport-bearer.guard.js';
export type { Protection, ResourceProtectorOptions } from './protection.js';
export { Public, ResourceProtector } from './resource-protector.decorator.js';
export { ResourceProtectorGuard } from './resource-protector.guard.js';
export { ResourceServer } from './resource-server.js';
export { type ResourceServerAsyncOptions, ResourceServerModule } from './resource-server.module.js';
export type {
  BearerErrorResponse,
  IntrospectionOptions,
  IssuerOptions,
  JwtOptions,
  ResourceServerOptions,
} from './resource-server.options.js';
export { type AccessToken, type MaybePromise, TokenVerifier } from './token-verifier.js';
export { TokenVerifiers } from './token-verifiers.js';
export { TokenVerificationUnavailableError } from './unavailable-error.js';
export { UserSource } from './user-source.js';
export type { UnverifiedJwt } from './verifiers/compact-jwt.js';
