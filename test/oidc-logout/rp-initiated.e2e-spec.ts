// Logout that a client asks for.
// @see OpenID Connect RP-Initiated Logout 1.0 https://openid.net/specs/openid-connect-rpinitiated-1_0.html
import { generateKeyPairSync, sign } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as openidClient from 'openid-client';
import { formOf, isSignedIn, open, press, type Stop } from '../pages/browse.js';
import { administer, type CreatedClient } from '../support/clients.js';
import { eventually } from '../support/eventually.js';
import { bootstrap } from '../support/fixtures.js';
import { authorize, baseOf, introspect, signIn, submit, tokenRequest } from '../support/flow.js';
import { forms, hasId, textOf } from '../support/html.js';
import { CookieJar, form, type ParameterMap, visit } from '../support/http.js';
import { openidConfiguration } from '../support/openid.js';
import { sharedServer, startServer } from '../support/server.js';
import { AFTERWARDS, createRelyingParty, logoutPath, newUser, signInTo } from './relying-party.js';

const server = sharedServer();
let client: CreatedClient;
let other: CreatedClient;
beforeAll(async () => {
  client = await createRelyingParty(server);
  other = await createRelyingParty(server, { client_name: 'Another one' });
});

const logout = (jar: CookieJar, params: ParameterMap): Promise<Stop> => open(server, jar, logoutPath(params));
const confirm = (jar: CookieJar, page: Stop): Promise<Stop> =>
  press(server, jar, page, 'sign-out', { decision: 'confirm' });

/** The browser without its session. */
function forgetSession(jar: CookieJar): CookieJar {
  const { name } = jar.session()!;
  jar.set(name, 'x');
  return jar;
}

/** Refused with a page, before anything is done. */
async function expectRefused(jar: CookieJar, stop: Stop): Promise<void> {
  expect({ status: stop.status, location: stop.location, error: stop.error }).toEqual({
    status: 400,
    location: undefined,
    error: 'invalid_request',
  });
  expect(hasId(stop.html, 'error')).toBe(true);
  expect(await isSignedIn(server, jar)).toBe(true);
}

async function expectQuestion(jar: CookieJar, stop: Stop): Promise<void> {
  expect(stop.status).toBe(200);
  expect(forms(stop.html).map(({ id }) => id)).toContain('sign-out');
  expect(await isSignedIn(server, jar)).toBe(true);
}

it('is advertised as end_session_endpoint (§2.1)', async () => {
  expect((await openidConfiguration(server)).end_session_endpoint).toBe(`${server.issuer}/oauth/logout`);
});

