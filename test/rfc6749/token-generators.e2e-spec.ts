// Generators of token text that the operator gives, and what they are told.
// @see RFC 6749 §1.4, §1.5, §10.10 https://www.rfc-editor.org/rfc/rfc6749#section-1.4
import { randomBytes } from 'node:crypto';
import type { TokenGeneratorContext } from '../../src/index.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import {
  authorize,
  clientCredentials,
  introspect,
  me,
  obtainTokens,
  revoke,
  signIn,
  tokenRequest,
} from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';

const { trusted, machine, machineJwt, password, implicit } = CLIENTS;

const told: (TokenGeneratorContext & { kind: string })[] = [];
let server: InProcessServer;
let jar: CookieJar;
let aliceId: string;

beforeAll(async () => {
  const generate = (kind: string) => (context: TokenGeneratorContext) => {
    told.push({ kind, ...context });
    return `${kind}.${context.clientId}.${randomBytes(32).toString('base64url')}`;
  };
  server = await startInProcess({
    accessTokenGenerator: async (context) => generate('at')(context),
    refreshTokenGenerator: generate('rt'),
  });
  jar = await signIn(server);
  const { access_token } = await obtainTokens(server, trusted, { scope: 'read' }, jar);
  aliceId = (await introspect(server, access_token)).sub as string;
}, 60_000);

beforeEach(() => void (told.length = 0));

it('make the tokens of the code flow, and know client, grant type, user and scope', async () => {
  const tokens = await obtainTokens(server, trusted, { scope: 'profile read' }, jar);
  expect(tokens.access_token).toMatch(/^at\.trusted\.[\w-]{43}$/);
  expect(tokens.refresh_token).toMatch(/^rt\.trusted\.[\w-]{43}$/);
  const context = { clientId: 'trusted', grantType: 'authorization_code', userId: aliceId, scope: ['profile', 'read'] };
  expect(told).toEqual([
    { kind: 'at', ...context },
    { kind: 'rt', ...context },
  ]);
});

it('make tokens that work everywhere: guards, introspection, refresh, revocation', async () => {
  const tokens = await obtainTokens(server, trusted, { scope: 'profile' }, jar);
  expect((await me(server, tokens.access_token)).status).toBe(200);
  expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, username: 'alice' });
  const response = await tokenRequest(server, trusted, {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  });
  const second = (await response.json()) as { access_token: string; refresh_token: string };
  expect(second.access_token).toMatch(/^at\.trusted\./);
  expect(told.at(-1)).toEqual({
    kind: 'at',
    clientId: 'trusted',
    grantType: 'refresh_token',
    userId: aliceId,
    scope: ['profile'],
  });
  const third = await tokenRequest(server, trusted, {
    grant_type: 'refresh_token',
    refresh_token: second.refresh_token,
  });
  expect(third.status).toBe(200);
  await revoke(server, trusted, second.access_token);
  expect((await introspect(server, second.access_token)).active).toBe(false);
});

it('are told of no user where there is none', async () => {
  const { access_token } = await clientCredentials(server, machine, { scope: 'read' });
  expect(access_token).toMatch(/^at\.machine\./);
  expect(told).toEqual([{ kind: 'at', clientId: 'machine', grantType: 'client_credentials', scope: ['read'] }]);
});

it('make the tokens of the password grant and of the implicit grant', async () => {
  const { username, password: secret } = USERS.alice;
  await tokenRequest(server, password, { grant_type: 'password', username, password: secret, scope: 'read' });
  const { params } = await authorize(
    server,
    { client_id: implicit.client_id, response_type: 'token', scope: 'read' },
    jar,
  );
  expect(params.access_token).toMatch(/^at\.implicit\./);
  const user = { userId: aliceId, scope: ['read'] };
  expect(told.slice(0, 2)).toEqual([
    { kind: 'at', clientId: 'password', grantType: 'password', ...user },
    { kind: 'rt', clientId: 'password', grantType: 'password', ...user },
  ]);
  expect(told.at(-1)).toEqual({ kind: 'at', clientId: 'implicit', grantType: 'implicit', ...user });
});

it('leave JWTs what they are (RFC 9068 §2)', async () => {
  const { access_token } = await clientCredentials(server, machineJwt);
  expect(access_token.split('.')).toHaveLength(3);
  expect(await introspect(server, access_token)).toMatchObject({ active: true, client_id: 'machine-jwt' });
});

it('are told nothing of a code by who has no right to it', async () => {
  const { code } = await authorize(server, { client_id: trusted.client_id, scope: 'read' }, jar);
  told.length = 0;
  await tokenRequest(server, CLIENTS.other, { grant_type: 'authorization_code', code });
  expect(told.filter(({ userId }) => userId !== undefined)).toEqual([]);
});
