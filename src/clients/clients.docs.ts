// The documentation of the clients for administrators: the vocabulary of registration, and ours.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import type { ApiDocs } from '../api/openapi/api-docs.js';
import {
  allNullable,
  boolean,
  integer,
  list,
  moment,
  object,
  type Properties,
  type Schema,
  text,
} from '../api/openapi/schema.js';
import type { CLIENT_METADATA_MEMBERS } from './client-metadata.js';
import type { ClientsController } from './clients.controller.js';

const MAX_ITEMS = 100;
const TEN_YEARS = 10 * 365 * 86_400;

const words = (description: string): Schema => text(description, { maxLength: 2000 });
const url = (description: string): Schema => text(description, { format: 'uri', maxLength: 2000 });
const word = (description: string): Schema => text(description, { minLength: 1, maxLength: 200, pattern: '^\\S*$' });
/** An algorithm of RFC 7518, where `none` would protect nothing. */
const algorithm = (description: string): Schema =>
  text(description, { maxLength: 200, pattern: '^(?!none$)[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' });
const several = (description: string, items: Schema): Schema => list(description, items, { maxItems: MAX_ITEMS });
const redirects = (description: string): Schema =>
  several(description, { type: 'string', format: 'uri', maxLength: 2048 });
const seconds = (description: string, minimum = 1): Schema =>
  integer(`${description} Seconds.`, { minimum, maximum: TEN_YEARS });

const METADATA: Record<(typeof CLIENT_METADATA_MEMBERS)[number], Schema> = {
  client_name: words('The name that people see.'),
  client_uri: url('Its home page.'),
  logo_uri: url('Its logo.'),
  policy_uri: url('Its privacy policy.'),
  tos_uri: url('Its terms of use.'),
  contacts: several('E-mail addresses of who is responsible for it.', { type: 'string', maxLength: 2000 }),
  software_id: words('Names the software, whatever the installation.'),
  software_version: words('Version of the software.'),
  application_type: text('Whether it is a web or a native application.', { enum: ['web', 'native'] }),
  redirect_uris: redirects('Where codes and tokens may go: https, http on a loopback host, or a private-use scheme.'),
  grant_types: several('Grant types that it uses; none: a resource server that introspects.', word('A grant type.')),
  response_types: several('Response types that it uses.', { type: 'string', pattern: '^[a-z_]+( [a-z_]+)*$' }),
  token_endpoint_auth_method: word('How it proves who it is; `none`: a public client.'),
  scope: text('Scope values that it may ask for, separated by spaces.', { maxLength: 4000 }),
  jwks_uri: url('Where its public keys are.'),
  jwks: {
    type: 'object',
    description: 'Its public keys (RFC 7517), instead of `jwks_uri`.',
    properties: { keys: { type: 'array', minItems: 1, maxItems: MAX_ITEMS, items: { type: 'object' } } },
    required: ['keys'],
  },
  token_endpoint_auth_signing_alg: algorithm('Signs the assertions by which it proves who it is.'),
  id_token_signed_response_alg: word('Signs its ID tokens.'),
  id_token_encrypted_response_alg: algorithm('Encrypts the key of its ID tokens.'),
  id_token_encrypted_response_enc: algorithm('Encrypts its ID tokens.'),
  userinfo_signed_response_alg: algorithm('Signs what userinfo answers.'),
  userinfo_encrypted_response_alg: algorithm('Encrypts the key of what userinfo answers.'),
  userinfo_encrypted_response_enc: algorithm('Encrypts what userinfo answers.'),
  request_object_signing_alg: word('Signs its request objects.'),
  request_object_encryption_alg: algorithm('Encrypts the key of its request objects.'),
  request_object_encryption_enc: algorithm('Encrypts its request objects.'),
  request_uris: several('Where its request objects are.', { type: 'string', format: 'uri', maxLength: 2000 }),
  require_signed_request_object: boolean('Must its authorization requests be signed request objects?'),
  subject_type: text('Whether the `sub` of a user is the same for every client.', { enum: ['public', 'pairwise'] }),
  sector_identifier_uri: url('A list of redirect URIs whose clients know a user by the same `sub`.'),
  default_max_age: seconds('How old a sign-in may be when a request says nothing.', 0),
  require_auth_time: boolean('Do ID tokens say when the user signed in?'),
  default_acr_values: several('How users shall sign in when a request says nothing.', word('An `acr` value.')),
  initiate_login_uri: url('Where others begin a sign-in at it.'),
  post_logout_redirect_uris: redirects('Where people may go after they have signed out.'),
  frontchannel_logout_uri: url('What their browser loads when people sign out.'),
  frontchannel_logout_session_required: boolean('Is it told which session ended, in the browser?'),
  backchannel_logout_uri: url('What the server calls when people sign out.'),
  backchannel_logout_session_required: boolean('Is it told which session ended, by the server?'),
  default_scope: text('Scope of a request that asks for none; a part of `scope`.', { maxLength: 4000 }),
  require_pkce: boolean('`false` exempts a confidential client from PKCE.'),
  access_token_format: word('`opaque` or `jwt`, where no resource decides.'),
  access_token_lifetime: seconds('How long its access tokens live.'),
  refresh_token_lifetime: seconds('How long its refresh tokens live without use.'),
  refresh_token_absolute_lifetime: seconds('How long a refresh token and its successors live together.'),
  refresh_token_grace: seconds('How long a rotated refresh token still gets its successor; 0: not at all.', 0),
  assertion_audience: text('Audience of its assertions.', { enum: ['issuer', 'endpoints'] }),
  assertion_subject: text(
    'What of a user `sub` of its assertions is, with which it gets tokens; absent: never a user.',
    {
      enum: ['id', 'username', 'email'],
    },
  ),
  skip_consent: boolean('A first-party client: nobody is asked for consent.'),
  resources: several('Resources that it may ask for; absent: any.', { type: 'string', maxLength: 2000 }),
};

