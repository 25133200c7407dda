// What the JSON APIs have in common.
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ApiErrorFilter } from './api-error.filter.js';
import { ApiRoutes } from './api-routes.js';
import { ApiInterceptor } from './api.interceptor.js';
import { Paging } from './paging.js';

@Module({
  imports: [DiscoveryModule],
  providers: [ApiErrorFilter, ApiInterceptor, ApiRoutes, Paging],
  exports: [ApiErrorFilter, ApiInterceptor, ApiRoutes, Paging],
})
export class ApiModule {}
