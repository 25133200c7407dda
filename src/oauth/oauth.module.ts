// The protocol: grants, endpoints, client authentication, response types and modes.
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ClientsModule } from '../clients/clients.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthorizationRequests } from './authorization-request.js';
import { AuthorizationServer } from './authorization-server.js';
import { AuthorizationService } from './authorization.service.js';
import { NarrowingReader } from './checks/narrowing.js';
import { ResourceIndicators } from './checks/resource-indicators.js';
import { ClientAccess } from './client-access.js';
import { ClientAuthenticator } from './client-auth/client-authenticator.js';
import { ClientSecretBasic } from './client-auth/client-secret-basic.js';
import { ClientSecretPost } from './client-auth/client-secret-post.js';
import { NoClientAuth } from './client-auth/none.js';
import { AuthorizeController } from './endpoints/authorize.controller.js';
import { EndpointHandler } from './endpoints/endpoint-handler.js';
import { EndpointRegistry } from './endpoints/endpoint.js';
import { IntrospectionController } from './endpoints/introspection.controller.js';
import { JwksController } from './endpoints/jwks.controller.js';
import { MetadataController } from './endpoints/metadata.controller.js';
import { RevocationController } from './endpoints/revocation.controller.js';
import { TokenController } from './endpoints/token.controller.js';
import { AuthorizationCodeGrant } from './grants/authorization-code.grant.js';
import { ClientCredentialsGrant } from './grants/client-credentials.grant.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { ImplicitGrant } from './grants/implicit.grant.js';
import { PasswordGrant } from './grants/password.grant.js';
import { RefreshTokenGrant } from './grants/refresh-token.grant.js';
import { InteractionResponder } from './interactions/interaction-responder.js';
import { InteractionsService } from './interactions/interactions.service.js';
import { Introspection } from './introspection.js';
import { Metadata } from './metadata.js';
import { FormPostResponseMode } from './response-modes/form-post.js';
import { FragmentResponseMode } from './response-modes/fragment.js';
import { QueryResponseMode } from './response-modes/query.js';
import { ResponseModeRegistry } from './response-modes/response-mode.js';
import { ResponseTypeRegistry } from './response-types/response-type-registry.js';
import { Revocation } from './revocation.js';
import { OAuthSecurityScheme } from './security-scheme.js';
import { TokenPolicy } from './token-policy.js';
import { TokenResponder } from './token-response.js';
import { UserTokens } from './user-tokens.js';

const GRANTS = [AuthorizationCodeGrant, ImplicitGrant, ClientCredentialsGrant, PasswordGrant, RefreshTokenGrant];
const CLIENT_AUTH = [ClientSecretBasic, ClientSecretPost, NoClientAuth];
const RESPONSE_MODES = [QueryResponseMode, FragmentResponseMode, FormPostResponseMode];

@Module({
  imports: [DiscoveryModule, ClientsModule, SessionsModule, TokensModule, UsersModule],
  controllers: [
    AuthorizeController,
    IntrospectionController,
    JwksController,
    MetadataController,
    RevocationController,
    TokenController,
  ],
  providers: [
    ...GRANTS,
    ...CLIENT_AUTH,
    ...RESPONSE_MODES,
    AuthorizationRequests,
    AuthorizationServer,
    AuthorizationService,
    ClientAccess,
    ClientAuthenticator,
    EndpointHandler,
    EndpointRegistry,
    GrantRegistry,
    InteractionResponder,
    InteractionsService,
    Introspection,
    Metadata,
    NarrowingReader,
    OAuthSecurityScheme,
    ResourceIndicators,
    ResponseModeRegistry,
    ResponseTypeRegistry,
    Revocation,
    TokenPolicy,
    TokenResponder,
    UserTokens,
  ],
  exports: [
    AuthorizationServer,
    AuthorizationService,
    EndpointHandler,
    EndpointRegistry,
    GrantRegistry,
    ClientAuthenticator,
    InteractionResponder,
    InteractionsService,
    Introspection,
    OAuthSecurityScheme,
    ResourceIndicators,
    ResponseTypeRegistry,
    TokenPolicy,
    UserTokens,
  ],
})
export class OAuthModule {}
