// Refresh token rotation: each use replaces the token; a short grace for lost answers; reuse ends the family.
// @see RFC 9700 §2.2.2, §4.14 https://www.rfc-editor.org/rfc/rfc9700#section-4.14
import { createClient } from '../support/clients.js';
import { query } from '../support/database.js';
import { CLIENTS } from '../support/fixtures.js';
import {
  authorize,
  type ClientCredentials,
  introspect,
  obtainTokens,
  redeem,
  revoke,
  signIn,
  tokenRequest,
  type TokenResponse,
} from '../support/flow.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { sharedServer } from '../support/server.js';
import { letPass } from '../support/time.js';

const server = sharedServer();
const { trusted, other, spa } = CLIENTS;
type AnyClient = ClientCredentials & { redirect_uris: readonly string[] };

let jar: CookieJar;
beforeAll(async () => {
  jar = await signIn(server);
  // Consent of the public client is remembered from here on.
  await authorize(server, { client_id: spa.client_id, scope: 'profile read' }, jar);
});

const obtain = (client: AnyClient = trusted, scope = 'read'): Promise<TokenResponse> =>
  obtainTokens(server, client, { redirect_uri: client.redirect_uris[0], scope }, jar);
const ask = (
  token: string | undefined,
  client: AnyClient = trusted,
  parameters: ParameterMap = {},
): Promise<Response> =>
  tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token: token, ...parameters });
const refresh = async (...args: Parameters<typeof ask>): Promise<TokenResponse> => {
  const response = await ask(...args);
  expect([response.status, response.status === 200 ? '' : await response.text()]).toEqual([200, '']);
  return (await response.json()) as TokenResponse;
};
const isActive = async (token: string): Promise<boolean> => (await introspect(server, token)).active;

async function expectInvalidGrant(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
}

/** Nothing of the family is good any more. */
async function expectDead(client: AnyClient, ...family: TokenResponse[]): Promise<void> {
  for (const { access_token, refresh_token } of family) {
    expect(await isActive(access_token)).toBe(false);
    await expectInvalidGrant(await ask(refresh_token, client));
  }
}

describe.each<AnyClient>([trusted, spa])('rotation for $client_id', (client) => {
  it('replaces the refresh token with each use (§4.14.2)', async () => {
    const first = await obtain(client);
    const second = await refresh(first.refresh_token, client);
    const third = await refresh(second.refresh_token, client);
    const values = [first, second, third].map(({ refresh_token }) => refresh_token);
    expect(new Set(values).size).toBe(3);
    for (const value of values) expect(value).toMatch(/^[A-Za-z0-9._~-]{43,}$/);
    for (const { access_token } of [first, second, third]) expect(await isActive(access_token)).toBe(true);
  });

  it('ends the whole family when a replaced token comes back after its successor was used (§4.14.2)', async () => {
    const first = await obtain(client);
    const second = await refresh(first.refresh_token, client);
    const third = await refresh(second.refresh_token, client);
    await expectInvalidGrant(await ask(first.refresh_token, client));
    await expectDead(client, first, second, third);
  });

  it('ends the whole family when a replaced token comes back after the grace (§4.14.2)', async () => {
    const first = await obtain(client);
    const second = await refresh(first.refresh_token, client);
    await letPass(server, first.refresh_token!, 31);
    await expectInvalidGrant(await ask(first.refresh_token, client));
    await expectDead(client, first, second);
  });

  it('ends the family whichever of its tokens comes back (§4.14.2)', async () => {
    const family = [await obtain(client)];
    for (let n = 0; n < 4; n++) family.push(await refresh(family.at(-1)!.refresh_token, client));
    await expectInvalidGrant(await ask(family[2].refresh_token, client));
    await expectDead(client, ...family);
  });

  it('does not touch another family of the same user and client (interface: Grant)', async () => {
    const [first, untouched] = [await obtain(client), await obtain(client)];
    const second = await refresh(first.refresh_token, client);
    await refresh(second.refresh_token, client);
    await expectInvalidGrant(await ask(first.refresh_token, client));
    expect(await isActive(untouched.access_token)).toBe(true);
    await refresh(untouched.refresh_token, client);
  });

  it('ends the family whatever else the reused token is sent with (§4.14.2)', async () => {
    for (const parameters of [{ scope: 'read write profile' }, { scope: 'read' }]) {
      const first = await obtain(client);
      const second = await refresh(first.refresh_token, client);
      const third = await refresh(second.refresh_token, client);
      const possible = client === spa ? { scope: parameters.scope.replace(' write', '') } : parameters;
      await expectInvalidGrant(await ask(first.refresh_token, client, possible));
      await expectDead(client, third);
    }
  });
});