describe('a request with the ID token of the session', () => {
  it('signs out without a question and goes back to the client with the state (§2, §3)', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const state = 'a state & more=%20';
    const stop = await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS, state });
    expect(stop.status).toBe(303);
    expect(stop.location?.href).toMatch(/^https:\/\/created\.example\/signed-out\?of=rp&state=/);
    expect(stop.params).toEqual({ of: 'rp', state });
    expect(stop.headers.get('cache-control')).toBe('no-store');
    expect(await isSignedIn(server, jar)).toBe(false);
  });

  it('is known by the sid that a pairwise client has of it', async () => {
    const client = await createRelyingParty(server, { subject_type: 'pairwise' });
    const { jar, idToken } = await signInTo(server, client);
    const stop = await open(server, jar, logoutPath({ id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS }));
    expect(stop.location?.href).toBe(AFTERWARDS);
  });

  it('adds nothing when there is no state (§3)', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const stop = await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS });
    expect(stop.headers.get('location')).toBe(AFTERWARDS);
  });

  it('ends the session for every browser that has its cookie', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const copy = jar.copy();
    await logout(jar, { id_token_hint: idToken });
    expect(await isSignedIn(server, copy)).toBe(false);
  });

  it('needs a sign-in afterwards: prompt=none is login_required', async () => {
    const { jar, idToken } = await signInTo(server, client);
    await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS });
    const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], prompt: 'none' };
    expect((await authorize(server, { ...request, scope: 'openid' }, jar)).params.error).toBe('login_required');
  });

  it('comes by POST from the page of the client as well, without the cookies of the session (§2)', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const body = form({ id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS, state: 'x' });
    const headers = { origin: 'https://created.example', 'sec-fetch-site': 'cross-site' };
    // SameSite=Lax: a browser sends no cookie with it, and all of them with the redirect.
    const posted = await fetch(`${baseOf(server)}/oauth/logout`, { method: 'POST', redirect: 'manual', headers, body });
    expect(posted.status).toBe(303);
    expect(await isSignedIn(server, jar)).toBe(true);
    const location = new URL(posted.headers.get('location')!, server.url);
    expect(location.pathname).toBe('/oauth/logout');
    expect(location.href).not.toContain(idToken.slice(-40));
    const stop = await open(server, jar, location.pathname + location.search);
    expect(stop.params).toEqual({ of: 'rp', state: 'x' });
    expect(await isSignedIn(server, jar)).toBe(false);
  });

  it('shows that it is done when there is nowhere to go back to, with a link to the client', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const stop = await logout(jar, { id_token_hint: idToken, state: 'ignored' });
    expect(stop.status).toBe(200);
    expect(hasId(stop.html, 'signed-out')).toBe(true);
    expect(stop.html).toContain('href="https://created.example/"');
    expect(stop.html).not.toContain('ignored');
  });

  it('is good when it has expired (§2)', async () => {
    const brief = await startServer({ bootstrap: bootstrap(), options: { lifetimes: { idToken: 1 } } });
    const { jar, idToken } = await signInTo(brief, await createRelyingParty(brief));
    await eventually(() => decodeJwt(idToken).exp! < Date.now() / 1000);
    const stop = await open(brief, jar, logoutPath({ id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS }));
    expect(stop.location?.href).toBe(AFTERWARDS);
    expect(await isSignedIn(brief, jar)).toBe(false);
  }, 60_000);

  it('ends the tokens of the session, and leaves those of offline_access (OIDC Core §11)', async () => {
    const bound = await signInTo(server, client);
    const offline = await signInTo(server, other, bound.jar, { scope: 'openid offline_access', prompt: 'consent' });
    expect(offline.sid).toBe(bound.sid);
    expect(bound.tokens.refresh_token).toBeUndefined();
    await logout(bound.jar, { id_token_hint: bound.idToken });
    expect((await introspect(server, bound.tokens.access_token)).active).toBe(false);
    const refreshed = await tokenRequest(server, other, {
      grant_type: 'refresh_token',
      refresh_token: offline.tokens.refresh_token,
    });
    expect(refreshed.status).toBe(200);
  });
});

describe('without proof that it belongs to the session, a request is asked about first (§2)', () => {
  it.each([
    ['no parameter', () => ({})],
    ['a client_id alone', () => ({ client_id: client.client_id })],
    [
      'parameters that say to ask nothing',
      () => ({ client_id: client.client_id, decision: 'confirm', logout_hint: 'somebody', csrf_token: 'x' }),
    ],
  ])('%s', async (_, params) => {
    const { jar } = await signInTo(server, client);
    await expectQuestion(jar, await logout(jar, params()));
  });

  it('the ID token of another session of the user', async () => {
    const user = await newUser(server);
    const { idToken } = await signInTo(server, client, user.jar);
    const elsewhere = await signIn(server, user);
    await expectQuestion(elsewhere, await logout(elsewhere, { id_token_hint: idToken }));
    expect(await isSignedIn(server, user.jar)).toBe(true);
  });

  it('the ID token of another user, whose session was in this browser before', async () => {
    const { jar, idToken } = await signInTo(server, client);
    await signIn(server, await newUser(server), forgetSession(jar));
    await expectQuestion(jar, await logout(jar, { id_token_hint: idToken }));
  });

  it('names the client that asks, and goes back to it after a yes', async () => {
    const { jar } = await signInTo(server, client);
    const page = await logout(jar, { client_id: client.client_id, post_logout_redirect_uri: AFTERWARDS, state: 's' });
    await expectQuestion(jar, page);
    expect(textOf(page.html, 'main')).toContain('Relying Party');
    const stop = await confirm(jar, page);
    expect(stop.params).toEqual({ of: 'rp', state: 's' });
    expect(await isSignedIn(server, jar)).toBe(false);
  });

  it('stays signed in and goes to no client after a no', async () => {
    const { jar } = await signInTo(server, client);
    const page = await logout(jar, { client_id: client.client_id, post_logout_redirect_uri: AFTERWARDS });
    const stop = await press(server, jar, page, 'sign-out', { decision: 'decline' });
    expect({ status: stop.status, location: stop.location, path: new URL(stop.at).pathname }).toEqual({
      status: 200,
      location: undefined,
      path: '/',
    });
    expect(await isSignedIn(server, jar)).toBe(true);
  });

  it('goes on when the user has signed out meanwhile in another tab', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const page = await logout(jar, { client_id: client.client_id, post_logout_redirect_uri: AFTERWARDS });
    await logout(jar, { id_token_hint: idToken });
    expect((await confirm(jar, page)).location?.href).toBe(AFTERWARDS);
  });
});

