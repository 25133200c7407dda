// Public API of "nest-authorization-server": the plug-in decorators with what the built-in plug-ins use, options and events.
export { isMacAlgorithm, MAC_ALGORITHMS, sameAlgorithm, SIGNATURE_ALGORITHMS } from './common/algorithms.js';
export { credentialKey, generateCredential, tokenIdentifier } from './common/credential.js';
export { escapeHtml } from './common/html.js';
export {
  type HttpReply,
  type HttpRequest,
  jsonResponse,
  NO_STORE,
  type OAuthRequest,
  type OAuthResponse,
  seeOther,
  sendResponse,
  toOAuthRequest,
} from './common/http.js';
export { joseHeader } from './common/jose-header.js';
export * from './common/oauth-error.js';
export { decodeFormComponent, Parameters, parseForm } from './common/parameters.js';
export { type PluginKind, pluginKind, type PluginOptions, Registry } from './common/plugin.js';
export { matchRedirectUri } from './common/redirect-uri.js';
export { includesScope, parseScope } from './common/scope.js';
export { Sealer } from './common/sealer.js';
export { appendQuery } from './common/url.js';
export type { IdentityProvider, IdentityProviders } from './config/identity-providers.js';
export {
  type AssertionIssuer,
  type AuthorizationServerOptions,
  type AuthorizationServerOptionsInput,
  type HostClient,
  type InteractionPages,
  type Lifetimes,
  type Pages,
  ServerOptions,
  type SoftwareStatementIssuer,
  type Theme,
  type TokenGenerator,
  type TokenGeneratorContext,
} from './config/options.js';
export { EventBus } from './events/event-bus.js';
export type { OAuthEventName, OAuthEvents, RevocationReason } from './events/events.js';
export { OnOAuthEvent, type OAuthEventListener } from './events/on-oauth-event.js';
export { ChangeListener } from './database/change-listener.js';
export { Database, type Transaction } from './database/database.js';
export { Client } from './clients/client.js';
export { ClientKeys } from './clients/client-keys.js';
export { type ClientMetadata, PROTOCOL_SCOPES } from './clients/client-metadata.js';
export { JWT_BEARER_GRANT_TYPE } from './clients/grant-types.js';
export { ClientsService } from './clients/clients.service.js';
export { SealedSecrets } from './clients/sealed-secrets.js';
export { SessionsService } from './sessions/sessions.service.js';
export { SignInService } from './sessions/sign-in.service.js';
export { DeviceCodes, type DevicePoll, type DeviceRequest } from './tokens/device-codes.js';
export { KeyStore } from './tokens/keys/key-store.js';
export { acrOfGrant } from './tokens/authentication-context.js';
export { GrantsService } from './tokens/grants.service.js';
export type {
  AccessTokenDraft,
  CodeDraft,
  GrantDraft,
  IssuedGrant,
  Narrowing,
  RefreshTokenDraft,
  RefreshTokenRecord,
} from './tokens/issuance.js';
export { TokenFormat, type TokenFormatContext } from './tokens/formats/token-format.js';
export type { TokenKind } from './tokens/token-generators.js';
export { TokenIssuer } from './tokens/token-issuer.js';
export { type OwnerSource, TokenOwners } from './tokens/token-owners.js';
export { User } from './users/user.js';
export { type StoreUser, UserStore } from './users/user-store.js';
export { type HostAccessEndReason, UsersService } from './users/users.service.js';
export { BrowserSignIn, type SignInBrowser, type VerifiedSignIn } from './sessions/browser-sign-in.js';
export type { Session } from './sessions/session.js';
export type { HostSignIn } from './oauth/authorization-answers.js';
export type { Prompt } from './oauth/checks/prompt.js';
export { AuthorizationError, type AuthorizationRequest, type ResponseTarget } from './oauth/authorization-request.js';
export { AuthorizationServer } from './oauth/authorization-server.js';
export { InteractionError } from './oauth/interactions/interaction-error.js';
export {
  type InteractionAnswer,
  type InteractionBrowser,
  type InteractionClient,
  type InteractionEnd,
  Interactions,
  type InteractionStep,
} from './oauth/interactions/interactions.js';
export type { ClaimsRequest, RequestedClaim } from './oauth/claims/claims-request.js';
export type { IdTokenHint } from './oauth/id-token-hints.js';
export type { Resource } from './tokens/catalogue.js';
export { type Assertion, type AssertionHeader, readAssertion } from './oauth/assertions/assertion.js';
export { InvalidAssertionError, UntrustedAssertionError } from './oauth/assertions/assertion-errors.js';
export { AssertionIssuers, type TrustedAssertionIssuer } from './oauth/assertions/assertion-issuers.js';
export { AssertionKeys } from './oauth/assertions/assertion-keys.js';
export { AssertionLimits } from './oauth/assertions/assertion-limits.js';
export { AssertionSubjects, type SubjectKind } from './oauth/assertions/assertion-subjects.js';
export {
  type AssertionClaims,
  AssertionVerifier,
  type ExpectedAssertion,
  type VerifiedAssertion,
} from './oauth/assertions/assertion-verifier.js';
export { BearerAssertions } from './oauth/assertions/bearer-assertions.js';
export { NarrowingReader } from './oauth/checks/narrowing.js';
export { codeChallengeOf } from './oauth/checks/pkce.js';
export { ResourceIndicators } from './oauth/checks/resource-indicators.js';
export { resolveScope } from './oauth/checks/scope.js';
export {
  type AssertionMethod,
  type ClientAssertion,
  ClientAssertions,
  readClientAssertion,
} from './oauth/client-auth/client-assertions.js';
export { ClientAuthenticator } from './oauth/client-auth/client-authenticator.js';
export { ClientAuth, type PresentedCredentials } from './oauth/client-auth/client-auth.js';
export { ClientTokens, type ClientTokenRequest } from './oauth/client-tokens.js';
export { Claims, type ClaimsContext, type ClaimsSource, type ExternalClaims } from './oauth/claims/claims-source.js';
export { DeviceAuthorization, type DeviceAuthorizationResponse } from './oauth/device/device-authorization.js';
export { DeviceVerification, type DeviceUser, type WaitingDevice } from './oauth/device/device-verification.js';
export { DEVICE_GRANT_TYPE, isDeviceGrantOn } from './oauth/device/device-grant-type.js';
export {
  Endpoint,
  type EndpointOptions,
  type EndpointReplacement,
  type EndpointResponder,
} from './oauth/endpoints/endpoint.js';
export { EndpointController } from './oauth/endpoints/endpoint-controller.js';
export { isForm, parseFormBody, readForm } from './oauth/endpoints/form.js';
export { PublishedDocument, type PublishedDocumentOptions } from './oauth/endpoints/published-document.js';
export { Grant, type TokenRequest, type TokenResponse } from './oauth/grants/grant.js';
export { GrantRegistry } from './oauth/grants/grant-registry.js';
export type { AuthorizationDecision, ConsentRequest, SignedIn } from './oauth/host-authorization.js';
export { IdTokens, type IdTokenBinding, type SignInFacts } from './oauth/id-tokens.js';
export { Introspection, type IntrospectionResponse } from './oauth/introspection.js';
export { type LogoutRequest, LogoutRequests } from './oauth/logout/logout-requests.js';
export { Metadata } from './oauth/metadata.js';
export { Registration } from './oauth/registration/registration.js';
export { ResponseMode } from './oauth/response-modes/response-mode.js';
export { AuthorizationResponses, type ResponsePart } from './oauth/response-types/authorization-responses.js';
export { type AuthorizationGrant, ResponseType } from './oauth/response-types/response-type.js';
export { Revocation } from './oauth/revocation.js';
export type { InteractionKind } from './oauth/sign-in-steps.js';
export { SubjectIdentifiers } from './oauth/subject-identifiers.js';
export { TokenPolicy } from './oauth/token-policy.js';
export { TokenResponder } from './oauth/token-response.js';
export { UserTokens, type UserTokenRequest } from './oauth/user-tokens.js';
export { Userinfo, USERINFO_REALM } from './oauth/userinfo.js';
export { invalidRequest, tokenMissing } from './resource-server/bearer-challenge.js';
export { readBearerToken } from './resource-server/bearer-request.js';
export {
  AuthorizationServerModule,
  type AuthorizationServerModuleAsyncOptions,
} from './embedding/authorization-server.module.js';
export type { AuthorizationServerModuleOptions, BootstrapSettings, DatabaseSettings } from './embedding/options.js';
export { ConfigurationError } from './config/env.js';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './database/embedded-postgres.js';
export { DatabaseStartError } from './database/start-error.js';
export { ENTITIES as authorizationServerEntities } from './schema.js';
// The built-in plug-ins, to be extended by those that take their place.
export { AddressClaims } from './oauth/claims/address.claims.js';
export { EmailClaims } from './oauth/claims/email.claims.js';
export { PhoneClaims } from './oauth/claims/phone.claims.js';
export { ProfileClaims } from './oauth/claims/profile.claims.js';
export { ClientSecretBasic } from './oauth/client-auth/client-secret-basic.js';
export { ClientSecretJwt } from './oauth/client-auth/client-secret-jwt.js';
export { ClientSecretPost } from './oauth/client-auth/client-secret-post.js';
export { NoClientAuth } from './oauth/client-auth/none.js';
export { PrivateKeyJwt } from './oauth/client-auth/private-key-jwt.js';
export { AuthorizationCodeGrant } from './oauth/grants/authorization-code.grant.js';
export { ClientCredentialsGrant } from './oauth/grants/client-credentials.grant.js';
export { DeviceCodeGrant } from './oauth/grants/device-code.grant.js';
export { ImplicitGrant } from './oauth/grants/implicit.grant.js';
export { PasswordGrant } from './oauth/grants/password.grant.js';
export { RefreshTokenGrant } from './oauth/grants/refresh-token.grant.js';
export { FormPostResponseMode } from './oauth/response-modes/form-post.js';
export { FragmentResponseMode } from './oauth/response-modes/fragment.js';
export { QueryResponseMode } from './oauth/response-modes/query.js';
export { JwtFormat } from './tokens/formats/jwt.format.js';
export { OpaqueFormat } from './tokens/formats/opaque.format.js';
