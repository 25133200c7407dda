// The OpenAPI document against the server that it describes: every route, every answer, every scope.
// @see OpenAPI 3.1 https://spec.openapis.org/oas/v3.1.1
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { pino } from 'pino';
import { closeApplication } from '../support/cleanup.js';
import type { OpenApiDocument, OperationObject, ResponseObject } from '../../src/api/openapi/document.js';
import type { Schema } from '../../src/api/openapi/schema.js';
import { ServerOptions } from '../../src/config/options.js';
import { createApplication } from '../../src/http-server.js';
import { createDatabase, query as sql } from '../support/database.js';
import { bootstrap, CLIENTS, USERS } from '../support/fixtures.js';
import { baseOf, clientCredentials, obtainTokens, type Server, signUp } from '../support/flow.js';
import { CookieJar, form, pkce, visit } from '../support/http.js';
import { sharedServer, startServer } from '../support/server.js';
import { SECRET_KEYS } from '../support/state.js';
import { type ApiAnswer, apiOf, createClient, createUser, unique } from './api.js';

const server = sharedServer();
const api = apiOf(server);

interface Operation extends OperationObject {
  method: string;
  path: string;
}

async function fetchDocument(from: Server): Promise<OpenApiDocument> {
  return (await (await fetch(`${baseOf(from)}/api/docs-json`)).json()) as OpenApiDocument;
}

const document = await fetchDocument(server);
const operations: Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
);
const operation = (id: string): Operation => operations.find(({ operationId }) => operationId === id)!;
const all = operations.map((one) => [one.operationId, one] as const);
const guarded = all.filter(([, { security }]) => security.length > 0);

/** Schemas with `#/components/schemas/Name` as `Name`, under which ajv knows them. */
const ajv = (addFormats as unknown as typeof addFormats.default)(
  new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, allErrors: true }),
);
const local = <T>(schema: T): T => JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '')) as T;
for (const [name, schema] of Object.entries(document.components.schemas)) ajv.addSchema(local(schema), name);
const compile = (schema: Schema): ValidateFunction => ajv.compile(local(schema));

/** What is wrong with a value; empty when nothing is. */
function faults(schema: Schema, value: unknown): string[] {
  const validate = compile(schema);
  validate(value);
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
}

function responseOf({ operationId, responses }: Operation, status: number): ResponseObject {
  const found = responses[status];
  if (!found) throw new Error(`${operationId} answered ${status}, of which nothing is said.`);
  return '$ref' in found ? document.components.responses[found.$ref.split('/').at(-1)!] : found;
}

/** What the answer has that is not described, or lacks. */
function differences(one: Operation, { status, headers, body }: ApiAnswer): string[] {
  const { content, headers: described = {} } = responseOf(one, status);
  const type = headers.get('content-type')?.split(';')[0];
  const missing = Object.keys(described).filter((name) => name !== 'Link' && !headers.has(name));
  if (!content) return body === undefined ? missing : ['has a body'];
  if (!type || !content[type]) return [`is ${type}`];
  return [...missing, ...faults(content[type].schema, body)];
}

const bodySchema = ({ requestBody }: Operation): Schema => requestBody!.content['application/json'].schema;
const success = ({ responses }: Operation): number => Number(Object.keys(responses)[0]);

interface Call {
  /** For the places in the path. */
  path?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  token?: string | null;
  headers?: Record<string, string>;
}

function send({ method, path }: Operation, call: Call): Promise<ApiAnswer> {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(call.path?.[name] ?? 'unknown'));
  const query = call.query ? `?${new URLSearchParams(call.query).toString()}` : '';
  return api(method, filled + query, { body: call.body, token: call.token ?? null, headers: call.headers });
}

const ADMINISTRATION = CLIENTS.administrator.scope.split(' ');

const tokens = new Map<string, Promise<string>>();

/** A token of exactly these scopes. */
function tokenWith(scopes: readonly string[]): Promise<string> {
  const scope = scopes.join(' ');
  if (!tokens.has(scope)) tokens.set(scope, obtainToken(scopes));
  return tokens.get(scope)!;
}

