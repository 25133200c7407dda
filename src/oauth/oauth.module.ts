// The protocol: grants, client authentication, response types and modes, and what the endpoints call.
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ClientsModule } from '../clients/clients.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthorizationAnswers } from './authorization-answers.js';
import { AuthorizationRequests } from './authorization-request.js';
import { AuthorizationServer } from './authorization-server.js';
import { AuthorizationService } from './authorization.service.js';
import { AssertionIssuers } from './assertions/assertion-issuers.js';
import { AssertionKeys } from './assertions/assertion-keys.js';
import { AssertionSubjects } from './assertions/assertion-subjects.js';
import { AssertionVerifier } from './assertions/assertion-verifier.js';
import { BearerAssertions } from './assertions/bearer-assertions.js';
import { NarrowingReader } from './checks/narrowing.js';
import { ResourceIndicators } from './checks/resource-indicators.js';
import { AddressClaims } from './claims/address.claims.js';
import { ClaimsRegistry } from './claims/claims-registry.js';
import { EmailClaims } from './claims/email.claims.js';
import { PhoneClaims } from './claims/phone.claims.js';
import { ProfileClaims } from './claims/profile.claims.js';
import { ClientAccess } from './client-access.js';
import { ClientAssertions } from './client-auth/client-assertions.js';
import { ClientAuthenticator } from './client-auth/client-authenticator.js';
import { ClientSecretBasic } from './client-auth/client-secret-basic.js';
import { ClientSecretJwt } from './client-auth/client-secret-jwt.js';
import { ClientSecretPost } from './client-auth/client-secret-post.js';
import { NoClientAuth } from './client-auth/none.js';
import { PrivateKeyJwt } from './client-auth/private-key-jwt.js';
import { ClientEncryption } from './client-encryption.js';
import { ClientJwts } from './client-jwts.js';
import { ClientTokens } from './client-tokens.js';
import { DeviceAuthorization } from './device/device-authorization.js';
import { DeviceVerification } from './device/device-verification.js';
import { EndpointHandler } from './endpoints/endpoint-handler.js';
import { PublishedDocuments } from './endpoints/published-documents.js';
import { EndpointRegistry } from './endpoints/endpoint.js';
import { ErrorResponses } from './endpoints/error-responses.js';
import { AuthorizationCodeGrant } from './grants/authorization-code.grant.js';
import { ClientCredentialsGrant } from './grants/client-credentials.grant.js';
import { DeviceCodeGrant } from './grants/device-code.grant.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { ImplicitGrant } from './grants/implicit.grant.js';
import { JwtBearerGrant } from './grants/jwt-bearer.grant.js';
import { PasswordGrant } from './grants/password.grant.js';
import { RefreshTokenGrant } from './grants/refresh-token.grant.js';
import { HostAuthorization } from './host-authorization.js';
import { HostOwners } from './host-owners.js';
import { IdTokenHints } from './id-token-hints.js';
import { IdTokens } from './id-tokens.js';
import { IdentityProviders } from './identity-providers/identity-providers.js';
import { IdentitySignIn } from './identity-providers/identity-sign-in.js';
import { PendingIdentities } from './identity-providers/pending-identities.js';
import { SessionIdentities } from './identity-providers/session-identities.js';
import { SessionIdentitiesRepository } from './identity-providers/session-identities.repository.js';
import { UpstreamSignIns } from './identity-providers/upstream-sign-ins.js';
import { WaitingInteractions } from './identity-providers/waiting-interactions.js';
import { InteractionLocations } from './interactions/interaction-locations.js';
import { InteractionResponder } from './interactions/interaction-responder.js';
import { Interactions } from './interactions/interactions.js';
import { InteractionsService } from './interactions/interactions.service.js';
import { Introspection } from './introspection.js';
import { BackchannelLogout } from './logout/backchannel-logout.js';
import { FrontchannelLogout } from './logout/frontchannel-logout.js';
import { LogoutNotificationsRepository } from './logout/logout-notifications.repository.js';
import { LogoutRequests } from './logout/logout-requests.js';
import { LogoutTokens } from './logout/logout-tokens.js';
import { Metadata } from './metadata.js';
import { OpenIdRequests } from './openid-request.js';
import { RegistrableMetadata } from './registration/registrable-metadata.js';
import { Registration } from './registration/registration.js';
import { SectorIdentifiers } from './registration/sector-identifiers.js';
import { SoftwareStatements } from './registration/software-statements.js';
import { RequestObjectVerifier } from './request-objects/request-object-verifier.js';
import { RequestObjects } from './request-objects/request-objects.js';
import { RequestUris } from './request-objects/request-uris.js';
import { FormPostResponseMode } from './response-modes/form-post.js';
import { FragmentResponseMode } from './response-modes/fragment.js';
import { QueryResponseMode } from './response-modes/query.js';
import { ResponseModeRegistry } from './response-modes/response-mode.js';
import { AuthorizationResponses } from './response-types/authorization-responses.js';
import {
  CodeIdTokenResponseType,
  CodeIdTokenTokenResponseType,
  CodeTokenResponseType,
  IdTokenResponseType,
  IdTokenTokenResponseType,
  NoneResponseType,
} from './response-types/openid-response-types.js';
import { ResponseTypeRegistry } from './response-types/response-type-registry.js';
import { Revocation } from './revocation.js';
import { OAuthSecurityScheme } from './security-scheme.js';
import { ServerSettingsRepository } from './server-settings.repository.js';
import { SessionStates } from './session-states.js';
import { SignInSteps } from './sign-in-steps.js';
import { SubjectIdentifiers } from './subject-identifiers.js';
import { TokenPolicy } from './token-policy.js';
import { TokenResponder } from './token-response.js';
import { Userinfo } from './userinfo.js';
import { UiLocales } from './ui-locales.js';
import { UserTokens } from './user-tokens.js';

