// The introspection response: what is said of an active token, to whom, and nothing of any other.
// @see RFC 7662 §2.2, §4 https://www.rfc-editor.org/rfc/rfc7662#section-2.2
import { credentialKey, tokenIdentifier } from '../../src/common/credential.js';
import { query } from '../support/database.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import {
  authenticatedPost,
  authorize,
  type ClientCredentials,
  clientCredentials,
  introspect,
  obtainTokens,
  redeem,
  revoke,
  signUp,
  tokenRequest,
  type TokenResponse,
} from '../support/flow.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { api, machine, machineJwt, other, spa, web } = CLIENTS;
const JWT_RESOURCE = 'https://api.example.com';
const OPAQUE_RESOURCE = 'https://files.example.com';
const UNKNOWN_TO_API = 'https://calendar.example.com/v1?tenant=1';

/** The answer as it is, for "and nothing else". */
async function raw(token: string, client: ClientCredentials = api): Promise<string> {
  return (await authenticatedPost(server, '/oauth/introspect', client, { token })).text();
}
const INACTIVE = '{"active":false}';

const userId = async (username: string): Promise<string> =>
  (await query<{ id: string }>(server, 'SELECT id FROM users WHERE username = $1', [username]))[0].id;

describe('an active token (§2.2)', () => {
  it('of a user says iss, sub, client_id, username, scope, aud, iat, exp and token_type, and how the sign-in was (RFC 9470 §6.2)', async () => {
    const tokens = await obtainTokens(server, web, { scope: 'profile read' });
    const now = Math.floor(Date.now() / 1000);
    const { iat, exp, auth_time, ...rest } = await introspect(server, tokens.access_token);
    expect(rest).toEqual({
      active: true,
      iss: server.issuer,
      sub: await userId(USERS.alice.username),
      client_id: web.client_id,
      username: USERS.alice.username,
      scope: 'profile read',
      aud: server.issuer,
      token_type: 'Bearer',
      acr: '1',
      amr: ['pwd'],
    });
    expect(auth_time).toBeLessThanOrEqual(iat as number);
    expect(Number.isInteger(auth_time)).toBe(true);
    expect((exp as number) - (iat as number)).toBe(tokens.expires_in);
    expect(Math.abs((iat as number) - now)).toBeLessThanOrEqual(60);
    expect(Number.isInteger(iat) && Number.isInteger(exp)).toBe(true);
  });

  it('of a machine has the client as its subject, and no username', async () => {
    const { access_token } = await clientCredentials(server, machine, { scope: 'write' });
    const { iat: _iat, exp: _exp, ...rest } = await introspect(server, access_token);
    expect(rest).toEqual({
      active: true,
      iss: server.issuer,
      sub: machine.client_id,
      client_id: machine.client_id,
      scope: 'write',
      aud: server.issuer,
      token_type: 'Bearer',
    });
  });

  it.each([OPAQUE_RESOURCE, JWT_RESOURCE])(
    'that is bound to a resource says it in aud: %s (§2.2, RFC 8707 §2)',
    async (resource) => {
      const { access_token } = await clientCredentials(server, machine, { scope: 'read', resource });
      expect(await introspect(server, access_token)).toMatchObject({ active: true, aud: resource });
    },
  );

  it('that is bound to several resources says all of them', async () => {
    const resource = [JWT_RESOURCE, UNKNOWN_TO_API];
    const { access_token } = await clientCredentials(server, machine, { scope: 'read', resource });
    expect(await introspect(server, access_token)).toMatchObject({ active: true, aud: resource });
  });

  it('as a JWT says the same as its claims (RFC 9068 §2.2)', async () => {
    const { access_token } = await clientCredentials(server, machineJwt, { scope: 'read' });
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString()) as Record<
      string,
      unknown
    >;
    const { iss, sub, aud, client_id, scope, iat, exp } = claims;
    expect(await introspect(server, access_token)).toEqual({
      active: true, iss, sub, aud, client_id, scope, iat, exp, token_type: 'Bearer',
    }); // prettier-ignore
  });

  it('that was narrowed says the narrow scope', async () => {
    const { refresh_token } = await obtainTokens(server, web, { scope: 'profile read' });
    const response = await tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token, scope: 'read' });
    const { access_token } = (await response.json()) as TokenResponse;
    expect(await introspect(server, access_token)).toMatchObject({ active: true, scope: 'read' });
  });

  it('is answered as JSON that is stored nowhere (§2.2, §4)', async () => {
    const { access_token } = await clientCredentials(server);
    for (const token of [access_token, 'unknown', '']) {
      const { headers } = await authenticatedPost(server, '/oauth/introspect', api, { token });
      expect(headers.get('content-type')).toMatch(/^application\/json\b/);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('an inactive token is {"active":false} and nothing else (§2.2)', () => {
  it.each([
    ['a word', 'unknown'],
    ['of the form of ours', 'AAAA'.repeat(12)],
    ['of no ASCII', 'žluťoučký 🐎'],
    ['very long', 'x'.repeat(100_000)],
    ['like a JWT', 'eyJhbGciOiJub25lIn0.eyJqdGkiOiIxIn0.AAAA'],
    ['like a JWT with parts that are no JSON', 'eyJhbGciOiJFUzI1NiJ9.AAAA.AAAA'],
  ])('when it is unknown: %s', async (_, token) => {
    expect(await raw(token)).toBe(INACTIVE);
  });

  it('when it was revoked, at once, opaque and JWT', async () => {
    for (const client of [machine, machineJwt]) {
      const { access_token } = await clientCredentials(server, client);
      expect((await introspect(server, access_token)).active).toBe(true);
      await revoke(server, client, access_token);
      expect(await raw(access_token)).toBe(INACTIVE);
      expect(await raw(access_token, client)).toBe(INACTIVE);
    }
  });

  it('when it has expired', async () => {
    for (const client of [machine, machineJwt]) {
      const { access_token } = await clientCredentials(server, client);
      const jwt = access_token.split('.')[1];
      const id = jwt
        ? (JSON.parse(Buffer.from(jwt, 'base64url').toString()) as { jti: string }).jti
        : tokenIdentifier(access_token);
      const sql = `UPDATE access_tokens SET expires_at = now() - interval '1 second' WHERE token_key = $1 RETURNING lifetime`;
      expect(await query(server, sql, [credentialKey(id)])).toHaveLength(1);
      expect(await raw(access_token)).toBe(INACTIVE);
    }
  });

  it('when its user is disabled or changed the password', async () => {
    const user = await signUp(server);
    const { access_token } = await obtainTokens(server, web, { scope: 'read' }, user.jar);
    expect((await introspect(server, access_token)).active).toBe(true);
    const page = await (await fetch(`${server.url}/account`, { headers: { cookie: user.jar.header() } })).text();
    const token = /name="csrf_token" value="([^"]+)"/.exec(page)![1];
    const changed = await fetch(`${server.url}/account/password`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: user.jar.header(), origin: server.issuer },
      body: new URLSearchParams({
        csrf_token: token,
        current_password: user.password,
        new_password: 'another-password-1',
      }),
    });
    expect(changed.status).toBe(303);
    expect(await raw(access_token)).toBe(INACTIVE);
  });

  it('when its code was used twice (RFC 6749 §4.1.2)', async () => {
    const authorization = await authorize(server, { client_id: web.client_id, scope: 'read' });
    const { access_token } = await redeem(server, web, authorization);
    expect((await introspect(server, access_token)).active).toBe(true);
    await tokenRequest(server, web, { grant_type: 'authorization_code', code: authorization.code });
    expect(await raw(access_token)).toBe(INACTIVE);
  });

  it('when it is a code, or an identifier of a token', async () => {
    const authorization = await authorize(server, { client_id: web.client_id, scope: 'read' });
    expect(await raw(authorization.code)).toBe(INACTIVE);
    expect(await raw(authorization.code, web)).toBe(INACTIVE);
    const { access_token } = await redeem(server, web, authorization);
    expect(await raw(tokenIdentifier(access_token))).toBe(INACTIVE);
    expect(await raw(credentialKey(tokenIdentifier(access_token)).toString('base64url'))).toBe(INACTIVE);
  });
});