async function obtainToken(scopes: readonly string[]): Promise<string> {
  if (scopes.includes('profile'))
    return (await obtainTokens(server, CLIENTS.trusted, { scope: scopes.join(' ') })).access_token;
  return (await clientCredentials(server, CLIENTS.administrator, { scope: scopes.join(' ') })).access_token;
}

const newUser = async (): Promise<Call> => ({ path: { user_id: (await createUser(api)).id } });
async function newIdentity(): Promise<Call> {
  const { path } = await newUser();
  const [{ id }] = await sql<{ id: string }>(
    server,
    `INSERT INTO user_identities (issuer, subject, user_id, provider)
     VALUES ('https://idp.example', '${unique('subject')}', '${path!.user_id}', 'corp') RETURNING id`,
  );
  return { path: { ...path, identity_id: id } };
}
const newClient = async (): Promise<Call> => ({ path: { client_id: (await createClient(api)).client_id } });

async function newScope(): Promise<Call & { path: { name: string } }> {
  const name = unique('scope');
  await api('POST', '/api/scopes', { body: { name } });
  return { path: { name } };
}

async function newRegistrationToken(): Promise<Call> {
  const { body } = await api('POST', '/api/registration-tokens', { body: {} });
  return { path: { token_id: (body as { id: string }).id } };
}

async function newResource(): Promise<Call & { path: { identifier: string } }> {
  const identifier = `https://${unique('api')}.example/?a=b`;
  await api('POST', '/api/resources', { body: { identifier, access_token_format: 'jwt' } });
  return { path: { identifier } };
}

async function newIssued(kind: 'tokens' | 'grants'): Promise<Call> {
  const client = await createClient(api, { scope: 'read', grant_types: ['client_credentials'] });
  await clientCredentials(server, client);
  const { items } = (await api('GET', `/api/${kind}?client_id=${client.client_id}`)).body as {
    items: { id: string }[];
  };
  return { path: { token_id: items[0].id, grant_id: items[0].id } };
}

/** A browser with an authorization request that waits; `signedIn`: for consent, or `asked` otherwise. */
async function newInteraction(
  signedIn: boolean,
  asked: object = {},
): Promise<Call & { query: Record<string, string> }> {
  const jar = signedIn ? (await signUp(server)).jar : new CookieJar();
  const request = { response_type: 'code', client_id: 'web', scope: 'read', ...pkce().parameters, ...asked };
  const response = await visit(jar, `${baseOf(server)}/oauth/authorize?${form(request).toString()}`);
  const sealed = new URL(response.headers.get('location')!, server.url).searchParams.get('interaction')!;
  return { headers: { cookie: jar.header() }, query: { interaction: sealed } };
}

/** An answer to what is asked. */
async function newAnswer(signedIn: boolean, members: object, asked?: object): Promise<Call> {
  const { headers, query } = await newInteraction(signedIn, asked);
  const { body } = await api('GET', `/oauth/interaction?${form(query).toString()}`, { token: null, headers });
  const { interaction, csrf_token } = body as Record<string, string>;
  return { headers, body: { interaction, csrf_token, ...members } };
}

