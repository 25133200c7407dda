// The documentation of the live tokens for administrators.
import type { ApiDocs } from '../api/openapi/api-docs.js';
import { list, moment, object, text } from '../api/openapi/schema.js';
import type { TokensController } from './tokens.controller.js';

/** Whose tokens or grants are asked for. */
export const OWNER: ApiDocs['parameters'] = {
  user_id: {
    description: 'Those of this user; `user_id` or `client_id` must be given.',
    example: '0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f',
  },
  client_id: { description: 'Those of this client.' },
};

/** What tokens and grants have in common. */
export const ISSUED = {
  client_id: text('Id of the client that it was issued to.'),
  user_id: text('Id of the user; absent where a client got it for itself.'),
  scope: text('Scope values, separated by spaces.'),
  resources: list('Identifiers of the resources that it is bound to.', { type: 'string' }),
  expires_at: moment('When it ends by itself.'),
};

const TOKEN_ID = 'AZnzomxefTGaDg9rHC0-T0a9c7Xr1mQ2sV3uW4yZ5bN6kP8d';

export const TOKENS_DOCS: ApiDocs<TokensController> = {
  tag: 'Tokens',
  description:
    'Access and refresh tokens that are neither expired, revoked nor replaced. An id names a token and is none itself.',
  parameters: {
    ...OWNER,
    token_id: { description: 'Id of the token, as the list tells it.', example: TOKEN_ID },
  },
  schemas: {
    Token: object(
      'A live token.',
      {
        id: text('Names it; of no use to a client.'),
        type: text('Which kind of token.', { enum: ['access_token', 'refresh_token'] }),
        grant_id: text('Id of the grant that it came of.'),
        ...ISSUED,
        issued_at: moment('When it was issued.'),
      },
      {
        required: ['id', 'type', 'grant_id', 'client_id', 'scope', 'resources', 'issued_at', 'expires_at'],
        example: {
          id: TOKEN_ID,
          type: 'access_token',
          grant_id: '7',
          client_id: 'web',
          user_id: '0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f',
          scope: 'profile read',
          resources: [],
          issued_at: 1790000000,
          expires_at: 1790003600,
        },
      },
    ),
  },
  operations: {
    list: {
      summary: 'List the tokens of a user or a client',
      description: 'Newest first.',
      answer: { schema: 'Token', isList: true, description: 'A page of the list.' },
    },
    revoke: {
      summary: 'Revoke a token',
      description: 'Ends an access token alone, a refresh token with its grant.',
      refusals: { 404: 'There is no such live token.' },
    },
  },
};
