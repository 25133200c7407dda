// The OpenAPI document as a page shows it: operations with their fields, limits in words, and a request to copy.
import type {
  MediaType,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  Reference,
  ResponseObject,
} from '../api/openapi/document.js';
import type { Schema } from '../api/openapi/schema.js';
import { message, type Text } from './messages/catalogue.js';
import type { ApiDocsView, ApiFieldView, ApiOperationView } from './views/view-models.js';

const JSON_TYPE = 'application/json';

export function apiDocsView(document: OpenApiDocument): ApiDocsView {
  const { info, servers, tags, paths, components } = document;
  const server = servers[0].url;
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = tags.map(({ name, description }) => ({
    name,
    description,
    operations: all
      .filter(({ operation }) => operation.tags.includes(name))
      .map(({ method, path, operation }) => operationView(document, method, path, operation)),
  }));
  const shown = new Set(groups.flatMap((group) => group.operations.flatMap((one) => one.answers.map(nameOf))));
  const { Fault, TokenMissing, Error: error, ...others } = components.schemas;
  const objects = Object.entries(others).filter(([name]) => shown.has(name));
  return {
    description: info.description.split('\n\n'),
    version: info.version,
    server,
    documentUrl: `${server}/api/docs-json`,
    tokenCurl: tokenCurl(document),
    groups,
    objects: [...objects, ...Object.entries({ Error: error, Fault, TokenMissing })].map(([name, schema]) => ({
      name,
      description: schema.description ?? '',
      fields: fieldsOf(schema),
    })),
    errors: errorsOf(document),
  };
}

const nameOf = ({ object }: { object?: string }): string | undefined => object;

function operationView(
  { servers, components }: OpenApiDocument,
  method: string,
  path: string,
  operation: OperationObject,
): ApiOperationView {
  const { operationId, summary, description, parameters = [], requestBody, responses, security } = operation;
  const body = requestBody?.content[JSON_TYPE];
  const schema = body && resolve(body.schema, components.schemas);
  const answers = Object.entries(responses).map(([status, response]) => ({
    status,
    ...answerView('$ref' in response ? referred(response, components) : response),
  }));
  const good = Object.values(responses)[0] as ResponseObject;
  const example = good.content?.[JSON_TYPE]?.example;
  return {
    id: operationId,
    method,
    path,
    summary,
    description,
    scopes: security.flatMap((requirement) => Object.values(requirement).map((scopes) => scopes.join(' '))),
    parameters: parameters.map(parameterView),
    body: schema && { required: requestBody?.required ?? false, fields: fieldsOf(schema) },
    answers,
    example: example === undefined ? undefined : JSON.stringify(example, undefined, 2),
    curl: curlOf({ method, url: servers[0].url + path, parameters, body, isPublic: security.length === 0 }),
  };
}

/** The response of `components` that is meant, with the words of the operation. */
function referred({ $ref, description }: Reference, { responses }: OpenApiDocument['components']): ResponseObject {
  return { description: description ?? responses[lastPart($ref)].description };
}

function answerView({ description, content }: ResponseObject): Omit<ApiOperationView['answers'][number], 'status'> {
  const schema = content?.[JSON_TYPE]?.schema;
  const items = schema?.properties?.items?.items;
  const $ref = (items ?? schema)?.$ref;
  return { description, object: $ref && lastPart($ref), isList: items !== undefined };
}

/** Each refusal once, with its status. */
function errorsOf({ paths, components }: OpenApiDocument): ApiDocsView['errors'] {
  const statuses = new Map<string, string>();
  for (const { responses } of Object.values(paths).flatMap((item) => Object.values(item))) {
    for (const [status, response] of Object.entries(responses))
      if ('$ref' in response) statuses.set(lastPart(response.$ref), status);
  }
  return Object.entries(components.responses).flatMap(([name, { description, content }]) => {
    const status = statuses.get(name);
    const { error } = content?.[JSON_TYPE].example as { error: string };
    return status === undefined ? [] : [{ status, code: error, description }];
  });
}

