// JWT access tokens: header, claims, and the keys with which anybody verifies them.
// @see RFC 9068 §2 https://www.rfc-editor.org/rfc/rfc9068#section-2
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import { query } from '../support/database.js';
import { CLIENTS, RESOURCES, USERS } from '../support/fixtures.js';
import {
  authorize,
  baseOf,
  clientCredentials,
  introspect,
  obtainTokens,
  signIn,
  tokenRequest,
  type TokenResponse,
} from '../support/flow.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { implicit, machineJwt, password, spa, web } = CLIENTS;
const API = RESOURCES.jwt.identifier;
const CALENDAR = RESOURCES.calendar.identifier;
const jwks = createRemoteJWKSet(new URL(`${baseOf(server)}/oauth/jwks`));

/** As a resource server verifies it (RFC 9068 §4). */
async function verify(token: string, audience: string = API): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, jwks, { typ: 'at+jwt', issuer: server.issuer, audience });
  return payload;
}

const aliceId = async (): Promise<string> =>
  (await query<{ id: string }>(server, 'SELECT id FROM users WHERE username = $1', [USERS.alice.username]))[0].id;

describe('the header (§2.1)', () => {
  it('says typ at+jwt, an asymmetric algorithm, the key, and nothing else', async () => {
    const { access_token } = await clientCredentials(server, machineJwt);
    const { kid, ...rest } = decodeProtectedHeader(access_token);
    expect(rest).toEqual({ alg: 'ES256', typ: 'at+jwt' });
    const { keys } = (await (await fetch(`${baseOf(server)}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
    expect(keys.map((key) => key.kid)).toContain(kid);
  });
});

describe('the claims (§2.2)', () => {
  it('of a user: iss, exp, aud, sub, client_id, iat, jti, auth_time, acr, amr, scope, and nothing else', async () => {
    const before = Math.floor(Date.now() / 1000);
    const jar = await signIn(server);
    const tokens = await obtainTokens(server, web, { scope: 'profile read', resource: API }, jar);
    const { iat, exp, jti, auth_time, ...rest } = await verify(tokens.access_token);
    expect(rest).toEqual({
      iss: server.issuer,
      aud: API,
      sub: await aliceId(),
      client_id: web.client_id,
      scope: 'profile read',
      acr: '1',
      amr: ['pwd'],
    });
    expect(exp! - iat!).toBe(tokens.expires_in);
    expect(iat).toBeGreaterThanOrEqual(before - 1);
    expect(auth_time).toBeGreaterThanOrEqual(before - 1);
    expect(auth_time).toBeLessThanOrEqual(iat!);
    expect(jti).toMatch(/^[\w-]{32,}$/);
  });

  it('of a machine: sub is the client, and there is no auth_time', async () => {
    const tokens = await clientCredentials(server, machineJwt, { scope: 'read', resource: API });
    const { iat, exp, jti, ...rest } = await verify(tokens.access_token);
    expect(rest).toEqual({
      iss: server.issuer,
      aud: API,
      sub: machineJwt.client_id,
      client_id: machineJwt.client_id,
      scope: 'read',
    });
    expect(exp! - iat!).toBe(tokens.expires_in);
    expect(jti).toBeTruthy();
  });

  it('iat, exp and auth_time are whole numbers, for every way to a token', async () => {
    const { access_token } = await obtainTokens(server, spa, { scope: 'read', resource: API });
    const { iat, exp, auth_time } = decodeJwt(access_token);
    for (const time of [iat, exp, auth_time]) expect(Number.isInteger(time)).toBe(true);
  });

  it('jti is another one with each token, also of one refresh token', async () => {
    const first = await obtainTokens(server, web, { scope: 'read', resource: API });
    const response = await tokenRequest(server, web, {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
    });
    const second = (await response.json()) as TokenResponse;
    expect(decodeJwt(second.access_token).jti).not.toBe(decodeJwt(first.access_token).jti);
    expect(decodeJwt(second.access_token).sub).toBe(decodeJwt(first.access_token).sub);
  });

  it('auth_time stays that of the sign-in when the token is refreshed (§2.2.1)', async () => {
    const jar = await signIn(server);
    const first = await obtainTokens(server, web, { scope: 'read', resource: API }, jar);
    const response = await tokenRequest(server, web, {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
    });
    const second = (await response.json()) as TokenResponse;
    expect(decodeJwt(second.access_token).auth_time).toBe(decodeJwt(first.access_token).auth_time);
  });

  it('scope is what was granted to this very token (§2.2.3)', async () => {
    const { refresh_token } = await obtainTokens(server, web, { scope: 'profile read', resource: API });
    const response = await tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token, scope: 'read' });
    const { access_token, scope } = (await response.json()) as TokenResponse;
    expect(scope).toBe('read');
    expect(await verify(access_token)).toMatchObject({ scope: 'read' });
  });

  it('holds nothing of the user that was not asked for', async () => {
    const { access_token } = await obtainTokens(server, web, { scope: 'profile email read', resource: API });
    const text = Buffer.from(access_token.split('.')[1], 'base64url').toString();
    for (const secret of [USERS.alice.email, USERS.alice.name, USERS.alice.username])
      expect(text).not.toContain(secret);
  });
});

describe('the audience (§2.2, §3)', () => {
  it('is the issuer, when no resource was asked for', async () => {
    const { access_token } = await clientCredentials(server, machineJwt);
    expect(await verify(access_token, server.issuer)).toMatchObject({ aud: server.issuer });
  });

  it('is the resource, as it was asked for', async () => {
    const { access_token } = await clientCredentials(server, machineJwt, { scope: 'read', resource: CALENDAR });
    expect(await verify(access_token, CALENDAR)).toMatchObject({ aud: CALENDAR });
  });

  it('is a list of several resources', async () => {
    const resource = [API, CALENDAR];
    const { access_token } = await clientCredentials(server, machineJwt, { scope: 'read', resource });
    expect(decodeJwt(access_token).aud).toEqual(resource);
    for (const one of resource) await expect(verify(access_token, one)).resolves.toBeTruthy();
  });

  it('of one resource is refused at another', async () => {
    const { access_token } = await clientCredentials(server, machineJwt, { scope: 'read', resource: CALENDAR });
    await expect(verify(access_token, API)).rejects.toMatchObject({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });
  });
});

describe('every grant type issues them', () => {
  it('implicit', async () => {
    const { params } = await authorize(server, {
      client_id: implicit.client_id,
      response_type: 'token',
      scope: 'read',
      resource: API,
      code_challenge: undefined,
      code_challenge_method: undefined,
    });
    expect(await verify(params.access_token)).toMatchObject({ client_id: implicit.client_id, scope: 'read' });
  });

  it('password', async () => {
    const response = await tokenRequest(server, password, {
      grant_type: 'password',
      username: USERS.alice.username,
      password: USERS.alice.password,
      scope: 'read',
      resource: API,
    });
    const { access_token } = (await response.json()) as TokenResponse;
    expect(await verify(access_token)).toMatchObject({ client_id: password.client_id, sub: await aliceId() });
  });
});

describe('the keys (§4, RFC 7517 §5)', () => {
  it('are public keys only, each with kid, use and alg', async () => {
    const response = await fetch(`${baseOf(server)}/oauth/jwks`);
    expect(response.headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
    const { keys } = (await response.json()) as { keys: Record<string, string>[] };
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: expect.any(String), alg: expect.any(String) });
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(member);
    }
    const signing = keys.find(({ alg }) => alg === 'ES256')!;
    expect(Object.keys(signing).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(signing).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'sig' });
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  });

  it('may be kept for a while, and read by pages of anybody', async () => {
    const { headers } = await fetch(`${baseOf(server)}/oauth/jwks`, { headers: { origin: 'https://any.example' } });
    expect(headers.get('cache-control')).toMatch(/\bmax-age=[1-9]\d*/);
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });
});

it('says by introspection what the claims say (§5)', async () => {
  const { access_token } = await obtainTokens(server, web, { scope: 'profile read', resource: API });
  const { iss, aud, sub, client_id, scope, iat, exp } = await verify(access_token);
  expect(await introspect(server, access_token)).toMatchObject({
    active: true,
    iss,
    aud,
    sub,
    client_id,
    scope,
    iat,
    exp,
  });
});
