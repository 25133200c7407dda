// All that an API needs: whose tokens it accepts, and which resource it is.
import { type DynamicModule, Module } from '@nestjs/common';
import { ResourceServerModule } from 'nest-authorization-server/resource-server';
import { WeatherController } from './weather.controller.js';

@Module({})
export class ApiModule {
  static of({ issuer, api }: { issuer: string; api: string }): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        ResourceServerModule.forRoot({ issuer, audience: api, resource: { identifier: api, name: 'Weather' } }),
      ],
      controllers: [WeatherController],
    };
  }
}
