// Clients over HTTP. Needs `ResourceServerModule`.
import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.js';
import { ClientsController } from './clients.controller.js';
import { ClientsModule } from './clients.module.js';

@Module({ imports: [ApiModule, ClientsModule], controllers: [ClientsController] })
export class ClientsApiModule {}