function lastPart($ref: string): string {
  return $ref.slice($ref.lastIndexOf('/') + 1);
}

function resolve(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  return schema.$ref === undefined ? schema : schemas[lastPart(schema.$ref)];
}

function parameterView({ name, required, description, schema }: ParameterObject): ApiFieldView {
  return { ...fieldView(name, schema, required ?? false), description: description ?? '' };
}

function fieldsOf({ properties = {}, patternProperties = {}, required = [] }: Schema): ApiFieldView[] {
  const named = Object.entries(properties).flatMap(([name, schema]) => [
    fieldView(name, schema, required.includes(name)),
    ...fieldsOf(schema).map((field) => ({ ...field, name: `${name}.${field.name}` })),
  ]);
  return [...named, ...Object.entries(patternProperties).map(([pattern, schema]) => fieldView(pattern, schema, false))];
}

function fieldView(name: string, schema: Schema, required: boolean): ApiFieldView {
  const { $ref } = schema.items ?? schema;
  const object = $ref && lastPart($ref);
  return {
    name,
    type: typeOf(schema),
    required,
    description: schema.description ?? '',
    rules: rulesOf(schema),
    object,
  };
}

function typeOf({ type, format, items, const: constant }: Schema): string {
  if (constant !== undefined) return JSON.stringify(constant);
  const types = [type ?? []].flat().map((one) => {
    if (one !== 'array') return one === 'string' && format !== undefined ? format : one;
    return items?.$ref ? 'array' : `array of ${typeOf(items ?? {})}`;
  });
  return types.join(' or ') || 'any';
}

function rulesOf(schema: Schema): Text[] {
  const { enum: values, minimum, maximum, minLength, maxLength, maxItems, default: byDefault } = schema;
  const rules: (Text | false)[] = [
    values !== undefined &&
      message('apiDocs.rule.oneOf', { values: values.map((value) => JSON.stringify(value)).join(', ') }),
    minimum !== undefined && maximum !== undefined && message('apiDocs.rule.between', { minimum, maximum }),
    minimum !== undefined && maximum === undefined && minimum > 0 && message('apiDocs.rule.atLeast', { minimum }),
    minLength !== undefined && minLength > 1 && message('apiDocs.rule.minLength', { length: minLength }),
    maxLength !== undefined && message('apiDocs.rule.maxLength', { length: maxLength }),
    maxItems !== undefined && message('apiDocs.rule.maxItems', { count: maxItems }),
    byDefault !== undefined && message('apiDocs.rule.default', { value: JSON.stringify(byDefault) }),
  ];
  return rules.filter((rule) => rule !== false);
}

interface Call {
  method: string;
  url: string;
  parameters: readonly ParameterObject[];
  body: MediaType | undefined;
  isPublic: boolean;
}

function curlOf({ method, url, parameters, body, isPublic }: Call): string {
  const query = new URLSearchParams();
  let target = url;
  for (const { name, in: place, example } of parameters) {
    if (example === undefined) continue;
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(String(example)));
    else query.set(name, String(example));
  }
  if (query.size > 0) target += `?${query.toString()}`;
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(target)}`,
    ...(isPublic ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body ? [`-H ${quoted(`Content-Type: ${JSON_TYPE}`)}`, `-d ${quoted(JSON.stringify(body.example))}`] : []),
  ];
  return lines.join(' \\\n  ');
}

/** As a word of a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function tokenCurl({ components }: OpenApiDocument): string | undefined {
  const flow = components.securitySchemes.oauth2.flows?.clientCredentials;
  if (!flow?.tokenUrl) return undefined;
  return `curl -u "$CLIENT_ID:$CLIENT_SECRET" ${quoted(flow.tokenUrl)} \\\n  -d grant_type=client_credentials -d scope=users:read`;
}
