// The documentation of the protected resources for administrators.
// @see RFC 8707 §2 https://www.rfc-editor.org/rfc/rfc8707#section-2
import type { ApiDocs } from '../api/openapi/api-docs.js';
import { allNullable, list, object, type Schema, text } from '../api/openapi/schema.js';
import { MAX_RESOURCE_IDENTIFIER_LENGTH } from '../common/resource-identifier.js';
import type { ResourcesController } from './resources.controller.js';
import { SCOPE_VALUE } from './scopes.docs.js';

const identifier = text('An absolute URI without fragment, the `resource` of requests and the `aud` of tokens.', {
  format: 'uri',
  pattern: '^[^#]*$',
  maxLength: MAX_RESOURCE_IDENTIFIER_LENGTH,
});
const CHANGEABLE: Record<string, Schema> = {
  name: text('The name that people see; absent: the identifier.', { minLength: 1, maxLength: 1000, pattern: '\\S' }),
  scopes: list(
    'Scopes that it has; a request for another one is refused.',
    { type: 'string', ...SCOPE_VALUE },
    { maxItems: 1000 },
  ),
  access_token_format: text('`opaque` or `jwt`; absent: the format of the client or of the server.', {
    minLength: 1,
    maxLength: 200,
  }),
  introspection_clients: list(
    'Clients that may introspect tokens for it.',
    { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]*$' },
    { maxItems: 1000 },
  ),
};
const EXAMPLE = {
  identifier: 'https://api.example.com',
  name: 'Example API',
  scopes: ['read', 'write'],
  access_token_format: 'jwt',
  introspection_clients: ['api'],
};
const NO_RESOURCE = { 404: 'There is no such resource.' };

export const RESOURCES_DOCS: ApiDocs<ResourcesController> = {
  tag: 'Resources',
  description: 'The protected resources that tokens can be bound to (RFC 8707).',
  parameters: {
    identifier: { description: 'Identifier of the resource, percent-encoded.', example: EXAMPLE.identifier },
  },
  schemas: {
    Resource: object(
      'A protected resource.',
      { identifier, ...CHANGEABLE },
      { required: ['identifier', 'name', 'scopes', 'introspection_clients'], example: EXAMPLE },
    ),
    NewResource: object(
      'A resource to be. `null` is the same as nothing.',
      { identifier, ...allNullable(CHANGEABLE) },
      { required: ['identifier'], example: EXAMPLE },
    ),
    ResourceChanges: object(
      'What is named is changed, `null` brings its default back; everything else stays.',
      allNullable(CHANGEABLE),
      { example: { scopes: ['read'], access_token_format: null } },
    ),
  },
  operations: {
    list: {
      summary: 'List resources',
      description: 'By identifier.',
      answer: { schema: 'Resource', isList: true, description: 'A page of the list.' },
    },
    create: {
      summary: 'Create a resource',
      body: 'NewResource',
      answer: { schema: 'Resource', description: 'The resource.' },
      refusals: { 409: 'There is one of this identifier.' },
    },
    read: {
      summary: 'Read a resource',
      answer: { schema: 'Resource', description: 'The resource.' },
      refusals: NO_RESOURCE,
    },
    update: {
      summary: 'Change a resource',
      description: 'A JSON Merge Patch (RFC 7396).',
      body: 'ResourceChanges',
      answer: { schema: 'Resource', description: 'The resource after the change.' },
      refusals: NO_RESOURCE,
    },
    delete: {
      summary: 'Delete a resource',
      description: 'Ends the grants that are bound to it as well.',
      refusals: NO_RESOURCE,
    },
  },
};
