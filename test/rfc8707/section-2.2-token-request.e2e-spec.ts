// Resource indicators at the token request: tokens for some of the resources that were granted.
// @see RFC 8707 §2.2 https://www.rfc-editor.org/rfc/rfc8707#section-2.2
import { CLIENTS, RESOURCES, USERS } from '../support/fixtures.js';
import {
  authorize,
  type ClientCredentials,
  clientCredentials,
  introspect,
  me,
  obtainTokens,
  redeem,
  tokenRequest,
  type TokenResponse,
} from '../support/flow.js';
import type { ParameterMap } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { limited, machine, machineJwt, password, web } = CLIENTS;
const API = RESOURCES.jwt.identifier;
const FILES = RESOURCES.opaque.identifier;
const CALENDAR = RESOURCES.calendar.identifier;
const ANY = RESOURCES.any.identifier;
const UNKNOWN = 'https://unknown.example.com';

const isJwt = (token: string): boolean => token.split('.').length === 3;
const audience = async (token: string, client: ClientCredentials): Promise<unknown> =>
  (await introspect(server, token, client)).aud;
const refresh = (refresh_token: string | undefined, extra: ParameterMap = {}): Promise<Response> =>
  tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token, ...extra });

async function expectError(response: Response, error: string): Promise<void> {
  expect(await response.json()).toMatchObject({ error });
  expect(response.status).toBe(400);
  expect(response.headers.get('cache-control')).toBe('no-store');
}

const INVALID = [
  ['unknown', UNKNOWN],
  ['relative', '/api'],
  ['with a fragment', `${API}#x`],
  ['no URI', 'api'],
  ['unknown beside a known one', [FILES, UNKNOWN]],
] as const;

describe('client_credentials (§2.2)', () => {
  it('binds the token to the resource', async () => {
    const { access_token, scope } = await clientCredentials(server, machine, { scope: 'read', resource: FILES });
    expect(scope).toBe('read');
    expect(await audience(access_token, machine)).toBe(FILES);
  });

  it('binds the token to several resources of one format', async () => {
    const { access_token } = await clientCredentials(server, machine, { scope: 'read', resource: [API, CALENDAR] });
    expect(isJwt(access_token)).toBe(true);
    expect(await audience(access_token, machine)).toEqual([API, CALENDAR]);
  });

  it.each(INVALID)('refuses a resource that is %s: invalid_target', async (_, resource) => {
    const response = await tokenRequest(server, machine, { grant_type: 'client_credentials', scope: 'read', resource });
    await expectError(response, 'invalid_target');
  });

  it('refuses two formats in one token: invalid_target', async () => {
    const response = await tokenRequest(server, machine, {
      grant_type: 'client_credentials',
      scope: 'read',
      resource: [API, FILES],
    });
    await expectError(response, 'invalid_target');
  });

  it('takes a resource that leaves the format open as the format of the others, if it is the same', async () => {
    const jwt = await clientCredentials(server, machineJwt, { scope: 'read', resource: [API, ANY] });
    expect(isJwt(jwt.access_token)).toBe(true);
    const opaque = await clientCredentials(server, machine, { scope: 'read', resource: [FILES, ANY] });
    expect(isJwt(opaque.access_token)).toBe(false);
  });

  it('refuses a scope outside of the resource: invalid_scope', async () => {
    const response = await tokenRequest(server, machine, {
      grant_type: 'client_credentials',
      scope: 'read write',
      resource: FILES,
    });
    await expectError(response, 'invalid_scope');
  });

  it('gives without scope what the client has by default and the resource takes', async () => {
    expect((await clientCredentials(server, machine, { resource: FILES })).scope).toBe('read');
    expect((await clientCredentials(server, machine, { resource: API })).scope).toBe('read write');
  });

  it('refuses a resource that the client may not ask for: invalid_target', async () => {
    const ask = (resource?: string): Promise<Response> =>
      tokenRequest(server, limited, { grant_type: 'client_credentials', resource });
    expect((await ask(FILES)).status).toBe(200);
    await expectError(await ask(API), 'invalid_target');
  });

  it('does not mix tokens with and without a resource', async () => {
    const [bound, free, again] = [
      await clientCredentials(server, machine, { scope: 'read', resource: FILES }),
      await clientCredentials(server, machine, { scope: 'read' }),
      await clientCredentials(server, machine, { scope: 'read', resource: ANY }),
    ];
    expect(await audience(bound.access_token, machine)).toBe(FILES);
    expect(await audience(free.access_token, machine)).toBe(server.issuer);
    expect(await audience(again.access_token, machine)).toBe(ANY);
  });
});