const CLAIMS = {
  name: 'N', given_name: 'G', family_name: 'F', middle_name: 'M', nickname: 'K', preferred_username: 'P', gender: 'x',
  profile: 'https://a.example/', picture: 'https://a.example/p.png', website: 'http://a.example/', birthdate: '1990-12-31',
  zoneinfo: 'Europe/Paris', locale: 'en-GB', phone_number: '+49 1', phone_number_verified: true, updated_at: 1700000000,
  address: { formatted: 'a', street_address: 'b', locality: 'c', region: 'd', postal_code: 'e', country: 'f' },
}; // prettier-ignore
const METADATA = {
  client_name: 'N', client_uri: 'https://a.example/', logo_uri: 'https://a.example/l.png', policy_uri: 'https://a.example/p',
  tos_uri: 'https://a.example/t', contacts: ['a@a.example'], software_id: 's', software_version: '1', application_type: 'native',
  redirect_uris: ['com.example.app:/callback', 'http://127.0.0.1/'], grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'], token_endpoint_auth_method: 'client_secret_post', scope: 'read write', default_scope: 'read',
  jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] }, require_pkce: false, access_token_format: 'jwt',
  access_token_lifetime: 60, refresh_token_lifetime: 60, refresh_token_absolute_lifetime: 600, refresh_token_grace: 0,
  id_token_signed_response_alg: 'RS256', id_token_encrypted_response_alg: 'RSA-OAEP-256', id_token_encrypted_response_enc: 'A256GCM',
  userinfo_signed_response_alg: 'ES256', userinfo_encrypted_response_alg: 'ECDH-ES', userinfo_encrypted_response_enc: 'A128GCM',
  request_object_signing_alg: 'none', request_object_encryption_alg: 'RSA-OAEP-256', request_object_encryption_enc: 'A256GCM',
  token_endpoint_auth_signing_alg: 'HS256', request_uris: ['https://a.example/request'], require_signed_request_object: false,
  subject_type: 'public',
  sector_identifier_uri: 'https://a.example/sector', default_max_age: 0, require_auth_time: true, default_acr_values: ['urn:a'],
  initiate_login_uri: 'https://a.example/login', post_logout_redirect_uris: ['https://a.example/bye'],
  frontchannel_logout_uri: 'http://127.0.0.1/out', frontchannel_logout_session_required: true,
  backchannel_logout_uri: 'https://a.example/out', backchannel_logout_session_required: false,
  'client_name#de': 'N', 'tos_uri#de-CH': 'https://a.example/agb',
  assertion_audience: 'endpoints', assertion_subject: 'username', skip_consent: true, resources: ['https://api.example.com'],
}; // prettier-ignore

