// What an operator sets for the server, and what a client's registration puts in its place: lifetimes, grant types that
// are off, the addresses of error descriptions.
// @see RFC 6749 §4.1.2.1, §5.1, §5.2 https://www.rfc-editor.org/rfc/rfc6749#section-5.1
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../support/authorization-request.js';
import { type CreatedClient, createClient } from '../support/clients.js';
import { bootstrap, CLIENTS, USERS } from '../support/fixtures.js';
import {
  authorize,
  baseOf,
  clientCredentials,
  introspect,
  me,
  obtainTokens,
  redeem,
  signIn,
  tokenRequest,
  type TokenResponse,
} from '../support/flow.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { type RunningServer, startServer } from '../support/server.js';
import { letPass } from '../support/time.js';

const { trusted, machine, machineJwt, implicit, password } = CLIENTS;
const ERROR_URI = 'https://docs.example/errors#scope';

let server: RunningServer;
let jar: CookieJar;

beforeAll(async () => {
  const lifetimes = {
    authorizationCode: 30,
    accessToken: 900,
    accessTokenByGrantType: { client_credentials: 120, refresh_token: 240 },
    refreshToken: 1000,
    refreshTokenAbsolute: 1500,
  };
  const options = { lifetimes, disabledGrantTypes: ['password', 'implicit'], errorUris: { invalid_scope: ERROR_URI } };
  server = await startServer({ bootstrap: bootstrap(), options });
  jar = await signIn(server);
}, 60_000);

const obtain = (client: CreatedClient | typeof trusted, parameters: ParameterMap = {}): Promise<TokenResponse> =>
  obtainTokens(server, client, { redirect_uri: client.redirect_uris[0], scope: 'read', ...parameters }, jar);
const refresh = (client: Parameters<typeof tokenRequest>[1], token: string | undefined): Promise<Response> =>
  tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token: token });
const successorOf = async (response: Response): Promise<TokenResponse> => {
  expect(response.status).toBe(200);
  return (await response.json()) as TokenResponse;
};

/** What introspection says that a token’s whole life is. */
async function lifetimeOf(token: string, client?: CreatedClient): Promise<number> {
  const { active, exp, iat } = await introspect(server, token, client);
  expect(active).toBe(true);
  return (exp as number) - (iat as number);
}

describe('lifetimes', () => {
  it('of access tokens are the server’s, by grant type where it has one, and the answer tells (§5.1)', async () => {
    const tokens = await obtain(trusted);
    expect(tokens.expires_in).toBe(900);
    expect(await lifetimeOf(tokens.access_token)).toBe(900);
    expect((await clientCredentials(server, machine)).expires_in).toBe(120);
    expect((await successorOf(await refresh(trusted, tokens.refresh_token))).expires_in).toBe(240);
  });

  it('of access tokens are the client’s, if its registration has one, for every grant type and format (§5.1)', async () => {
    const client = await createClient(server, {
      access_token_lifetime: 77,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    const tokens = await obtain(client);
    const refreshed = await successorOf(await refresh(client, tokens.refresh_token));
    const own = await clientCredentials(server, client, { scope: 'read' });
    for (const { access_token, expires_in } of [tokens, refreshed, own]) {
      expect(expires_in).toBe(77);
      expect(await lifetimeOf(access_token)).toBe(77);
    }
    const { access_token } = await clientCredentials(server, machineJwt);
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString()) as Record<
      string,
      number
    >;
    expect(claims.exp - claims.iat).toBe(120);
  });

  it('of access tokens end them: not before, and then everywhere (§1.4, RFC 6750 §3.1)', async () => {
    const { access_token } = await obtain(trusted, { scope: 'profile' });
    await letPass(server, access_token, 850);
    expect((await me(server, access_token)).status).toBe(200);
    await letPass(server, access_token, 60);
    expect((await me(server, access_token)).status).toBe(401);
    expect(await introspect(server, access_token)).toEqual({ active: false });
  });

  it('of access tokens are real seconds', async () => {
    const client = await createClient(server, { access_token_lifetime: 1 });
    const { access_token } = await obtain(client, { scope: 'profile' });
    await sleep(1100);
    expect((await me(server, access_token)).status).toBe(401);
  });

  it('of codes are the server’s (§4.1.2)', async () => {
    const late = await authorize(server, { client_id: trusted.client_id, scope: 'read' }, jar);
    await letPass(server, late.code, 31);
    await expect(redeem(server, trusted, late)).rejects.toThrow('invalid_grant');
  });

  it('of refresh tokens are counted from the last use (§6)', async () => {
    const first = await obtain(trusted);
    await letPass(server, first.refresh_token!, 700);
    const second = await successorOf(await refresh(trusted, first.refresh_token));
    await letPass(server, second.refresh_token!, 700);
    await successorOf(await refresh(trusted, second.refresh_token));
    const idle = await obtain(trusted);
    await letPass(server, idle.refresh_token!, 1001);
    expect(await (await refresh(trusted, idle.refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('of refresh tokens are the client’s, if its registration has one (§6)', async () => {
    const client = await createClient(server, { refresh_token_lifetime: 200, refresh_token_absolute_lifetime: 300 });
    const first = await obtain(client);
    expect(await lifetimeOf(first.refresh_token!, client)).toBe(200);
    await letPass(server, first.refresh_token!, 150);
    const second = await successorOf(await refresh(client, first.refresh_token));
    await letPass(server, second.refresh_token!, 151);
    expect(await (await refresh(client, second.refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a grant type that is switched off', () => {
  it('is unknown at the token endpoint (§5.2)', async () => {
    const { username, password: secret } = USERS.alice;
    const response = await tokenRequest(server, password, { grant_type: 'password', username, password: secret });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'unsupported_grant_type' });
  });

  it('takes its response types with it (§4.2.2.1)', async () => {
    const answer = await ask(server, { client_id: implicit.client_id, response_type: 'token', scope: 'read' }, { jar });
    expect(answer).toMatchObject({
      params: { error: 'unsupported_response_type' },
      location: expect.stringContaining('#error='),
    });
  });

  it('is not advertised (RFC 8414 §2)', async () => {
    const response = await fetch(`${baseOf(server)}/.well-known/oauth-authorization-server`);
    const metadata = (await response.json()) as Record<string, string[]>;
    expect(metadata.grant_types_supported).toContain('authorization_code');
    for (const name of ['password', 'implicit']) expect(metadata.grant_types_supported).not.toContain(name);
    expect(metadata.response_types_supported).toEqual(['code', 'none']);
  });
});

describe('an error_uri', () => {
  it('goes with the error that it is for, to the redirect URI and from the token endpoint (§4.1.2.1, §5.2)', async () => {
    const asked = { client_id: trusted.client_id, redirect_uri: trusted.redirect_uris[0] };
    expect(await ask(server, { ...asked, scope: 'unknown' })).toMatchObject({
      params: { error: 'invalid_scope', error_uri: ERROR_URI },
    });
    expect(await ask(server, { ...asked, prompt: 'unknown' })).not.toHaveProperty('params.error_uri');
    const response = await tokenRequest(server, machine, { grant_type: 'client_credentials', scope: 'unknown' });
    expect(await response.json()).toMatchObject({ error: 'invalid_scope', error_uri: ERROR_URI });
  });
});