describe('password (§2.2)', () => {
  const ask = (extra: ParameterMap): Promise<Response> =>
    tokenRequest(server, password, {
      grant_type: 'password',
      username: USERS.bob.username,
      password: USERS.bob.password,
      ...extra,
    });

  it('binds access token and grant to the resource', async () => {
    const first = (await (await ask({ scope: 'read', resource: FILES })).json()) as TokenResponse;
    expect(await audience(first.access_token, password)).toBe(FILES);
    const refreshed = await tokenRequest(server, password, {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
    });
    const second = (await refreshed.json()) as TokenResponse;
    expect(await audience(second.access_token, password)).toBe(FILES);
  });

  it('refuses what is unknown or of two formats: invalid_target', async () => {
    await expectError(await ask({ scope: 'read', resource: UNKNOWN }), 'invalid_target');
    await expectError(await ask({ scope: 'read', resource: [API, FILES] }), 'invalid_target');
  });
});

describe('authorization_code (§2.2)', () => {
  const authorizeFor = (resource: string | string[], scope = 'read write') =>
    authorize(server, { client_id: web.client_id, scope, resource });
  const exchange = (grant: { code: string; verifier: string }, extra: ParameterMap): Promise<Response> =>
    tokenRequest(server, web, {
      grant_type: 'authorization_code',
      code: grant.code,
      code_verifier: grant.verifier,
      redirect_uri: web.redirect_uris[0],
      ...extra,
    });

  it('narrows to the asked resource, and to the scope that it takes', async () => {
    const grant = await authorizeFor([FILES, CALENDAR]);
    const tokens = await redeem(server, web, grant, { resource: FILES });
    expect(tokens.scope).toBe('read');
    expect(isJwt(tokens.access_token)).toBe(false);
    expect(await audience(tokens.access_token, web)).toBe(FILES);
  });

  it('keeps the grant as wide as it was: a refresh asks for another resource', async () => {
    const grant = await authorizeFor([FILES, CALENDAR]);
    const first = await redeem(server, web, grant, { resource: FILES });
    const second = (await (await refresh(first.refresh_token, { resource: CALENDAR })).json()) as TokenResponse;
    expect(isJwt(second.access_token)).toBe(true);
    expect(second.scope).toBe('read write');
    expect(await audience(second.access_token, web)).toBe(CALENDAR);
    expect(await audience(first.access_token, web)).toBe(FILES);
  });

  it('refuses a resource that was not granted: invalid_target', async () => {
    await expectError(await exchange(await authorizeFor(API), { resource: CALENDAR }), 'invalid_target');
    await expectError(await exchange(await authorizeFor(API), { resource: [API, CALENDAR] }), 'invalid_target');
  });

  it.each(INVALID)('refuses a resource that is %s: invalid_target', async (_, resource) => {
    await expectError(await exchange(await authorizeFor(API), { resource }), 'invalid_target');
  });

  it('refuses two formats in one token: invalid_target', async () => {
    const both = [API, FILES];
    await expectError(await exchange(await authorizeFor(both, 'read'), {}), 'invalid_target');
    await expectError(await exchange(await authorizeFor(both, 'read'), { resource: both }), 'invalid_target');
  });
});