it('goes straight on when nobody is signed in (§3)', async () => {
  const { jar, idToken } = await signInTo(server, client);
  await logout(jar, { id_token_hint: idToken });
  const params = { post_logout_redirect_uri: AFTERWARDS, state: 'again' };
  expect((await logout(jar, { id_token_hint: idToken, ...params })).params.state).toBe('again');
  const stranger = new CookieJar();
  expect((await logout(stranger, { client_id: client.client_id, ...params })).params.state).toBe('again');
});

describe('refuses with a page, and signs nobody out (§4)', () => {
  it.each([
    ['another URI', 'https://evil.example/'],
    ['the URI with more in its query', `${AFTERWARDS}&more=1`],
    ['the URI without its query', AFTERWARDS.replace(/\?.*/, '')],
    ['the URI with a fragment', `${AFTERWARDS}#x`],
    ['a path below', AFTERWARDS.replace('?', '/x?')],
    ['another case', AFTERWARDS.replace('signed', 'Signed')],
    ['another port', AFTERWARDS.replace('.example', '.example:444')],
    ['userinfo', AFTERWARDS.replace('://', '://evil@')],
    ['a host that begins alike', AFTERWARDS.replace('.example', '.example.evil.example')],
    ['a redirect URI of the authorization endpoint', 'https://created.example/callback'],
    ['a script', 'javascript:alert(1)'],
    ['a path', '/account'],
  ])('a post_logout_redirect_uri that is not registered: %s', async (_, uri) => {
    const { jar, idToken } = await signInTo(server, client);
    for (const known of [{ id_token_hint: idToken }, { client_id: client.client_id }])
      await expectRefused(jar, await logout(jar, { ...known, post_logout_redirect_uri: uri }));
    const stranger = await logout(new CookieJar(), { id_token_hint: idToken, post_logout_redirect_uri: uri });
    expect([stranger.status, stranger.location]).toEqual([400, undefined]);
  });

  it('a post_logout_redirect_uri of nobody', async () => {
    const { jar } = await signInTo(server, client);
    await expectRefused(jar, await logout(jar, { post_logout_redirect_uri: AFTERWARDS }));
  });

  it('the post_logout_redirect_uri of another client', async () => {
    const bare = await createRelyingParty(server, { post_logout_redirect_uris: undefined });
    const { jar, idToken } = await signInTo(server, bare);
    await expectRefused(jar, await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS }));
  });

  it('an ID token of another client than client_id', async () => {
    const { jar, idToken } = await signInTo(server, client);
    await expectRefused(jar, await logout(jar, { id_token_hint: idToken, client_id: other.client_id }));
  });

  it('an unknown client_id', async () => {
    const { jar } = await signInTo(server, client);
    await expectRefused(jar, await logout(jar, { client_id: 'nobody' }));
  });

  it('a client that was disabled or deleted', async () => {
    const gone = await createRelyingParty(server);
    const { jar, idToken } = await signInTo(server, gone);
    await administer(server, 'POST', `/api/clients/${gone.client_id}/disable`);
    await expectRefused(jar, await logout(jar, { id_token_hint: idToken }));
    await administer(server, 'DELETE', `/api/clients/${gone.client_id}`);
    await expectRefused(jar, await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS }));
  });

  it('an id_token_hint that is none of our ID tokens', async () => {
    const { jar, idToken, tokens } = await signInTo(server, client);
    const [header, payload, signature] = idToken.split('.');
    const { kid, alg } = decodeProtectedHeader(idToken);
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signed = `${encode({ alg, kid, typ: 'JWT' })}.${payload}`;
    const hints = {
      'a changed claim': `${header}.${encode({ ...decodeJwt(idToken), sub: 'x' })}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'alg none': `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      'alg none with our kid': `${encode({ alg: 'none', typ: 'JWT', kid })}.${payload}.${signature}`,
      'a key of their own': `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`,
      'an access token': tokens.access_token,
      garbage: 'x.y.z',
      'a very long one': 'x'.repeat(20_000),
    };
    for (const [name, id_token_hint] of Object.entries(hints)) {
      const stop = await logout(jar, { id_token_hint, post_logout_redirect_uri: AFTERWARDS });
      expect([name, stop.status, stop.location, stop.error]).toEqual([name, 400, undefined, 'invalid_request']);
    }
    expect(await isSignedIn(server, jar)).toBe(true);
  });

  it('a parameter that is there twice', async () => {
    const { jar, idToken } = await signInTo(server, client);
    for (const [name, value] of Object.entries({
      id_token_hint: idToken,
      client_id: client.client_id,
      post_logout_redirect_uri: AFTERWARDS,
      state: 'a',
      logout_hint: 'a',
      ui_locales: 'de',
    }))
      await expectRefused(jar, await logout(jar, { id_token_hint: idToken, [name]: [value, value] }));
  });

  it('the same by POST', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const body = form({ id_token_hint: idToken, post_logout_redirect_uri: 'https://evil.example/' });
    await expectRefused(jar, await open(server, jar, '/oauth/logout', { method: 'POST', body }));
  });
});