const CLAIMS = [ProfileClaims, EmailClaims, AddressClaims, PhoneClaims];
const GRANTS = [
  AuthorizationCodeGrant,
  ImplicitGrant,
  ClientCredentialsGrant,
  PasswordGrant,
  RefreshTokenGrant,
  JwtBearerGrant,
  DeviceCodeGrant,
];
const RESPONSE_TYPES = [
  CodeIdTokenResponseType,
  CodeIdTokenTokenResponseType,
  CodeTokenResponseType,
  IdTokenResponseType,
  IdTokenTokenResponseType,
  NoneResponseType,
];
const CLIENT_AUTH = [ClientSecretBasic, ClientSecretPost, ClientSecretJwt, PrivateKeyJwt, NoClientAuth];
const RESPONSE_MODES = [QueryResponseMode, FragmentResponseMode, FormPostResponseMode];

@Module({
  imports: [DiscoveryModule, ClientsModule, SessionsModule, TokensModule, UsersModule],
  providers: [
    ...GRANTS,
    ...CLIENT_AUTH,
    ...RESPONSE_TYPES,
    ...RESPONSE_MODES,
    ...CLAIMS,
    AssertionIssuers,
    AssertionKeys,
    AssertionSubjects,
    AssertionVerifier,
    AuthorizationAnswers,
    AuthorizationRequests,
    AuthorizationResponses,
    AuthorizationServer,
    AuthorizationService,
    BackchannelLogout,
    BearerAssertions,
    ClientAccess,
    ClaimsRegistry,
    ClientAssertions,
    ClientAuthenticator,
    ClientEncryption,
    ClientJwts,
    ClientTokens,
    DeviceAuthorization,
    DeviceVerification,
    EndpointHandler,
    PublishedDocuments,
    EndpointRegistry,
    ErrorResponses,
    FrontchannelLogout,
    GrantRegistry,
    HostAuthorization,
    HostOwners,
    IdentityProviders,
    IdentitySignIn,
    PendingIdentities,
    SessionIdentities,
    SessionIdentitiesRepository,
    UpstreamSignIns,
    WaitingInteractions,
    IdTokenHints,
    IdTokens,
    InteractionLocations,
    InteractionResponder,
    Interactions,
    InteractionsService,
    Introspection,
    LogoutNotificationsRepository,
    LogoutRequests,
    LogoutTokens,
    Metadata,
    NarrowingReader,
    OAuthSecurityScheme,
    OpenIdRequests,
    RegistrableMetadata,
    Registration,
    RequestObjectVerifier,
    RequestObjects,
    RequestUris,
    ResourceIndicators,
    ResponseModeRegistry,
    ResponseTypeRegistry,
    Revocation,
    SectorIdentifiers,
    ServerSettingsRepository,
    SoftwareStatements,
    SessionStates,
    SignInSteps,
    SubjectIdentifiers,
    TokenPolicy,
    TokenResponder,
    Userinfo,
    UiLocales,
    UserTokens,
  ],
  exports: [
    AssertionIssuers,
    AssertionKeys,
    AssertionSubjects,
    AssertionVerifier,
    AuthorizationResponses,
    AuthorizationServer,
    AuthorizationService,
    BearerAssertions,
    ClientAssertions,
    ClientAuthenticator,
    ClientTokens,
    DeviceAuthorization,
    DeviceVerification,
    EndpointHandler,
    PublishedDocuments,
    EndpointRegistry,
    FrontchannelLogout,
    GrantRegistry,
    IdentityProviders,
    IdentitySignIn,
    PendingIdentities,
    SessionIdentities,
    UpstreamSignIns,
    IdTokens,
    InteractionLocations,
    InteractionResponder,
    Interactions,
    InteractionsService,
    Introspection,
    LogoutRequests,
    Metadata,
    NarrowingReader,
    OAuthSecurityScheme,
    Registration,
    ResourceIndicators,
    ResponseTypeRegistry,
    Revocation,
    SubjectIdentifiers,
    TokenPolicy,
    TokenResponder,
    UiLocales,
    Userinfo,
    UserTokens,
  ],
})
export class OAuthModule {}
