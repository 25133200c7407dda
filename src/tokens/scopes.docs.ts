// The documentation of the scopes for administrators.
// @see RFC 6749 §3.3 https://www.rfc-editor.org/rfc/rfc6749#section-3.3
import type { ApiDocs } from '../api/openapi/api-docs.js';
import { boolean, nullable, object, text } from '../api/openapi/schema.js';
import type { ScopesController } from './scopes.controller.js';

/** One scope value, as RFC 6749 §3.3 writes it. */
export const SCOPE_VALUE = { minLength: 1, maxLength: 200, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]*$' };

const words = text('What people are told that it allows; absent: its name.', {
  minLength: 1,
  maxLength: 1000,
  pattern: '\\S',
});
const NO_SCOPE = { 404: 'There is no such scope.' };

export const SCOPES_DOCS: ApiDocs<ScopesController> = {
  tag: 'Scopes',
  description: 'The scopes that people and clients are told of.',
  parameters: { name: { description: 'Name of the scope, percent-encoded.', example: 'read' } },
  schemas: {
    Scope: object(
      'A scope.',
      {
        name: text('The scope value.'),
        description: text('What people are told that it allows.'),
        administrative: boolean('Does it reach the administration API?'),
        built_in: boolean('Is it the server’s own, so that it cannot be deleted?'),
      },
      {
        required: ['name', 'description', 'administrative', 'built_in'],
        example: { name: 'read', description: 'Read your things', administrative: false, built_in: false },
      },
    ),
    NewScope: object(
      'A scope to be.',
      { name: text('The scope value.', SCOPE_VALUE), description: nullable(words) },
      { required: ['name'], example: { name: 'read', description: 'Read your things' } },
    ),
    ScopeChanges: object(
      'Other words; `null` brings back those that it has without any.',
      { description: nullable(words) },
      { example: { description: 'Read what is yours' } },
    ),
  },
  operations: {
    list: {
      summary: 'List scopes',
      description: 'All of them, the built-in ones first.',
      answer: { schema: 'Scope', isList: true, description: 'The scopes.' },
    },
    create: {
      summary: 'Create a scope',
      body: 'NewScope',
      answer: { schema: 'Scope', description: 'The scope.' },
      refusals: { 409: 'There is one of this name.' },
    },
    read: {
      summary: 'Read a scope',
      answer: { schema: 'Scope', description: 'The scope.' },
      refusals: NO_SCOPE,
    },
    update: {
      summary: 'Change the words of a scope',
      description: 'A JSON Merge Patch (RFC 7396). Built-in scopes can have other words too.',
      body: 'ScopeChanges',
      answer: { schema: 'Scope', description: 'The scope after the change.' },
      refusals: NO_SCOPE,
    },
    delete: {
      summary: 'Delete a scope',
      description: 'Forgets its words; clients and resources that are registered for it stay so.',
      refusals: { ...NO_SCOPE, 409: 'A built-in scope cannot be deleted.' },
    },
  },
};