describe('who may know (§2.2, §4)', () => {
  it('a resource server, of a token without an audience', async () => {
    const { access_token } = await obtainTokens(server, spa, { scope: 'read' });
    expect((await introspect(server, access_token, api)).active).toBe(true);
  });

  it('the client that it was issued to', async () => {
    for (const resource of [undefined, OPAQUE_RESOURCE, UNKNOWN_TO_API]) {
      const { access_token } = await clientCredentials(server, machine, { scope: 'read', resource });
      expect(await introspect(server, access_token, machine)).toMatchObject({ active: true, client_id: 'machine' });
    }
  });

  it('no other client, even a confidential one', async () => {
    for (const resource of [undefined, OPAQUE_RESOURCE, JWT_RESOURCE]) {
      const { access_token } = await clientCredentials(server, machine, { scope: 'read', resource });
      expect(await raw(access_token, other)).toBe(INACTIVE);
      expect(await raw(access_token, web)).toBe(INACTIVE);
      expect((await introspect(server, access_token, api)).active).toBe(true);
    }
  });

  it('no resource server that the resource of the token does not name', async () => {
    const { access_token } = await clientCredentials(server, machine, { scope: 'read', resource: UNKNOWN_TO_API });
    expect(await raw(access_token, api)).toBe(INACTIVE);
    expect((await introspect(server, access_token, machine)).active).toBe(true);
  });
});

describe('a refresh token (§2.2)', () => {
  it('is known to its own client, as what it is', async () => {
    const { refresh_token } = await obtainTokens(server, web, { scope: 'profile read' });
    const { iat, exp, ...rest } = await introspect(server, refresh_token!, web);
    expect(rest).toEqual({
      active: true,
      iss: server.issuer,
      sub: await userId(USERS.alice.username),
      client_id: web.client_id,
      username: USERS.alice.username,
      scope: 'profile read',
      token_type: 'refresh_token',
    });
    expect((exp as number) - (iat as number)).toBeGreaterThan(86_400);
  });

  it('is unknown to resource servers, which must not take it for an access token, and to other clients', async () => {
    const { refresh_token } = await obtainTokens(server, web, { scope: 'read' });
    expect(await raw(refresh_token!, api)).toBe(INACTIVE);
    expect(await raw(refresh_token!, other)).toBe(INACTIVE);
    expect((await introspect(server, refresh_token!, web)).active).toBe(true);
  });

  it('is inactive after its rotation, and its successor is active', async () => {
    const { refresh_token } = await obtainTokens(server, web, { scope: 'read' });
    const refreshed = await tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token });
    const successor = ((await refreshed.json()) as TokenResponse).refresh_token!;
    expect(await raw(refresh_token!, web)).toBe(INACTIVE);
    expect((await introspect(server, successor, web)).active).toBe(true);
  });

  it('is inactive after its revocation', async () => {
    const { refresh_token } = await obtainTokens(server, web, { scope: 'read' });
    await revoke(server, web, refresh_token!);
    expect(await raw(refresh_token!, web)).toBe(INACTIVE);
  });
});