/** Good requests, several where answers differ; each operation has one. */
const CALLS: Record<string, (() => Promise<Call>)[]> = {
  docsPage: [async () => ({})],
  docsJsonDocument: [async () => ({})],
  meMe: [async () => ({})],
  interactionShow: [
    () => newInteraction(false, { login_hint: 'alice', ui_locales: 'de', resource: 'https://api.example.com' }),
    () => newInteraction(true),
    async () => {
      const { headers, query } = await newInteraction(true);
      return { headers, query: { ...query, switch: '1' } };
    },
  ],
  interactionSignIn: [() => newAnswer(false, { username: USERS.alice.username, password: USERS.alice.password })],
  interactionSignUp: [
    () => newAnswer(false, { username: unique('user'), password: 'a password of eight' }),
    () => newAnswer(false, { username: unique('user'), password: 'a password of eight', email: null }),
  ],
  interactionSelectAccount: [() => newAnswer(true, {}, { prompt: 'select_account' })],
  interactionConsent: [() => newAnswer(true, { decision: 'allow' }), () => newAnswer(true, { decision: 'deny' })],
  interactionCancel: [() => newAnswer(false, {})],
  usersList: [async () => ({}), async () => ({ query: { limit: '1', search: 'o' } })],
  usersCreate: [
    async () => ({ body: { username: unique('user') } }),
    async () => ({
      body: {
        username: unique('user'),
        email: `${unique('e')}@a.example`,
        email_verified: true,
        roles: ['admin'],
        ...CLAIMS,
      },
    }),
  ],
  usersRead: [newUser],
  usersUpdate: [
    async () => ({ ...(await newUser()), body: { ...CLAIMS, roles: ['editor'] } }),
    async () => ({ ...(await newUser()), body: { email: null, name: null, address: null } }),
  ],
  usersDisable: [newUser],
  usersEnable: [newUser],
  usersSetPassword: [async () => ({ ...(await newUser()), body: { password: 'another password' } })],
  usersDelete: [newUser],
  usersListIdentities: [newUser, newIdentity],
  usersUnlinkIdentity: [newIdentity],
  clientsList: [async () => ({}), async () => ({ query: { limit: '200' } })],
  clientsCreate: [
    async () => ({ body: { redirect_uris: ['https://a.example/'] } }),
    async () => ({
      body: { ...METADATA, client_id: unique('client'), client_secret: unique('secret').padEnd(40, 'x') },
    }),
    async () => ({
      body: { redirect_uris: ['https://a.example/'], token_endpoint_auth_method: 'none', client_name: null },
    }),
    async () => ({ body: { grant_types: [] } }),
  ],
  clientsRead: [newClient],
  clientsUpdate: [
    async () => ({ ...(await newClient()), body: METADATA }),
    async () => ({ ...(await newClient()), body: { scope: null, skip_consent: null } }),
  ],
  clientsRotateSecret: [
    newClient,
    async () => ({ ...(await newClient()), body: { overlap: 0 } }),
    async () => ({ ...(await newClient()), body: { overlap: null } }),
  ],
  clientsDisable: [newClient],
  clientsEnable: [newClient],
  clientsDelete: [newClient],
  registrationTokensList: [async () => ({}), async () => ({ query: { limit: '1' } })],
  registrationTokensCreate: [
    async () => ({ body: {} }),
    async () => ({ body: { expires_in: 60, max_uses: 1 } }),
    async () => ({ body: { expires_in: null, max_uses: null } }),
  ],
  registrationTokensRead: [newRegistrationToken],
  registrationTokensRevoke: [newRegistrationToken],
  tokensList: [
    async () => ({ query: { client_id: 'administrator', limit: '2' } }),
    async () => ({ query: { user_id: (await createUser(api)).id } }),
  ],
  tokensRevoke: [() => newIssued('tokens')],
  grantsList: [async () => ({ query: { client_id: 'administrator', limit: '2' } })],
  grantsRevoke: [() => newIssued('grants')],
  scopesList: [async () => ({})],
  scopesCreate: [async () => ({ body: { name: unique('scope'), description: 'A scope' } })],
  scopesRead: [async () => ({ path: { name: 'openid' } }), newScope],
  scopesUpdate: [async () => ({ ...(await newScope()), body: { description: 'Other words' } })],
  scopesDelete: [newScope],
  resourcesList: [async () => ({ query: { limit: '1' } })],
  resourcesCreate: [
    async () => ({ body: { identifier: `urn:example:${unique('api')}` } }),
    async () => ({
      body: {
        identifier: `https://${unique('api')}.example`,
        name: 'An API',
        scopes: ['read'],
        access_token_format: 'opaque',
        introspection_clients: ['api'],
      },
    }),
  ],
  resourcesRead: [newResource],
  resourcesUpdate: [async () => ({ ...(await newResource()), body: { name: null, scopes: ['read'] } })],
  resourcesDelete: [newResource],
};

/** Requests that what is there stands in the way of. */
const CONFLICTS: Record<string, () => Promise<Call>> = {
  usersCreate: async () => ({ body: { username: 'alice' } }),
  usersUpdate: async () => ({ ...(await newUser()), body: { username: 'alice' } }),
  clientsCreate: async () => ({ body: { client_id: 'web', redirect_uris: ['https://a.example/'] } }),
  clientsRotateSecret: async () => ({ path: { client_id: 'spa' } }),
  scopesCreate: async () => ({ body: { name: 'read' } }),
  scopesDelete: async () => ({ path: { name: 'openid' } }),
  resourcesCreate: async () => ({ body: { identifier: 'https://api.example.com' } }),
  interactionSignUp: () => newAnswer(false, { username: 'alice', password: 'a password of eight' }),
};

