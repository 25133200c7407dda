// A controller of the JSON APIs: below `/api`, with its errors as JSON and its answers stored nowhere.
import { applyDecorators, Controller, UseFilters, UseInterceptors } from '@nestjs/common';
import { ApiErrorFilter } from './api-error.filter.js';
import { ApiInterceptor } from './api.interceptor.js';

/**
 * Its module imports `ApiModule`; each handler says with `@ResourceProtector` which scope it takes.
 *
 * @example \@ApiController('users') class UsersController {}
 */
export function ApiController(path: string): ClassDecorator {
  return applyDecorators(Controller(`api/${path}`), UseFilters(ApiErrorFilter), UseInterceptors(ApiInterceptor));
}