describe('the grace', () => {
  it('gives the same successor and a fresh access token to who repeats at once (interface: Refresh grace)', async () => {
    const first = await obtain();
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await refresh(first.refresh_token));
    expect(new Set(answers.map(({ refresh_token }) => refresh_token)).size).toBe(1);
    expect(new Set(answers.map(({ access_token }) => access_token)).size).toBe(3);
    for (const { access_token } of answers) expect(await isActive(access_token)).toBe(true);
    await refresh(answers[0].refresh_token);
  });

  it('lasts for half a minute', async () => {
    const first = await obtain();
    const second = await refresh(first.refresh_token);
    await letPass(server, first.refresh_token!, 20);
    expect((await refresh(first.refresh_token)).refresh_token).toBe(second.refresh_token);
  });

  it('does not begin anew with each repetition', async () => {
    const first = await obtain();
    const second = await refresh(first.refresh_token);
    await letPass(server, first.refresh_token!, 20);
    await refresh(first.refresh_token);
    await letPass(server, first.refresh_token!, 20);
    await expectInvalidGrant(await ask(first.refresh_token));
    await expectDead(trusted, second);
  });

  it('ends with the first use of the successor', async () => {
    const first = await obtain();
    const second = await refresh(first.refresh_token);
    const third = await refresh(second.refresh_token);
    await expectInvalidGrant(await ask(first.refresh_token));
    await expectDead(trusted, third);
  });

  it('ends with a revocation, and nothing comes to life again', async () => {
    const first = await obtain();
    const second = await refresh(first.refresh_token);
    expect((await revoke(server, trusted, second.refresh_token!)).status).toBe(200);
    await expectInvalidGrant(await ask(first.refresh_token));
    await expectDead(trusted, first, second);
  });

  it('is no way around revocation: the replaced token revokes the family as well (RFC 7009 §2.1)', async () => {
    const first = await obtain();
    const second = await refresh(first.refresh_token);
    expect((await revoke(server, trusted, first.refresh_token!)).status).toBe(200);
    await expectDead(trusted, first, second);
  });

  it('is not for another client, whose attempt does no harm', async () => {
    const first = await obtain();
    const second = await refresh(first.refresh_token);
    for (const stranger of [other, spa]) {
      await expectInvalidGrant(await ask(first.refresh_token, stranger));
      await expectInvalidGrant(await ask(second.refresh_token, stranger));
    }
    expect((await refresh(first.refresh_token)).refresh_token).toBe(second.refresh_token);
  });

  it('gives no more scope than there is, and harms nobody who asks', async () => {
    const first = await obtain(trusted, 'read write');
    const second = await refresh(first.refresh_token);
    const response = await ask(first.refresh_token, trusted, { scope: 'read profile' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_scope' });
    const less = await refresh(first.refresh_token, trusted, { scope: 'write' });
    expect(less).toMatchObject({ scope: 'write', refresh_token: second.refresh_token });
  });

  describe('of a client’s own', () => {
    it('of five seconds ends after five seconds', async () => {
      const client = await createClient(server, { refresh_token_grace: 5 });
      const first = await obtain(client);
      const second = await refresh(first.refresh_token, client);
      expect((await refresh(first.refresh_token, client)).refresh_token).toBe(second.refresh_token);
      await letPass(server, first.refresh_token!, 6);
      await expectInvalidGrant(await ask(first.refresh_token, client));
      await expectDead(client, second);
    });

    it('of nothing is none: the second use is reuse', async () => {
      const client = await createClient(server, { refresh_token_grace: 0 });
      const first = await obtain(client);
      const second = await refresh(first.refresh_token, client);
      await expectInvalidGrant(await ask(first.refresh_token, client));
      await expectDead(client, second);
    });

    it('of two minutes lasts for two minutes', async () => {
      const client = await createClient(server, { refresh_token_grace: 120 });
      const first = await obtain(client);
      const second = await refresh(first.refresh_token, client);
      await letPass(server, first.refresh_token!, 110);
      expect((await refresh(first.refresh_token, client)).refresh_token).toBe(second.refresh_token);
    });
  });
});

describe('the absolute life', () => {
  it('is never prolonged by rotation (§4.14.2)', async () => {
    const client = await createClient(server, { refresh_token_absolute_lifetime: 1000, refresh_token_lifetime: 900 });
    let tokens = await obtain(client);
    const ends = async (): Promise<number> => (await introspect(server, tokens.refresh_token!, client)).exp as number;
    const begun = (await introspect(server, tokens.refresh_token!, client)).iat as number;
    for (let n = 0; n < 3; n++) {
      expect(await ends()).toBeLessThanOrEqual(begun + 1000);
      await letPass(server, tokens.refresh_token!, 300);
      tokens = await refresh(tokens.refresh_token, client);
    }
    expect(await ends()).toBeLessThanOrEqual(begun + 100);
    await letPass(server, tokens.refresh_token!, 101);
    await expectInvalidGrant(await ask(tokens.refresh_token, client));
  });

  it('is half a year without a setting, and a month without use (interface)', async () => {
    const tokens = await obtain();
    const { exp, iat } = await introspect(server, tokens.refresh_token!, trusted);
    expect((exp as number) - (iat as number)).toBe(30 * 86_400);
    let last = tokens;
    for (let day = 0; day < 180; day += 20) {
      await letPass(server, last.refresh_token!, 20 * 86_400 - (day === 160 ? 60 : 0));
      if (day < 160) last = await refresh(last.refresh_token);
    }
    last = await refresh(last.refresh_token);
    await letPass(server, last.refresh_token!, 61);
    await expectInvalidGrant(await ask(last.refresh_token));
  });

  it('is no shorter than an access token that was announced for longer', async () => {
    const client = await createClient(server, { refresh_token_absolute_lifetime: 100, refresh_token_lifetime: 50 });
    const { access_token, expires_in } = await obtain(client);
    expect(expires_in).toBe(3600);
    await letPass(server, access_token, 3000);
    expect(await isActive(access_token)).toBe(true);
  });
});

describe('a refresh token', () => {
  it('is not given for an OpenID request without offline_access (OIDC Core §11)', async () => {
    expect(await obtain(trusted, 'openid read')).not.toHaveProperty('refresh_token');
    expect(await obtain(trusted, 'openid offline_access read')).toHaveProperty('refresh_token');
  });

  it('keeps the scope of its grant, whatever its access tokens were narrowed to (§4.14.2, RFC 6749 §6)', async () => {
    const first = await obtain(trusted, 'read write');
    const second = await refresh(first.refresh_token, trusted, { scope: 'read' });
    expect(await introspect(server, second.refresh_token!, trusted)).toMatchObject({ scope: 'read write' });
  });

  it('is in the database as a hash only, like codes and access tokens (§4.13 of RFC 6819, §10.3 of RFC 6749)', async () => {
    const authorization = await authorize(server, { client_id: trusted.client_id, scope: 'read' }, jar);
    const first = await redeem(server, trusted, authorization);
    const second = await refresh(first.refresh_token);
    const secrets = [
      authorization.code,
      first.access_token,
      first.refresh_token!,
      second.access_token,
      second.refresh_token!,
    ];
    const tables = await query<{ tablename: string }>(
      server,
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables.length).toBeGreaterThan(5);
    for (const { tablename } of tables) {
      const [{ found }] = await query<{ found: string }>(
        server,
        `SELECT count(*) AS found FROM "${tablename}" t WHERE EXISTS (
           SELECT FROM unnest($1::text[]) s WHERE t::text LIKE '%' || s || '%' OR t::text LIKE '%' || encode(convert_to(s, 'UTF8'), 'hex') || '%')`,
        [secrets],
      );
      expect({ tablename, found }).toEqual({ tablename, found: '0' });
    }
    for (const secret of secrets) expect(server.logs()).not.toContain(secret);
  });
});
