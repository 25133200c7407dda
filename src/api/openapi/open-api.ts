// The OpenAPI document of the JSON APIs, made of the routes that there are. A host application's own controllers are not
// in it, unless they are `Documented`.
// @see OpenAPI 3.1 https://spec.openapis.org/oas/v3.1.1
import { Injectable } from '@nestjs/common';
import { ServerOptions } from '../../config/options.js';
import { version } from '../../config/version.js';
import { type ApiRoute, ApiRoutes } from '../api-routes.js';
import { type ApiDocs, apiDocsOf } from './api-docs.js';
import type { OpenApiDocument, PathItem, SecurityScheme } from './document.js';

const DESCRIPTION = [
  'Users, clients, tokens, scopes and resources of this server, as JSON. Times are seconds since 1970.',
  'Every request, but those of interactions, carries an access token in the Authorization header. Scopes for administration are given to clients that ' +
    'are registered for them, and to users with the role `admin`.',
  'A method that a path does not have is answered with 405 and those that it has in `Allow`. Every answer has an ' +
    '`X-Request-Id`, under which the log of the server knows the request.',
].join('\n\n');

@Injectable()
export class OpenApi {
  constructor(
    private readonly routes: ApiRoutes,
    private readonly options: ServerOptions,
  ) {}

  /** @param schemeOf how a token with these scopes is obtained */
  async document(schemeOf: (scopes: readonly string[]) => Promise<SecurityScheme>): Promise<OpenApiDocument> {
    const [{ OAUTH2, operationOf }, { REFUSALS, REFUSAL_SCHEMAS }] = await Promise.all([
      import('./operation.js'),
      import('./refusals.js'),
    ]);
    const docs = await this.loadDocs();
    const all = [...docs.values()];
    const schemas = Object.assign(
      {},
      ...all.map((one) => one.schemas ?? {}),
      REFUSAL_SCHEMAS,
    ) as ApiDocs['schemas'] & {};
    const paths: Record<string, PathItem> = {};
    for (const route of this.routes.all()) {
      const words = docs.get(route.controller);
      if (!words) continue;
      const operation = await operationOf(route, words, schemas);
      (paths[pathOf(route)] ??= {})[route.method.toLowerCase()] = operation;
    }
    const scopes = Object.values(paths)
      .flatMap((item) => Object.values(item))
      .flatMap(({ security }) => security.flatMap(({ [OAUTH2]: needed = [] }) => needed));
    return {
      openapi: '3.1.1',
      info: { title: `${this.options.theme.name}: API`, version: version(), description: DESCRIPTION },
      servers: [{ url: this.options.url(''), description: 'This server.' }],
      tags: all.map(({ tag, description }) => ({ name: tag, description })),
      paths,
      components: {
        schemas,
        responses: Object.fromEntries(Object.values(REFUSALS).map(({ name, response }) => [name, response])),
        securitySchemes: { [OAUTH2]: await schemeOf([...new Set(scopes)].sort()) },
      },
    };
  }

  private async loadDocs(): Promise<Map<object, ApiDocs>> {
    const docs = new Map<object, ApiDocs>();
    for (const { controller } of this.routes.all()) {
      const found = docs.get(controller) ?? (await apiDocsOf(controller)?.());
      if (found) docs.set(controller, found);
    }
    return docs;
  }
}

function pathOf({ segments }: ApiRoute): string {
  return `/${segments.map((segment) => (segment.startsWith(':') ? `{${segment.slice(1)}}` : segment)).join('/')}`;
}
