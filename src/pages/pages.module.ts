// The pages that people see.
import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { OAuthModule } from '../oauth/oauth.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountController } from './account.controller.js';
import { AccountIdentitiesController } from './account-identities.controller.js';
import { ApiDocsController } from './api-docs.controller.js';
import { ApiDocumentation } from './api-documentation.js';
import { AssetsController } from './assets.controller.js';
import { ClientFormReader } from './client-form.js';
import { ClientsController } from './clients.controller.js';
import { ConsentController } from './consent.controller.js';
import { DeviceController } from './device.controller.js';
import { ErrorFilter } from './error.filter.js';
import { HomeController } from './home.controller.js';
import { Languages } from './languages.js';
import { Catalogues } from './messages/catalogues.js';
import { PageAssets } from './page-assets.js';
import { PageResponder } from './page-responder.js';
import { PageRenderer } from './render.js';
import { SelectAccountController } from './select-account.controller.js';
import { SignInController } from './sign-in.controller.js';
import { SignInWithController } from './sign-in-with.controller.js';
import { SignOutController } from './sign-out.controller.js';
import { SignOutWithController } from './sign-out-with.controller.js';
import { SignedOutPage } from './signed-out-page.js';
import { UpstreamSignOut } from './upstream-sign-out.js';

@Module({
  imports: [ApiModule, ClientsModule, OAuthModule, SessionsModule, TokensModule, UsersModule],
  providers: [
    ApiDocumentation,
    Catalogues,
    ClientFormReader,
    ErrorFilter,
    Languages,
    PageAssets,
    PageRenderer,
    PageResponder,
    SignedOutPage,
    UpstreamSignOut,
  ],
  exports: [ErrorFilter, PageAssets, PageRenderer],
})
export class PagesModule {
  static readonly controllers = [
    AccountController,
    AccountIdentitiesController,
    ApiDocsController,
    AssetsController,
    ClientsController,
    ConsentController,
    DeviceController,
    HomeController,
    SelectAccountController,
    SignInController,
    SignInWithController,
    SignOutController,
    SignOutWithController,
  ];
}
