// Consent: when it is remembered, when it is asked again, and what happens without a page.
// @see OIDC Core §3.1.2.1, RFC 8252 §8.6 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { CLIENTS } from '../support/fixtures.js';
import { authorize, me, obtainTokens, signUp, tokenRequest } from '../support/flow.js';
import { CookieJar, type ParameterMap } from '../support/http.js';
import { plainText } from '../support/html.js';
import { query } from '../support/database.js';
import { sharedServer } from '../support/server.js';
import { ask, authorizationPath, open, press } from './browse.js';

const server = sharedServer();

/** The pages that somebody sees on the way to a code. */
async function pages(jar: CookieJar, params: ParameterMap): Promise<string[]> {
  const result = await authorize(server, params, jar);
  expect(result.code).toMatch(/.{20}/);
  return result.pages;
}

describe('a consent', () => {
  it('is remembered for the user, the client and the scope', async () => {
    const { jar } = await signUp(server);
    expect(await pages(jar, { client_id: 'web', scope: 'profile read' })).toEqual(['consent']);
    expect(await pages(jar, { client_id: 'web', scope: 'profile read' })).toEqual([]);
    expect(await pages(jar, { client_id: 'web', scope: 'read' })).toEqual([]);
    expect(await pages(jar, { client_id: 'other', scope: 'read' })).toEqual(['consent']);
    expect(await pages((await signUp(server)).jar, { client_id: 'web', scope: 'read' })).toEqual(['consent']);
  });

  it('is asked for again when there is more to allow, and adds to what was allowed', async () => {
    const { jar } = await signUp(server);
    await pages(jar, { client_id: 'web', scope: 'profile' });
    expect(await pages(jar, { client_id: 'web', scope: 'profile read' })).toEqual(['consent']);
    expect(await pages(jar, { client_id: 'web', scope: 'profile read' })).toEqual([]);
    expect(await pages(jar, { client_id: 'web', scope: 'write' })).toEqual(['consent']);
    expect(await pages(jar, { client_id: 'web', scope: 'profile read write' })).toEqual([]);
  });

  it('is asked for again for another resource', async () => {
    const { jar } = await signUp(server);
    await pages(jar, { client_id: 'web', scope: 'read' });
    const params = { client_id: 'web', scope: 'read', resource: 'https://files.example.com' };
    expect(await pages(jar, params)).toEqual(['consent']);
    expect(await pages(jar, params)).toEqual([]);
  });

  it('is asked for again with prompt=consent, also of a first-party client', async () => {
    const { jar } = await signUp(server);
    await pages(jar, { client_id: 'web', scope: 'read' });
    expect(await pages(jar, { client_id: 'web', scope: 'read', prompt: 'consent' })).toEqual(['consent']);
    expect(await pages(jar, { client_id: 'trusted', scope: 'read' })).toEqual([]);
    expect(await pages(jar, { client_id: 'trusted', scope: 'read', prompt: 'consent' })).toEqual(['consent']);
  });

  it.each(['http://127.0.0.1:51004/callback', 'http://[::1]:51004/callback', 'com.example.native:/callback'])(
    'proves nothing for a public client at %s',
    async (redirect_uri) => {
      const { jar } = await signUp(server);
      const params = { client_id: 'native', redirect_uri, scope: 'read' };
      expect(await pages(jar, params)).toEqual(['consent']);
      expect(await pages(jar, params)).toEqual(['consent']);
    },
  );

  it('is remembered for a public client on https', async () => {
    const { jar } = await signUp(server);
    expect(await pages(jar, { client_id: 'spa', scope: 'read' })).toEqual(['consent']);
    expect(await pages(jar, { client_id: 'spa', scope: 'read' })).toEqual([]);
  });

  it('covers offline_access only when that was shown', async () => {
    const { jar } = await signUp(server);
    await pages(jar, { client_id: 'web', scope: 'openid read' });
    const params = { client_id: 'web', scope: 'openid offline_access read' };
    expect(await pages(jar, params)).toEqual(['consent']);
    expect(await pages(jar, params)).toEqual([]);
    expect(await pages(jar, { ...params, prompt: 'consent' })).toEqual(['consent']);
  });

  it('that was refused is not remembered', async () => {
    const { jar } = await signUp(server);
    for (let time = 0; time < 2; time++) {
      const refused = await authorize(server, { client_id: 'web', state: 'mine' }, { jar, decision: 'deny' });
      expect(refused.pages).toEqual(['consent']);
      expect(refused.params).toMatchObject({ error: 'access_denied', state: 'mine', iss: server.issuer });
      expect(refused.code).toBe('');
    }
  });

  it('that was refused leaves what was allowed before', async () => {
    const { jar } = await signUp(server);
    const tokens = await obtainTokens(server, CLIENTS.web, { scope: 'profile' }, jar);
    await authorize(server, { client_id: 'web', scope: 'profile write' }, { jar, decision: 'deny' });
    expect(await pages(jar, { client_id: 'web', scope: 'profile' })).toEqual([]);
    expect((await me(server, tokens.access_token)).status).toBe(200);
  });

  it('that is withdrawn ends the tokens at once, and is asked for again', async () => {
    const { jar } = await signUp(server);
    const tokens = await obtainTokens(server, CLIENTS.web, { scope: 'openid offline_access profile' }, jar);
    const kept = await obtainTokens(server, CLIENTS.other, { scope: 'profile' }, jar);
    const account = await open(server, jar, '/account');
    await press(server, jar, account, 'web/revoke');
    expect((await me(server, tokens.access_token)).status).toBe(401);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const refused = await tokenRequest(server, CLIENTS.web, refresh);
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    expect((await me(server, kept.access_token)).status).toBe(200);
    expect(await pages(jar, { client_id: 'web', scope: 'profile' })).toEqual(['consent']);
  });

  it('grants only what was shown', async () => {
    const { jar } = await signUp(server);
    const page = await ask(server, jar, { scope: 'read' });
    expect(plainText(page.html)).toContain('Read your things');
    expect(plainText(page.html)).not.toContain('Change your things');
    const answer = await press(server, jar, page, 'consent', {
      decision: 'allow',
      scope: 'read write',
      client_id: 'other',
    });
    expect(answer.params.code).toBeDefined();
    expect(await pages(jar, { client_id: 'web', scope: 'read' })).toEqual([]);
    expect(await pages(jar, { client_id: 'web', scope: 'write' })).toEqual(['consent']);
    expect(await pages(jar, { client_id: 'other', scope: 'read' })).toEqual(['consent']);
  });

  it.each([undefined, '', 'maybe', 'ALLOW'])('is not the decision %p', async (decision) => {
    const { jar } = await signUp(server);
    const answer = await press(server, jar, await ask(server, jar), 'consent', { decision });
    expect(answer).toMatchObject({ status: 400, location: undefined, error: 'invalid_request' });
    expect(await pages(jar, { client_id: 'web' })).toEqual(['consent']);
  });
});