describe('is not done to people behind their back', () => {
  it('by a form on another site, even where the browser sends the cookies', async () => {
    const { jar } = await signInTo(server, client);
    for (const fields of [{ decision: 'confirm' }, { csrf_token: 'x' }, { client_id: client.client_id }]) {
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      await open(server, jar, '/oauth/logout', { method: 'POST', headers, body: form(fields) });
      expect(await isSignedIn(server, jar)).toBe(true);
    }
  });

  it('by the sealed request in the address alone', async () => {
    const { jar } = await signInTo(server, client);
    const page = await logout(jar, { client_id: client.client_id });
    const sealed = formOf(page, 'sign-out').fields.logout;
    await expectQuestion(jar, await open(server, jar, logoutPath({ logout: sealed, decision: 'confirm' })));
  });

  it('by HEAD, which only looks', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const response = await visit(jar, `${baseOf(server)}${logoutPath({ id_token_hint: idToken })}`, { method: 'HEAD' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect(await isSignedIn(server, jar)).toBe(true);
  });

  it('with a request that was changed on its way, which leads nowhere', async () => {
    const { jar } = await signInTo(server, client);
    const page = await logout(jar, { client_id: client.client_id, post_logout_redirect_uri: AFTERWARDS });
    const found = formOf(page, 'sign-out');
    const changed = found.fields.logout.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
    const response = await submit(server, jar, found, { decision: 'confirm', logout: changed });
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(await isSignedIn(server, jar)).toBe(true);
  });

  it('and a redirect URI that was taken back meanwhile is not gone to', async () => {
    const changing = await createRelyingParty(server);
    const { jar } = await signInTo(server, changing);
    const page = await logout(jar, { client_id: changing.client_id, post_logout_redirect_uri: AFTERWARDS });
    await administer(server, 'PATCH', `/api/clients/${changing.client_id}`, { post_logout_redirect_uris: [] });
    expect(await eventually(async () => (await confirm(jar, page)).error)).toBe('invalid_request');
  });
});

it('is done by openid-client as its documentation shows', async () => {
  const config = await openidClient.discovery(
    new URL(server.issuer),
    client.client_id,
    undefined,
    openidClient.ClientSecretBasic(client.client_secret),
    { execute: [openidClient.allowInsecureRequests] },
  );
  const { jar, idToken } = await signInTo(server, client);
  const url = openidClient.buildEndSessionUrl(config, {
    id_token_hint: idToken,
    post_logout_redirect_uri: AFTERWARDS,
    state: 'oidc',
  });
  const response = await visit(jar, url);
  expect(response.headers.get('location')).toBe(`${AFTERWARDS}&state=oidc`);
  expect(await isSignedIn(server, jar)).toBe(false);
});