describe('the document', () => {
  it('is OpenAPI 3.1 of this server, under its issuer', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.servers).toEqual([{ url: server.issuer, description: expect.any(String) }]);
  });

  it('has every route of the JSON APIs, and nothing else', async () => {
    const databaseUrl = await createDatabase();
    const options = ServerOptions.from({ issuer: 'http://localhost:3000', secretKeys: [SECRET_KEYS], databaseUrl });
    const app = await createApplication({ options, logger: pino({ level: 'silent' }), trustProxy: false });
    const routes = new Set<string>();
    const fastify = app.getHttpAdapter().getInstance();
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat())
        if (/^\/(api|oauth\/interaction)(\/|$)/.test(url) && one !== 'HEAD') routes.add(`${one} ${url}`);
    });
    try {
      await app.init();
    } finally {
      await closeApplication(app);
    }
    const described = operations.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    expect(described.sort()).toEqual([...routes].sort());
  });

  it('refers to nothing that it does not have', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(100);
    for (const [, kind, name] of references)
      expect(document.components[kind as 'schemas' | 'responses']).toHaveProperty([name]);
    expect(JSON.stringify(document).match(/"\$ref"/g)).toHaveLength(references.length);
  });

  it('has schemas that compile, strictly, and that let nothing through of which they do not speak', () => {
    const open: string[] = [];
    const visit = (schema: Schema, at: string): void => {
      if ([schema.type ?? []].flat().includes('object') && schema.additionalProperties !== false) open.push(at);
      for (const [name, member] of Object.entries(schema.properties ?? {})) visit(member, `${at}.${name}`);
      for (const [name, member] of Object.entries(schema.patternProperties ?? {})) visit(member, `${at}.${name}`);
      if (schema.items) visit(schema.items, `${at}[]`);
      for (const one of schema.anyOf ?? []) visit(one, at);
    };
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect(ajv.getSchema(name)).toBeInstanceOf(Function);
      visit(schema, name);
    }
    for (const one of operations) {
      for (const { schema } of Object.values(one.requestBody?.content ?? {})) visit(schema, one.operationId);
      for (const { schema } of one.parameters ?? []) compile(schema);
    }
    // Keys have members of their own, and the document is described by its own specification.
    const keys = ['Client', 'ClientChanges', 'CreatedClient', 'NewClient'].flatMap((name) => [
      `${name}.jwks`,
      `${name}.jwks.keys[]`,
    ]);
    expect(open.sort()).toEqual([...keys, 'Document', 'Document.info', 'Document.paths'].sort());
  });

  it('says of each operation in words what it does, and of each parameter what it is', () => {
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, summary, tags, parameters = [], path } of operations) {
      expect(operationId).toMatch(/^[a-z]+[A-Za-z]+$/);
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
      expect(document.tags.map(({ name }) => name)).toContain(tags[0]);
      for (const { description } of parameters)
        expect([operationId, description]).toEqual([operationId, expect.stringMatching(/^.+\.$/)]);
      const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(described).toEqual(places);
    }
  });

  it('has examples that are what they are examples of', () => {
    let count = 0;
    const check = (schema: Schema, example: unknown, of: string): void => {
      expect([of, faults(schema, example)]).toEqual([of, []]);
      count++;
    };
    for (const [name, schema] of Object.entries(document.components.schemas))
      for (const example of schema.examples ?? []) check(schema, example, name);
    for (const { content } of Object.values(document.components.responses))
      check(content!['application/json'].schema, content!['application/json'].example, 'a refusal');
    for (const one of operations) {
      for (const { name, schema, example } of one.parameters ?? [])
        if (example !== undefined) check(schema, example, name);
      if (one.requestBody) check(bodySchema(one), one.requestBody.content['application/json'].example, one.operationId);
      const good = responseOf(one, success(one)).content?.['application/json'];
      if (good?.example !== undefined) check(good.schema, good.example, one.operationId);
    }
    expect(count).toBeGreaterThan(60);
  });

  it('names the endpoints where tokens come from, and each scope in words', async () => {
    const metadata = (await (await fetch(`${server.url}/.well-known/oauth-authorization-server`)).json()) as Record<
      string,
      string
    >;
    const { oauth2, ...others } = document.components.securitySchemes;
    expect(others).toEqual({});
    const scopes = Object.fromEntries([...ADMINISTRATION, 'profile'].map((name) => [name, expect.stringMatching(/ /)]));
    expect(oauth2).toMatchObject({
      type: 'oauth2',
      flows: {
        clientCredentials: { tokenUrl: metadata.token_endpoint, scopes },
        authorizationCode: {
          authorizationUrl: metadata.authorization_endpoint,
          tokenUrl: metadata.token_endpoint,
          refreshUrl: metadata.token_endpoint,
          scopes,
        },
      },
    });
  });

  it('tells another issuer, and no grant type that is off', async () => {
    const own = await startServer({
      env: { ISSUER: 'http://localhost:$PORT/tenant' },
      options: { disabledGrantTypes: ['authorization_code', 'refresh_token'] },
    });
    const { servers, components } = await fetchDocument(own);
    expect(servers[0].url).toBe(own.issuer);
    expect(components.securitySchemes.oauth2.flows).toEqual({
      clientCredentials: { tokenUrl: `${own.issuer}/oauth/token`, scopes: expect.any(Object) },
    });
  });

  it('has the words of the scopes as they are now', async () => {
    const own = await startServer({ bootstrap: bootstrap() });
    const wordsOf = async (): Promise<string> =>
      (await fetchDocument(own)).components.securitySchemes.oauth2.flows!.clientCredentials.scopes['users:read'];
    expect(await wordsOf()).toBe('See all users');
    // At the instance that changes them: however long the notification takes.
    await sql(own, 'ALTER TABLE scopes DISABLE TRIGGER scopes_changed');
    await apiOf(own)('PATCH', '/api/scopes/users%3Aread', { body: { description: 'Read the register' } });
    expect(await wordsOf()).toBe('Read the register');
  });

  it('is kept by caches as long as it is the same (RFC 9110 §13.1.2)', async () => {
    const ask = (condition: string): Promise<ApiAnswer> =>
      api('GET', '/api/docs-json', { token: null, headers: { 'if-none-match': condition } });
    const other = await ask('"other"');
    const etag = other.headers.get('etag')!;
    expect(other.status).toBe(200);
    expect(other.headers.get('cache-control')).toBe('public, max-age=300');
    expect(other.headers.get('access-control-allow-origin')).toBe('*');
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await ask(condition);
      expect([condition, answer.status, answer.body]).toEqual([condition, 304, undefined]);
      expect(answer.headers.get('etag')).toBe(etag);
    }
  });
});

