// The documentation of the interaction API.
import type { ApiDocs, JsonAnswer, OperationDocs } from '../../api/openapi/api-docs.js';
import { boolean, list, object, ref, type Schema, text } from '../../api/openapi/schema.js';
import type { InteractionController } from './interaction.controller.js';
import type { InteractionClient, InteractionStep } from './interactions.js';

const CLIENT: Record<keyof InteractionClient, Schema> = {
  client_id: text('Its id.'),
  client_name: text('Its name, in the reader’s language where it has one.'),
  client_uri: text('Its website.', { format: 'uri' }),
  logo_uri: text('Its logo.', { format: 'uri' }),
  policy_uri: text('How it treats data.', { format: 'uri' }),
  tos_uri: text('Its terms of service.', { format: 'uri' }),
  first_party: boolean('Is it the operator’s own? Its users are not asked for consent.'),
  self_registered: boolean('Does it come from a user, or has it registered itself? Nobody vouches for it.'),
  redirect_host: text('Where people go back to: a host, or the scheme of an application on their machine.'),
  redirect_is_local: boolean('Does it lead to a program on their machine?'),
};

const named = (name: string, description: string): Record<string, Schema> => ({
  [name]: text('Its name.'),
  [description]: text('What people call it.'),
});

const STEP: Record<keyof InteractionStep, Schema> = {
  kind: text('What people have to do.', { enum: ['sign-in', 'sign-up', 'select-account', 'consent'] }),
  interaction: text(
    'Sealed; goes with the answer. Of a consent it holds what was shown: nothing else is allowed with it.',
  ),
  csrf_token: text('Goes with the answer, as header `x-csrf-token` or as member.'),
  page: text('The page for it, from the root of the host on.'),
  client: object('The client that waits. Its texts are raw: escape them.', CLIENT, {
    required: ['client_id', 'client_name', 'first_party', 'self_registered', 'redirect_host', 'redirect_is_local'],
  }),
  scopes: list(
    'What it asks for.',
    object('A scope in words.', named('name', 'description'), { required: ['name', 'description'] }),
  ),
  resources: list(
    'What the tokens are for (RFC 8707).',
    object('A resource.', named('identifier', 'name'), { required: ['identifier'] }),
  ),
  user: object(
    'Who is signed in; absent: nobody.',
    { username: text('User name.'), name: text('Full name.') },
    { required: ['username'] },
  ),
  switch_user: boolean('Is somebody else to sign in than who is?'),
  sign_up: boolean('May people create an account?'),
  identity_providers: list(
    'Identity providers with which people can sign in; at `sign-up` those with which they get an account.',
    object(
      'A link to send the browser to.',
      { name: text('Its name.'), label: text('What people call it.'), url: text('From the root of the host on.') },
      { required: ['name', 'label', 'url'] },
    ),
  ),
  login_hint: text('Whom the client expects.'),
  ui_locales: list('Languages that the client asks for, as BCP 47 tags, the preferred one first.', { type: 'string' }),
};

const ANSWER: JsonAnswer = {
  schema: 'Interaction',
  description: 'What is asked now, or where the browser goes.',
};
const EXAMPLE = {
  error: 'invalid_csrf_token',
  error_description: 'Send the csrf_token of the interaction: read it again, then decide.',
};
const FORGED =
  'The `csrf_token` is missing or of another browser or session, or the request comes from another origin.';

const step = (words: Pick<OperationDocs, 'summary' | 'description' | 'refusals'>, forged = FORGED): OperationDocs => ({
  ...words,
  answer: ANSWER,
  others: { 403: { description: forged, content: { 'application/json': { schema: ref('Error'), example: EXAMPLE } } } },
});

export const INTERACTION_DOCS: ApiDocs<InteractionController> = {
  tag: 'Interaction',
  description:
    'Sign-in, consent and the choice of an account for pages of your own (option `interactionPages`), which are opened with the ' +
    'parameter `interaction`. It is for scripts of pages at the origin of this server, and takes no access token: the browser’s ' +
    'cookies say who it is. 400 `invalid_interaction`: it has expired, was answered before or belongs to another browser; people ' +
    'begin again at the client.',
  parameters: {
    interaction: {
      description: 'The sealed interaction: of the page, or of the last answer.',
      example: 'eyJhbGciOiJkaXIi',
    },
    switch: { description: 'Somebody else is to sign in than who is.' },
    csrf_token: {
      description: 'Of the last answer; absent where the header `x-csrf-token` has it.',
      example: 'c2FsdHNhbHRz.aGFzaA',
    },
    username: { description: 'User name, or e-mail address of an account that there is.', example: 'alice' },
    password: { description: 'The password.', example: 'correct horse battery staple' },
    identity: {
      description:
        'Of the page’s URL: an account at an identity provider that nobody here has; the account that signs in gets it.',
      example: 'eyJhbGciOiJkaXIi',
    },
    email: { description: 'E-mail address of the account to be.', example: 'alice@example.com' },
    decision: { description: 'What the user pressed.', example: 'allow' },
  },
  schemas: {
    Interaction: object(
      'What is asked of people: `redirect_to` alone where it is nothing any more, else the members without which nobody can be asked.',
      {
        redirect_to: text('Where the browser goes now, as a whole: to the client with the answer.', { format: 'uri' }),
        ...STEP,
      },
      { example: { redirect_to: 'https://client.example/callback?code=AZ8x3v' } },
    ),
  },
  operations: {
    show: step(
      {
        summary: 'What is asked',
        description:
          'Where nothing is asked any more, e.g. because somebody has signed in in another tab, the client is answered.',
      },
      'The request comes from another origin.',
    ),
    signIn: step({
      summary: 'Sign in',
      description:
        '400 `wrong_credentials`: user name or password is wrong. With an `identity`, 400 `identity_taken`: it is linked to ' +
        'another user, and `account_changed`: at this moment.',
      refusals: { 429: 'It failed too often: the password was not looked at.' },
    }),
    signUp: step({
      summary: 'Create an account, and sign in with it',
      refusals: { 404: 'New accounts cannot be created here.', 409: 'The user name or the e-mail address is taken.' },
    }),
    selectAccount: step({
      summary: 'Go on with the account that is signed in',
      description: 'To go on with another one, ask what is asked with `switch=1`, and sign in.',
    }),
    consent: step({
      summary: 'Allow or deny',
      description: 'What the last answer showed, by the `interaction` of that answer; once.',
    }),
    cancel: step({ summary: 'Go back to the client without signing in', description: 'It is told `access_denied`.' }),
  },
};
