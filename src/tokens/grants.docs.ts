// The documentation of the grants for administrators.
import type { ApiDocs } from '../api/openapi/api-docs.js';
import { integer, moment, object, text } from '../api/openapi/schema.js';
import type { GrantsController } from './grants.controller.js';
import { ISSUED, OWNER } from './tokens.docs.js';

export const GRANTS_DOCS: ApiDocs<GrantsController> = {
  tag: 'Grants',
  description: 'What was allowed, each with all the tokens that came of it.',
  parameters: { ...OWNER, grant_id: { description: 'Id of the grant.', example: '7' } },
  schemas: {
    Grant: object(
      'A grant with live tokens.',
      {
        id: text('Its id.', { pattern: '^\\d{1,18}$' }),
        ...ISSUED,
        created_at: moment('When it was allowed.'),
        access_tokens: integer('How many live access tokens it has.', { minimum: 0 }),
        refresh_tokens: integer('How many live refresh tokens it has.', { minimum: 0 }),
      },
      {
        required: [
          'id',
          'client_id',
          'scope',
          'resources',
          'created_at',
          'expires_at',
          'access_tokens',
          'refresh_tokens',
        ],
        example: {
          id: '7',
          client_id: 'web',
          user_id: '0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f',
          scope: 'profile read',
          resources: [],
          created_at: 1790000000,
          expires_at: 1792592000,
          access_tokens: 1,
          refresh_tokens: 1,
        },
      },
    ),
  },
  operations: {
    list: {
      summary: 'List the grants of a user or a client',
      description: 'Those with live tokens, newest first.',
      answer: { schema: 'Grant', isList: true, description: 'A page of the list.' },
    },
    revoke: {
      summary: 'Revoke a grant',
      description: 'Ends it with all its tokens.',
      refusals: { 404: 'There is no such live grant.' },
    },
  },
};
