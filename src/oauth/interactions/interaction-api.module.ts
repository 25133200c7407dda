// Interactions over HTTP, for pages that are not ours.
import { Module } from '@nestjs/common';
import { ApiModule } from '../../api/api.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { AuthorizationResponseController } from '../endpoints/authorization-response.controller.js';
import { UsersModule } from '../../users/users.module.js';
import { OAuthModule } from '../oauth.module.js';
import { InteractionController } from './interaction.controller.js';

@Module({ imports: [ApiModule, OAuthModule, SessionsModule, UsersModule] })
export class InteractionApiModule {
  static readonly controllers = [AuthorizationResponseController, InteractionController];
}
