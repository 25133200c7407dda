// Accounts over HTTP. Needs `ResourceServerModule`.
import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.js';
import { MeController } from './me.controller.js';
import { UsersController } from './users.controller.js';
import { UsersModule } from './users.module.js';

@Module({ imports: [ApiModule, UsersModule] })
export class UsersApiModule {
  static readonly controllers = [MeController, UsersController];
}