/** What people read, by language (RFC 7591 §2.2). */
const LANGUAGE = '#[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$';
const BY_LANGUAGE: Properties = {
  [`^client_name${LANGUAGE}`]: words('The name in a language, such as `client_name#de`.'),
  [`^(client|logo|policy|tos)_uri${LANGUAGE}`]: url('A page or the logo in a language, such as `tos_uri#de`.'),
};

const CLIENT: Properties = {
  client_id: text('Its id.'),
  client_id_issued_at: moment('When it was created.'),
  ...METADATA,
  disabled: boolean('Does it get nothing any more?'),
  owner_id: text('Id of the user who created it on the pages.'),
};
const ALWAYS: readonly string[] = [
  'client_id',
  'client_id_issued_at',
  'application_type',
  'redirect_uris',
  'grant_types',
  'response_types',
  'token_endpoint_auth_method',
  'disabled',
];

const secret = text('Its secret, shown this one time.');
const secretExpiresAt: Schema = { const: 0, description: 'It does not expire by itself (RFC 7591 §3.2.1).' };

const REGISTRATION = {
  client_name: 'Web App',
  redirect_uris: ['https://client.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile',
};
const EXAMPLE = {
  client_id: 'q3vQkXq0mCz2rB8hJ1yTn5Lw',
  client_id_issued_at: 1790000000,
  client_name: REGISTRATION.client_name,
  application_type: 'web',
  redirect_uris: REGISTRATION.redirect_uris,
  grant_types: REGISTRATION.grant_types,
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: REGISTRATION.scope,
  disabled: false,
};
const SECRET = 'kQ0m1hV8wX5c7bN2sT4yU6iO9pA3dF1gH8jK5lZ0xC4';

const NO_CLIENT = { 404: 'There is no such client.' };

export const CLIENTS_DOCS: ApiDocs<ClientsController> = {
  tag: 'Clients',
  description: 'Applications, in the vocabulary of RFC 7591 and OpenID Connect registration, and ours.',
  parameters: {
    client_id: { description: 'Id of the client.', example: EXAMPLE.client_id },
    overlap: { description: 'Seconds for which the secrets before still work.', example: 3600 },
  },
  schemas: {
    Client: object('A client. Metadata that was not given and has no default is absent.', CLIENT, {
      required: ALWAYS,
      patterns: BY_LANGUAGE,
      example: EXAMPLE,
    }),
    CreatedClient: object(
      'A new client, with its secret; a public client has none.',
      { ...CLIENT, client_secret: secret, client_secret_expires_at: secretExpiresAt },
      {
        required: ALWAYS,
        patterns: BY_LANGUAGE,
        example: { ...EXAMPLE, client_secret: SECRET, client_secret_expires_at: 0 },
      },
    ),
    NewClient: object(
      'A client to be. `null` is the same as nothing: what is not given has its default.',
      allNullable({
        client_id: text('Its id; absent: one is made.', { minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]*$' }),
        client_secret: text('Its secret; absent: one is made.', { minLength: 32, maxLength: 512 }),
        ...METADATA,
      }),
      { patterns: allNullable(BY_LANGUAGE), example: REGISTRATION },
    ),
    ClientChanges: object(
      'What is named is changed, `null` brings its default back; everything else stays.',
      allNullable(METADATA),
      {
        patterns: allNullable(BY_LANGUAGE),
        example: { client_name: 'Web App 2', access_token_lifetime: 600, logo_uri: null },
      },
    ),
    RotatedSecret: object(
      'A new secret.',
      {
        client_id: text('Id of the client.'),
        client_secret: secret,
        client_secret_expires_at: secretExpiresAt,
        previous_secrets_expire_at: moment('When the secrets before end.'),
      },
      {
        required: ['client_id', 'client_secret', 'client_secret_expires_at', 'previous_secrets_expire_at'],
        example: {
          client_id: EXAMPLE.client_id,
          client_secret: SECRET,
          client_secret_expires_at: 0,
          previous_secrets_expire_at: 1790003600,
        },
      },
    ),
  },
  operations: {
    list: {
      summary: 'List clients',
      description: 'Oldest first.',
      answer: { schema: 'Client', isList: true, description: 'A page of the list.' },
    },
    create: {
      summary: 'Create a client',
      description: 'The secret is in this answer and in no other one.',
      body: 'NewClient',
      answer: { schema: 'CreatedClient', description: 'The client.' },
      refusals: { 409: 'The id is taken.' },
    },
    read: {
      summary: 'Read a client',
      answer: { schema: 'Client', description: 'The client, without its secrets.' },
      refusals: NO_CLIENT,
    },
    update: {
      summary: 'Change a client',
      description: 'A JSON Merge Patch (RFC 7396). With an administration scope goes at once what carries it.',
      body: 'ClientChanges',
      answer: { schema: 'Client', description: 'The client after the change.' },
      refusals: NO_CLIENT,
    },
    rotateSecret: {
      summary: 'Rotate the secret of a client',
      description: 'The secrets before end after the overlap.',
      answer: { schema: 'RotatedSecret', description: 'The new secret, shown this one time.' },
      refusals: { ...NO_CLIENT, 409: 'The client does not authenticate with a secret.' },
    },
    disable: {
      summary: 'Disable a client',
      description: 'Ends every grant of the client as well.',
      answer: { schema: 'Client', description: 'The client.' },
      refusals: NO_CLIENT,
    },
    enable: {
      summary: 'Enable a client',
      answer: { schema: 'Client', description: 'The client.' },
      refusals: NO_CLIENT,
    },
    delete: {
      summary: 'Delete a client',
      description: 'With everything that it was given.',
      refusals: NO_CLIENT,
    },
  },
};
