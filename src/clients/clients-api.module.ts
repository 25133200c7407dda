// Clients over HTTP. Needs `ResourceServerModule`.
import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.js';
import { ClientsController } from './clients.controller.js';
import { ClientsModule } from './clients.module.js';
import { RegistrationTokensController } from './registration-tokens.controller.js';

@Module({ imports: [ApiModule, ClientsModule] })
export class ClientsApiModule {
  static readonly controllers = [ClientsController, RegistrationTokensController];
}
