// The service of the orders, which asks that of the stock.
import { type DynamicModule, Module } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import { ResourceServerModule } from 'nest-authorization-server/resource-server';
import { OrdersController } from './orders.controller.js';
import { clientOf } from './passing-client.js';
import type { Shop } from './shop.js';

@Module({})
export class OrdersModule {
  static of({ issuer, url, ports }: Shop): DynamicModule {
    return {
      module: OrdersModule,
      imports: [
        ResourceServerModule.forRoot({ issuer, audience: url }),
        ClientsModule.register([clientOf('stock', ports.stock)]),
      ],
      controllers: [OrdersController],
    };
  }
}
