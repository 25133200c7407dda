// Accounts over HTTP. Needs `ResourceServerModule`.
import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ApiModule } from '../api/api.module.js';
import { ApiRoutes } from '../api/api-routes.js';
import { MeController } from './me.controller.js';
import { UsersController } from './users.controller.js';
import { UsersModule } from './users.module.js';
import { UsersService } from './users.service.js';

@Module({ imports: [ApiModule, UsersModule] })
export class UsersApiModule implements OnApplicationBootstrap {
  static readonly controllers = [MeController, UsersController];

  constructor(
    private readonly users: UsersService,
    private readonly routes: ApiRoutes,
  ) {}

  onApplicationBootstrap(): void {
    if (this.users.areHosts) this.routes.leaveOut(UsersController);
  }
}