describe.each(all)('%s', (id, one) => {
  const scopes = one.security.flatMap((requirement) => Object.values(requirement)).flat();
  const hasBody = one.requestBody !== undefined;

  it('answers as it is described, to a token of exactly these scopes', async () => {
    const token = scopes.length > 0 ? await tokenWith(scopes) : null;
    expect(CALLS[id]).toBeDefined();
    for (const make of CALLS[id]) {
      const call = await make();
      if (call.body !== undefined) expect(faults(bodySchema(one), call.body)).toEqual([]);
      const answer = await send(one, { ...call, token });
      expect([call, answer.status, answer.status >= 400 && answer.body]).toEqual([call, success(one), false]);
      expect(differences(one, answer)).toEqual([]);
    }
  });

  if (one.responses[404] && one.path.includes('{')) {
    it('refuses what is not there as it is described', async () => {
      const body = CALLS[id].length > 0 && hasBody ? ((await CALLS[id].at(-1)!()).body ?? {}) : undefined;
      const answer = await send(one, { body, token: await tokenWith(scopes) });
      expect([answer.status, differences(one, answer)]).toEqual([404, []]);
    });
  }

  it('says that there can be a conflict where there can be one', async () => {
    expect(id in CONFLICTS).toBe('409' in one.responses);
    if (!CONFLICTS[id]) return;
    const answer = await send(one, { ...(await CONFLICTS[id]()), token: await tokenWith(scopes) });
    expect([answer.status, differences(one, answer)]).toEqual([409, []]);
  });

  if (hasBody) {
    it.each([
      [413, 'application/json', JSON.stringify({ name: 'x'.repeat(140_000) })],
      [415, 'text/plain', '{}'],
      [400, 'application/json', '{'],
      [400, 'application/json', '{"unheard_of":1}'],
    ])('refuses with %i what it cannot take (%s)', async (status, type, body) => {
      const { path } = await CALLS[id][0]();
      const answer = await send(one, { path, body, headers: { 'content-type': type }, token: await tokenWith(scopes) });
      expect([answer.status, differences(one, answer)]).toEqual([status, []]);
    });
  }
});

