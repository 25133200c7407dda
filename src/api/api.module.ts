// What the JSON APIs have in common.
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ApiErrorFilter } from './api-error.filter.js';
import { ApiRoutes } from './api-routes.js';
import { ApiInterceptor } from './api.interceptor.js';
import { OpenApi } from './openapi/open-api.js';
import { Paging } from './paging.js';

@Module({
  imports: [DiscoveryModule],
  providers: [ApiErrorFilter, ApiInterceptor, ApiRoutes, OpenApi, Paging],
  exports: [ApiErrorFilter, ApiInterceptor, ApiRoutes, OpenApi, Paging],
})
export class ApiModule {}