describe('prompt=none', () => {
  it('is login_required when nobody is signed in', async () => {
    const answer = await ask(server, new CookieJar(), { prompt: 'none', state: 'mine' });
    expect(answer).toMatchObject({ status: 303, at: server.url + authorizationPathOf(answer.at) });
    expect(answer.params).toMatchObject({ error: 'login_required', state: 'mine', iss: server.issuer });
  });

  it('is consent_required without consent, for more than was allowed, and where it is always asked', async () => {
    const { jar } = await signUp(server);
    expect((await ask(server, jar, { prompt: 'none' })).params.error).toBe('consent_required');
    await pages(jar, { client_id: 'web', scope: 'read' });
    expect((await ask(server, jar, { prompt: 'none', scope: 'read write' })).params.error).toBe('consent_required');
    const native = { client_id: 'native', redirect_uri: 'http://127.0.0.1:51004/callback', scope: 'read' };
    await pages(jar, native);
    expect((await ask(server, jar, { ...native, prompt: 'none' })).params.error).toBe('consent_required');
  });

  it('gives a code for what was allowed', async () => {
    const { jar } = await signUp(server);
    await pages(jar, { client_id: 'web', scope: 'read' });
    const { params } = await ask(server, jar, { prompt: 'none', scope: 'read', state: 'mine' });
    expect(params).toEqual({ code: expect.any(String), state: 'mine', iss: server.issuer });
  });

  it('is login_required when the sign-in is too long ago', async () => {
    const { jar, username } = await signUp(server);
    await pages(jar, { client_id: 'web', scope: 'read' });
    await signedInAgo(username, 600);
    expect((await ask(server, jar, { prompt: 'none', scope: 'read', max_age: 900 })).params.code).toBeDefined();
    expect((await ask(server, jar, { prompt: 'none', scope: 'read', max_age: 300 })).params.error).toBe(
      'login_required',
    );
  });

  it.each(['none login', 'none consent', 'login none'])('does not go with %p', async (prompt) => {
    const answer = await ask(server, (await signUp(server)).jar, { prompt });
    expect(answer.params.error).toBe('invalid_request');
  });
});

async function signedInAgo(username: string, seconds: number): Promise<void> {
  const sql = `UPDATE sessions SET auth_time = auth_time - make_interval(secs => $2)
    WHERE user_id = (SELECT id::text FROM users WHERE username = $1) RETURNING id`;
  expect(await query(server, sql, [username, seconds])).toHaveLength(1);
}

function authorizationPathOf(url: string): string {
  const { pathname, search } = new URL(url);
  expect(pathname).toBe(new URL(authorizationPath({}), url).pathname);
  return pathname + search;
}
