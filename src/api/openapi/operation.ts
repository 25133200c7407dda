// One operation of the document: what the controller's code says (path, scopes, DTOs, status) and what stands beside it.
import { HttpStatus } from '@nestjs/common';
import { HTTP_CODE_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { type Protection, PROTECTION } from '../../resource-server/protection.js';
import type { ApiRoute } from '../api-routes.js';
import type { ValidatedPipe } from '../validated.js';
import type { ApiDocs, OperationDocs } from './api-docs.js';
import type { MediaType, OperationObject, ParameterObject, ResponseObject, SecurityRequirement } from './document.js';
import { REFUSALS } from './refusals.js';
import { list, object, ref, type Schema, text } from './schema.js';

export const OAUTH2 = 'oauth2';

type Dto = Awaited<ReturnType<typeof loadDto>>;
type Schemas = Readonly<Record<string, Schema>>;

export async function operationOf(route: ApiRoute, docs: ApiDocs, schemas: Schemas): Promise<OperationObject> {
  const words = (docs.operations as Record<string, OperationDocs>)[route.handler];
  const [query, dto] = await Promise.all([loadDto(route, RouteParamtypes.QUERY), loadDto(route, RouteParamtypes.BODY)]);
  const parameters = [...pathParameters(route, docs), ...queryParameters(query, docs)];
  const body = dto ? dtoBody(dto, docs) : words.body === undefined ? undefined : mediaType(words.body, schemas);
  const security = securityOf(route);
  return {
    operationId: operationIdOf(route),
    tags: [docs.tag],
    summary: words.summary,
    ...(words.description !== undefined && { description: words.description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: (body.required ?? []).length > 0, content: { 'application/json': body.media } },
    }),
    responses: {
      ...successOf(route, words, schemas, query !== undefined && 'after' in query.properties),
      ...words.others,
      ...refusalsOf(words, {
        isProtected: security.length > 0,
        hasParameters: parameters.length > 0,
        hasPath: parameters.some((parameter) => parameter.in === 'path'),
        hasBody: body !== undefined,
      }),
    },
    security,
  };
}

/** `GET /api/users/{user_id}` of the handler `read` is `usersRead`. */
function operationIdOf({ segments, handler }: ApiRoute): string {
  const root = segments[1].replace(/[^a-z0-9]+(.)/gi, (_, letter: string) => letter.toUpperCase());
  return root + handler[0].toUpperCase() + handler.slice(1);
}

function handlerOf({ controller, handler }: ApiRoute): object {
  return (controller.prototype as Record<string, object>)[handler];
}

/** As the guard reads it; alternatives are alternatives here too. */
function securityOf(route: ApiRoute): SecurityRequirement[] {
  const protection = (Reflect.getMetadata(PROTECTION, handlerOf(route)) ??
    Reflect.getMetadata(PROTECTION, route.controller)) as Protection | undefined;
  if (!protection) return [];
  const alternatives = [protection.scopes ?? ''].flat().map((scopes) => scopes.split(' ').filter(Boolean));
  const requirements = alternatives.map((scopes) => ({ [OAUTH2]: scopes }));
  return protection.optional ? [...requirements, {}] : requirements;
}

interface RouteArgument {
  pipes: readonly Partial<ValidatedPipe<object>>[];
}

/** The schema of the DTO that the handler takes here. */
async function loadDto({ controller, handler }: ApiRoute, kind: RouteParamtypes) {
  const all = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as Record<string, RouteArgument>;
  const found = Object.entries(all).find(([key]) => key.startsWith(`${kind}:`));
  const load = found?.[1].pipes.find((pipe) => pipe.load)?.load;
  if (!load) return undefined;
  const { dtoSchema } = await import('./dto-schema.js');
  return dtoSchema(await load());
}

function pathParameters({ segments }: ApiRoute, docs: ApiDocs): ParameterObject[] {
  return segments
    .filter((segment) => segment.startsWith(':'))
    .map((segment) => {
      const name = segment.slice(1);
      const { schema, ...words } = docs.parameters?.[name] ?? { description: '' };
      return { name, in: 'path' as const, required: true, ...words, schema: { type: 'string', ...schema } };
    });
}