describe.each(guarded)('%s', (_, one) => {
  const scopes = one.security.flatMap((requirement) => Object.values(requirement)).flat();

  it.each([null, 'unknown'])('is nothing for who has no good token (%s)', async (token) => {
    const answer = await send(one, { token });
    expect([answer.status, differences(one, answer)]).toEqual([401, []]);
  });

  it('needs its scope: all the others are not enough', async () => {
    const others = ADMINISTRATION.filter((scope) => !scopes.includes(scope));
    const answer = await send(one, { token: await tokenWith(others) });
    expect([answer.status, differences(one, answer)]).toEqual([403, []]);
    expect(answer.headers.get('www-authenticate')).toContain(`scope="${scopes.join(' ')}"`);
  });

  it('takes no token from the URL', async () => {
    const answer = await send(one, { query: { access_token: await tokenWith(scopes) } });
    expect([answer.status, differences(one, answer)]).toEqual([400, []]);
  });
});

describe('what a request may hold', () => {
  const user = (members: object): object => ({ username: unique('user'), ...members });
  const client = (members: object): object => ({ redirect_uris: ['https://a.example/'], ...members });
  const scope = (members: object): object => ({ name: unique('scope'), ...members });
  const resource = (members: object): object => ({ identifier: `https://${unique('api')}.example`, ...members });

  it.each<[string, object, boolean]>([
    ['usersCreate', user({}), true],
    ['usersCreate', {}, false],
    ['usersCreate', { username: 'a@b' }, false],
    ['usersCreate', { username: '' }, false],
    ['usersCreate', { username: 7 }, false],
    ['usersCreate', user({ email: null, name: null }), true],
    ['usersCreate', user({ email_verified: null }), false],
    ['usersCreate', user({ roles: ['a b'] }), false],
    ['usersCreate', user({ roles: null }), false],
    ['usersCreate', user({ password: 'short' }), false],
    ['usersCreate', user({ birthdate: '1990-13-01' }), false],
    ['usersCreate', user({ address: { country: null } }), false],
    ['usersCreate', user({ address: { planet: 'Earth' } }), false],
    ['usersCreate', user({ website: 'ftp://a.example/' }), false],
    ['usersCreate', user({ updated_at: -1 }), false],
    ['usersCreate', user({ disabled: true }), false],
    ['usersUpdate', { password: 'a new password' }, false],
    ['usersUpdate', { id: 'x' }, false],
    ['usersUpdate', {}, true],
    ['usersSetPassword', { password: 'long enough' }, true],
    ['usersSetPassword', { password: 'short' }, false],
    ['usersSetPassword', { password: null }, false],
    ['usersSetPassword', {}, false],
    ['clientsCreate', client({}), true],
    ['clientsCreate', client({ client_secret: 'short' }), false],
    ['clientsCreate', client({ client_id: 'a b' }), false],
    ['clientsCreate', client({ client_id: null, client_secret: null }), true],
    ['clientsCreate', client({ application_type: 'desktop' }), false],
    ['clientsCreate', client({ application_type: null }), true],
    ['clientsCreate', client({ grant_types: 'authorization_code' }), false],
    ['clientsCreate', client({ access_token_lifetime: 0 }), false],
    ['clientsCreate', client({ refresh_token_grace: 0 }), true],
    ['clientsCreate', client({ refresh_token_lifetime: 1.5 }), false],
    ['clientsCreate', client({ require_pkce: 'no' }), false],
    ['clientsCreate', client({ jwks: { keys: [] } }), false],
    ['clientsCreate', client({ logo_uri: 'logo.png' }), false],
    ['clientsCreate', client({ 'client_name#de': null, 'policy_uri#fr': 'https://a.example/' }), true],
    ['clientsCreate', client({ 'client_name#': 'N' }), false],
    ['clientsCreate', client({ 'scope#de': 'x' }), false],
    ['clientsCreate', client({ userinfo_signed_response_alg: 'none' }), false],
    ['clientsCreate', client({ default_max_age: -1 }), false],
    ['clientsCreate', client({ disabled: true }), false],
    ['clientsUpdate', { client_id: 'x' }, false],
    ['clientsUpdate', { client_name: 'x'.repeat(2001) }, false],
    ['clientsRotateSecret', { overlap: 90 * 86_400 }, true],
    ['clientsRotateSecret', { overlap: 90 * 86_400 + 1 }, false],
    ['clientsRotateSecret', { overlap: -1 }, false],
    ['clientsRotateSecret', { overlap: '1' }, false],
    ['scopesCreate', scope({ description: null }), true],
    ['scopesCreate', scope({ description: ' ' }), false],
    ['scopesCreate', { name: 'a b' }, false],
    ['scopesCreate', { name: 'x'.repeat(201) }, false],
    ['scopesUpdate', { name: 'x' }, false],
    ['scopesUpdate', { description: null }, true],
    ['resourcesCreate', resource({ name: null, scopes: null, introspection_clients: null }), true],
    ['resourcesCreate', { identifier: 'https://a.example/#b' }, false],
    ['resourcesCreate', { identifier: 'no uri' }, false],
    ['resourcesCreate', { identifier: null }, false],
    ['resourcesCreate', resource({ scopes: ['a b'] }), false],
    ['resourcesCreate', resource({ introspection_clients: [''] }), false],
    ['resourcesUpdate', { identifier: 'https://a.example' }, false],
    ['resourcesUpdate', { access_token_format: null }, true],
  ])('%s takes %j: %s', async (id, body, taken) => {
    const one = operation(id);
    const { path } = await CALLS[id][0]();
    const answer = await send(one, { path, body, token: await tokenWith(ADMINISTRATION) });
    expect({ described: faults(bodySchema(one), body).length === 0, done: answer.status }).toEqual({
      described: taken,
      done: taken ? success(one) : 400,
    });
    expect(differences(one, answer)).toEqual([]);
  });

  it.each<[string, string, unknown, boolean]>([
    ['usersList', 'limit', 1, true],
    ['usersList', 'limit', 200, true],
    ['usersList', 'limit', 0, false],
    ['usersList', 'limit', 201, false],
    ['clientsList', 'limit', 'x', false],
    ['clientsList', 'limit', 1.5, false],
    ['usersList', 'search', 'x'.repeat(256), true],
    ['usersList', 'search', 'x'.repeat(257), false],
    ['resourcesList', 'after', 'x'.repeat(1001), false],
    ['tokensList', 'user_id', 'alice', true],
    ['tokensList', 'user_id', 'x'.repeat(256), false],
    ['grantsList', 'client_id', 'x'.repeat(256), false],
    ['grantsList', 'client_id', 'nobody', true],
  ])('%s takes %s=%j: %s', async (id, name, value, taken) => {
    const one = operation(id);
    const { schema } = one.parameters!.find((parameter) => parameter.name === name)!;
    const answer = await send(one, { query: { [name]: String(value) }, token: await tokenWith(ADMINISTRATION) });
    expect([faults(schema, value).length === 0, answer.status]).toEqual([taken, taken ? 200 : 400]);
  });

  it('a list comes in as many items as its limit says when nothing is said, and links the next page', async () => {
    const { schema } = operation('clientsList').parameters!.find(({ name }) => name === 'limit')!;
    expect(schema).toMatchObject({ default: 50, minimum: 1, maximum: 200 });
    const answer = await send(operation('clientsList'), {
      query: { limit: '1' },
      token: await tokenWith(['clients:read']),
    });
    expect(answer.headers.get('link')).toMatch(/^<http.*after=.*>; rel="next"$/);
    const token = await tokenWith(['clients:read']);
    const next = await send(operation('clientsList'), {
      query: { limit: '1', after: answer.body.next as string },
      token,
    });
    expect(differences(operation('clientsList'), next)).toEqual([]);
    expect(next.body.items[0].client_id).not.toBe(answer.body.items[0].client_id);
  });
});
