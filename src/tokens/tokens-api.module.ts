// Tokens, grants, scopes and resources over HTTP. Needs `ResourceServerModule`.
import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.js';
import { GrantsController } from './grants.controller.js';
import { ResourcesController } from './resources.controller.js';
import { ScopesController } from './scopes.controller.js';
import { TokensController } from './tokens.controller.js';
import { TokensModule } from './tokens.module.js';

@Module({ imports: [ApiModule, TokensModule] })
export class TokensApiModule {
  static readonly controllers = [GrantsController, ResourcesController, ScopesController, TokensController];
}