function queryParameters(query: Dto, docs: ApiDocs): ParameterObject[] {
  return Object.entries(query?.properties ?? {}).map(([name, rules]) => {
    const { schema, ...words } = docs.parameters?.[name] ?? PAGING[name] ?? { description: '' };
    const required = query?.required.includes(name) ?? false;
    return { name, in: 'query' as const, required, ...words, schema: { ...rules, ...schema } };
  });
}

/** The two members of every list that comes in pages. */
const PAGING: NonNullable<ApiDocs['parameters']> = {
  limit: { description: 'How many items a page has at most.', example: 20 },
  after: { description: 'Where the page begins: `next` of the page before.' },
};

function dtoBody(dto: NonNullable<Dto>, docs: ApiDocs): { required: string[]; media: MediaType } {
  const properties: Record<string, Schema> = {};
  const example: Record<string, unknown> = {};
  for (const [name, rules] of Object.entries(dto.properties)) {
    const words = docs.parameters?.[name] ?? { description: '' };
    // What may be left out may be null as well.
    const type = dto.required.includes(name) ? rules.type : [rules.type ?? [], 'null'].flat();
    properties[name] = { ...rules, type, description: words.description, ...words.schema };
    if (words.example !== undefined) example[name] = words.example;
  }
  return { required: dto.required, media: { schema: { ...dto, properties }, example } };
}

function mediaType(name: string, schemas: Schemas): { required: readonly string[] | undefined; media: MediaType } {
  const { required, examples } = schemas[name];
  return { required, media: { schema: ref(name), ...(examples && { example: examples[0] }) } };
}

function successOf(
  route: ApiRoute,
  { answer }: OperationDocs,
  schemas: Schemas,
  isPaged: boolean,
): Record<string, ResponseObject> {
  const code = Reflect.getMetadata(HTTP_CODE_METADATA, handlerOf(route)) as number | undefined;
  const status = code ?? (route.method === 'POST' ? HttpStatus.CREATED : HttpStatus.OK);
  if (!answer) return { [status]: { description: 'It is done; the answer is empty.' } };
  if (!('schema' in answer)) return { [status]: answer };
  const { media } = mediaType(answer.schema, schemas);
  const headers = {
    ...(status === 201 && {
      Location: { description: 'URL of what was created.', schema: { type: 'string', format: 'uri' } },
    }),
    ...(isPaged && {
      Link: {
        description: 'The next page, as `<URL>; rel="next"`; absent on the last one.',
        schema: { type: 'string' },
      },
    }),
  };
  return {
    [status]: {
      description: answer.description,
      ...(Object.keys(headers).length > 0 && { headers }),
      content: { 'application/json': answer.isList ? listOf(answer.schema, media, isPaged) : media },
    },
  };
}

function listOf(name: string, { example }: MediaType, isPaged: boolean): MediaType {
  const next = text('Where the next page begins, for `after`; absent on the last page.', { examples: ['WyJib2IiXQ'] });
  const properties = { items: list('The items of this page.', ref(name)), ...(isPaged && { next }) };
  return {
    schema: object('A list.', properties, { required: ['items'] }),
    ...(example !== undefined && { example: { items: [example], ...(isPaged && { next: 'WyJib2IiXQ' }) } }),
  };
}

function refusalsOf(
  { refusals = {} }: OperationDocs,
  has: { isProtected: boolean; hasParameters: boolean; hasPath: boolean; hasBody: boolean },
): OperationObject['responses'] {
  const statuses = [
    ...(has.isProtected || has.hasParameters || has.hasBody ? [400] : []),
    ...(has.isProtected ? [401, 403] : []),
    ...(has.hasPath ? [404] : []),
    ...(has.hasBody ? [413, 415] : []),
    ...Object.keys(refusals).map(Number),
    500,
    503,
  ];
  return Object.fromEntries(
    statuses.map((status) => {
      const $ref = `#/components/responses/${REFUSALS[status].name}`;
      const description = refusals[status as keyof typeof refusals];
      return [status, description === undefined ? { $ref } : { $ref, description }];
    }),
  );
}
