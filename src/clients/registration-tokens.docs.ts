// The documentation of initial access tokens for administrators.
// @see RFC 7591 §1.2 https://www.rfc-editor.org/rfc/rfc7591#section-1.2
import type { ApiDocs } from '../api/openapi/api-docs.js';
import { integer, moment, object, type Properties, text } from '../api/openapi/schema.js';
import type { RegistrationTokensController } from './registration-tokens.controller.js';

const TOKEN: Properties = {
  id: text('Names it; of no use to a client.', { format: 'uuid' }),
  created_at: moment('When it was created.'),
  expires_at: moment('When it ends by itself.'),
  uses: integer('How many clients have registered with it.', { minimum: 0 }),
  max_uses: integer('How many clients can register with it; absent: any number.', { minimum: 1 }),
};
const ALWAYS = ['id', 'created_at', 'expires_at', 'uses'];
const EXAMPLE = {
  id: '0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f',
  created_at: 1790000000,
  expires_at: 1792592000,
  uses: 0,
  max_uses: 10,
};

const NO_TOKEN = { 404: 'There is no such token.' };

export const REGISTRATION_TOKENS_DOCS: ApiDocs<RegistrationTokensController> = {
  tag: 'Registration tokens',
  description: 'Initial access tokens, with which clients register at `/oauth/register` where not everybody may.',
  parameters: { token_id: { description: 'Id of the token.', example: EXAMPLE.id } },
  schemas: {
    RegistrationToken: object('An initial access token.', TOKEN, { required: ALWAYS, example: EXAMPLE }),
    CreatedRegistrationToken: object(
      'A new initial access token.',
      { ...TOKEN, token: text('What clients send as a Bearer token, shown this one time.') },
      {
        required: [...ALWAYS, 'token'],
        example: { ...EXAMPLE, token: 'AZnzomxefTGaDg9rHC0-T0a9c7Xr1mQ2sV3uW4yZ5bN6kP8d' },
      },
    ),
  },
  operations: {
    list: {
      summary: 'List initial access tokens',
      description: 'Those that have not expired, oldest first.',
      answer: { schema: 'RegistrationToken', isList: true, description: 'A page of the list.' },
    },
    create: {
      summary: 'Create an initial access token',
      description: 'The token is in this answer and in no other one.',
      answer: { schema: 'CreatedRegistrationToken', description: 'The token.' },
    },
    read: {
      summary: 'Read an initial access token',
      answer: { schema: 'RegistrationToken', description: 'The token, without what clients send.' },
      refusals: NO_TOKEN,
    },
    revoke: {
      summary: 'Revoke an initial access token',
      description: 'Clients that registered with it stay.',
      refusals: NO_TOKEN,
    },
  },
};
