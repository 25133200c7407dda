// A controller of the JSON APIs: below `/api` as a rule, with its errors as JSON and its answers stored nowhere.
import { applyDecorators, Controller, UseFilters, UseInterceptors } from '@nestjs/common';
import { ApiErrorFilter } from './api-error.filter.js';
import { ApiInterceptor } from './api.interceptor.js';
import { type ApiDocsLoader, Documented } from './openapi/api-docs.js';

/**
 * Its module imports `ApiModule`; each handler says with `@ResourceProtector` which scope it takes.
 *
 * @param docs what the documentation says of its handlers
 * @param root where the API is, see {@link isApi}
 * @example \@ApiController('users', async () => (await import('./users.docs.js')).USERS_DOCS) class UsersController {}
 */
export function ApiController(path: string, docs: ApiDocsLoader, root = 'api'): ClassDecorator {
  return applyDecorators(
    Controller(`${root}/${path}`),
    Documented(docs),
    UseFilters(ApiErrorFilter),
    UseInterceptors(ApiInterceptor),
  );
}
