// The gateway: an HTTP application that knows where the services are.
import { type DynamicModule, Module } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import { ResourceServerModule } from 'nest-authorization-server/resource-server';
import { clientOf } from './passing-client.js';
import { ShopController } from './shop.controller.js';
import type { Shop } from './shop.js';

@Module({})
export class GatewayModule {
  static of({ issuer, url, ports }: Shop): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        ResourceServerModule.forRoot({ issuer, resource: { identifier: url, name: 'Shop' } }),
        ClientsModule.register([clientOf('orders', ports.orders), clientOf('stock', ports.stock)]),
      ],
      controllers: [ShopController],
    };
  }
}
