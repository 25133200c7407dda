// Public API of "nest-authorization-server/relying-party": sign in with others, and call their APIs.
export { carriedBy, carry } from './carried.js';
export type {
  ApiRequestOptions,
  AssertionOptions,
  AuthorizationUrl,
  AuthorizeAccessTokenOptions,
  ClientReply,
  ClientRequest,
  IntrospectionAnswer,
  LogoutParams,
  LogoutUrl,
  OAuthClient,
} from './oauth-client.js';
export type {
  ClientAuthenticator,
  ClientAuthMethod,
  ComplianceHooks,
  OAuthClientOptions,
  ProviderMetadata,
  ReplacedToken,
  RequestParams,
  TokenContext,
  UserClaims,
} from './oauth-client.options.js';
export { OAuthClientError, type OAuthClientFailure } from './oauth-client-error.js';
export type { OAuthToken, UserInfo } from './oauth-token.js';
export {
  OAuthRegistry,
  type OAuthClientBuilder,
  type RegisterOptions,
  type RegistrySettings,
} from './oauth-registry.js';
export type { ClaimsOfAnswer, IssuerOfClaims } from './presets.js';
export type { ProviderSettings, SettingsSources } from './provider-settings.js';
export type { TransactionStore } from './transactions.js';
export type { LogoutToken } from './logout-tokens.js';
export { InjectOAuthClient, oauthClientToken } from './inject-oauth-client.js';
export { createOAuthRegistry } from './build-oauth-client.js';
export { OAuthClientModule } from './oauth-client.module.js';
export type {
  OAuthClientAsyncOptions,
  OAuthClientModuleOptions,
  OAuthClientProviders,
} from './oauth-client-module.options.js';
export type { OAuthEventName, OAuthEvents } from '../events/events.js';
export { OnOAuthEvent, type OAuthEventListener } from '../events/on-oauth-event.js';
export { ReceiveLogout, RemoteLogout, type ReceiveLogoutOptions } from './receive-logout.decorator.js';
export type { RemoteLogoutNotice } from './remote-logout.js';
export type { RemoteSessionOptions } from './remote-sessions.options.js';
export { RemoteSessions, type RemoteSignInResult } from './remote-sessions.js';
export { RemoteToken, RemoteUser } from './remote-user.decorator.js';
export { RequireSignIn } from './require-sign-in.decorator.js';
export type { RequiredSignIn } from './required-sign-in.js';
export {
  type EndedSessions,
  hasEnded,
  MemorySessionStore,
  type RemoteSession,
  type SessionStore,
} from './session-store.js';
export { SignInFailed } from './sign-in-failed.js';
export { SignInGuard } from './sign-in.guard.js';
export { SignInWith, type SignInWithOptions } from './sign-in-with.decorator.js';
