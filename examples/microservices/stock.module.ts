// The service of the stock.
import { type DynamicModule, Module } from '@nestjs/common';
import { ResourceServerModule } from 'nest-authorization-server/resource-server';
import type { Shop } from './shop.js';
import { StockController } from './stock.controller.js';

@Module({})
export class StockModule {
  static of({ issuer, url }: Shop): DynamicModule {
    return {
      module: StockModule,
      imports: [ResourceServerModule.forRoot({ issuer, audience: url })],
      controllers: [StockController],
    };
  }
}
