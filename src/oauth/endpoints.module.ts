// The endpoints of the protocol over HTTP.
import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AuthorizeController } from './endpoints/authorize.controller.js';
import { CheckSessionController } from './endpoints/check-session.controller.js';
import { ClientConfigurationController } from './endpoints/client-configuration.controller.js';
import { DeviceAuthorizationController } from './endpoints/device-authorization.controller.js';
import { IntrospectionController } from './endpoints/introspection.controller.js';
import { JwksController } from './endpoints/jwks.controller.js';
import { MetadataController } from './endpoints/metadata.controller.js';
import { OpenIdConfigurationController } from './endpoints/openid-configuration.controller.js';
import { RegistrationController } from './endpoints/registration.controller.js';
import { RevocationController } from './endpoints/revocation.controller.js';
import { TokenController } from './endpoints/token.controller.js';
import { UserinfoController } from './endpoints/userinfo.controller.js';
import { OAuthModule } from './oauth.module.js';

@Module({ imports: [OAuthModule, SessionsModule, TokensModule] })
export class EndpointsModule {
  static readonly controllers = [
    AuthorizeController,
    CheckSessionController,
    ClientConfigurationController,
    DeviceAuthorizationController,
    IntrospectionController,
    JwksController,
    MetadataController,
    OpenIdConfigurationController,
    RegistrationController,
    RevocationController,
    TokenController,
    UserinfoController,
  ];
}
