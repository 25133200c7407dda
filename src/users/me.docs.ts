// The documentation of the sample protected resource.
import type { ApiDocs } from '../api/openapi/api-docs.js';
import { object, text } from '../api/openapi/schema.js';
import type { MeController } from './me.controller.js';

export const ME_DOCS: ApiDocs<MeController> = {
  tag: 'Me',
  description: 'The sample protected resource: who is the user of the access token?',
  schemas: {
    Me: object(
      'The user of the access token.',
      { id: text('Id of the user.', { format: 'uuid' }), username: text('User name.') },
      { required: ['id', 'username'], example: { id: '0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f', username: 'alice' } },
    ),
  },
  operations: {
    me: {
      summary: 'Who is signed in',
      answer: { schema: 'Me', description: 'The user.' },
      refusals: {
        403: 'The access token does not carry the scope, or belongs to no user: a client got it for itself.',
        404: 'The account was deleted a moment ago.',
      },
    },
  },
};