describe('refresh_token (§2.2)', () => {
  it('without resource gives a token for all that was granted', async () => {
    const { refresh_token } = await obtainTokens(server, web, { scope: 'read', resource: [API, CALENDAR] });
    const { access_token } = (await (await refresh(refresh_token)).json()) as TokenResponse;
    expect(await audience(access_token, web)).toEqual([API, CALENDAR]);
  });

  it('narrows to one resource and widens again, never beyond the grant', async () => {
    const first = await obtainTokens(server, web, { scope: 'read write', resource: [API, CALENDAR] });
    const narrow = (await (await refresh(first.refresh_token, { resource: API })).json()) as TokenResponse;
    expect(await audience(narrow.access_token, web)).toBe(API);
    const wide = (await (await refresh(narrow.refresh_token)).json()) as TokenResponse;
    expect(await audience(wide.access_token, web)).toEqual([API, CALENDAR]);
  });

  it('narrows resource and scope together', async () => {
    const first = await obtainTokens(server, web, { scope: 'profile read write', resource: [API, CALENDAR] });
    const response = await refresh(first.refresh_token, { resource: CALENDAR, scope: 'write' });
    const tokens = (await response.json()) as TokenResponse;
    expect(tokens.scope).toBe('write');
    expect(await introspect(server, tokens.access_token, web)).toMatchObject({ aud: CALENDAR, scope: 'write' });
  });

  it('refuses a scope outside of the asked resource: invalid_scope', async () => {
    const resource = [FILES, CALENDAR];
    const grant = await authorize(server, { client_id: web.client_id, scope: 'read write', resource });
    const { refresh_token } = await redeem(server, web, grant, { resource: CALENDAR });
    await expectError(await refresh(refresh_token, { resource: FILES, scope: 'write' }), 'invalid_scope');
    expect((await refresh(refresh_token, { resource: FILES, scope: 'read' })).status).toBe(200);
  });

  it.each([...INVALID, ['not granted', ANY], ['partly not granted', [API, ANY]]] as const)(
    'refuses a resource that is %s with invalid_target, and the refresh token stays good',
    async (_, resource) => {
      const { refresh_token } = await obtainTokens(server, web, { scope: 'read', resource: API });
      await expectError(await refresh(refresh_token, { resource }), 'invalid_target');
      expect(await introspect(server, refresh_token!, web)).toMatchObject({ active: true });
      expect((await refresh(refresh_token)).status).toBe(200);
    },
  );

  it.each([
    ['all that was granted', undefined],
    ['both by name', [API, FILES]],
  ])(
    'refuses two formats in one token with invalid_target, and the refresh token stays good: %s',
    async (_, resource) => {
      const grant = await authorize(server, { client_id: web.client_id, scope: 'read', resource: [API, FILES] });
      const { refresh_token } = await redeem(server, web, grant, { resource: API });
      await expectError(await refresh(refresh_token, { resource }), 'invalid_target');
      expect(await introspect(server, refresh_token!, web)).toMatchObject({ active: true });
      expect((await refresh(refresh_token, { resource: FILES })).status).toBe(200);
    },
  );

  it('gives a repeated request within the grace the resource that this one asks for', async () => {
    const { refresh_token } = await obtainTokens(server, web, { scope: 'read', resource: [API, CALENDAR] });
    const first = (await (await refresh(refresh_token, { resource: API })).json()) as TokenResponse;
    const again = (await (await refresh(refresh_token, { resource: CALENDAR })).json()) as TokenResponse;
    expect(again.refresh_token).toBe(first.refresh_token);
    expect(await audience(again.access_token, web)).toBe(CALENDAR);
    await expectError(await refresh(refresh_token, { resource: ANY }), 'invalid_target');
  });
});

describe('/api/me (§3, RFC 6750 §3.1)', () => {
  it.each([API, FILES, CALENDAR, ANY])('refuses a token that is bound to another resource: %s', async (resource) => {
    const { access_token } = await obtainTokens(server, web, { scope: 'profile read', resource });
    expect(await introspect(server, access_token, web)).toMatchObject({ active: true });
    const response = await me(server, access_token);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
  });

  it('takes a token that is bound to none, opaque and JWT', async () => {
    const { access_token } = await obtainTokens(server, web, { scope: 'profile read' });
    expect((await me(server, access_token)).status).toBe(200);
  });
});
