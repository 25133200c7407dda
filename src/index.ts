// Public API of "nest-authorization-server": the plug-in decorators with what the built-in plug-ins use, options and events.
export type { OAuthRequest, OAuthResponse } from './common/http.js';
export * from './common/oauth-error.js';
export { Parameters } from './common/parameters.js';
export type { PluginOptions } from './common/plugin.js';
export {
  type AuthorizationServerOptions,
  type AuthorizationServerOptionsInput,
  type Lifetimes,
  ServerOptions,
  type SoftwareStatementIssuer,
  type Theme,
  type TokenGenerator,
  type TokenGeneratorContext,
} from './config/options.js';
export { EventBus } from './events/event-bus.js';
export type { OAuthEventName, OAuthEvents, RevocationReason } from './events/events.js';
export { OnOAuthEvent, type OAuthEventListener } from './events/on-oauth-event.js';
export { Client } from './clients/client.js';
export type { ClientMetadata } from './clients/client-metadata.js';
export { ClientsService } from './clients/clients.service.js';
export { GrantsService } from './tokens/grants.service.js';
export type {
  AccessTokenDraft,
  GrantDraft,
  IssuedGrant,
  Narrowing,
  RefreshTokenDraft,
  RefreshTokenRecord,
} from './tokens/issuance.js';
export { TokenFormat, type TokenFormatContext } from './tokens/formats/token-format.js';
export { TokenIssuer } from './tokens/token-issuer.js';
export { User } from './users/user.js';
export { UsersService } from './users/users.service.js';
export { AuthorizationServer } from './oauth/authorization-server.js';
export { NarrowingReader } from './oauth/checks/narrowing.js';
export { ResourceIndicators } from './oauth/checks/resource-indicators.js';
export { resolveScope } from './oauth/checks/scope.js';
export { ClientAuth, type PresentedCredentials } from './oauth/client-auth/client-auth.js';
export { Claims, type ClaimsContext, type ClaimsSource, type ExternalClaims } from './oauth/claims/claims-source.js';
export { Endpoint, type EndpointOptions } from './oauth/endpoints/endpoint.js';
export { EndpointHandler, readForm } from './oauth/endpoints/endpoint-handler.js';
export { Grant, type TokenRequest, type TokenResponse } from './oauth/grants/grant.js';
export { IdTokens, type IdTokenBinding, type SignInFacts } from './oauth/id-tokens.js';
export { ResponseMode } from './oauth/response-modes/response-mode.js';
export { AuthorizationResponses, type ResponsePart } from './oauth/response-types/authorization-responses.js';
export { type AuthorizationGrant, ResponseType } from './oauth/response-types/response-type.js';
export { SubjectIdentifiers } from './oauth/subject-identifiers.js';
export { TokenPolicy } from './oauth/token-policy.js';
export { TokenResponder } from './oauth/token-response.js';
export { UserTokens, type UserTokenRequest } from './oauth/user-tokens.js';
