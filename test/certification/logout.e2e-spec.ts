// The plans RP-initiated, session, front-channel and back-channel logout, with clients that register themselves.
// @see https://openid.net/certification/logout_op_testing/
import { jwtVerify, createRemoteJWKSet } from 'jose';
import { isSignedIn, open, press, type Stop } from '../pages/browse.js';
import { type Receiver, startReceiver } from '../oidc-logout/receiver.js';
import { hasId } from '../support/html.js';
import { type CookieJar, form, type ParameterMap } from '../support/http.js';
import { openidConfiguration } from '../support/openid.js';
import type { RunningServer } from '../support/server.js';
import { startProvider, Suite, type SuiteClient } from './suite.js';

const AFTERWARDS = 'https://suite.example/test/a/post_logout_redirect';

let provider: RunningServer;
let receiver: Receiver;
let suite: Suite;
beforeAll(async () => {
  receiver = await startReceiver();
  provider = await startProvider({ env: { OUTBOUND_ALLOW: '127.0.0.1' } });
  suite = new Suite(provider);
});

interface SignedIn {
  client: SuiteClient;
  jar: CookieJar;
  idToken: string;
  claims: Record<string, unknown>;
  sessionState: string;
}

/** Registers a client, and somebody signs in to it. */
async function signedIn(metadata: object = {}): Promise<SignedIn> {
  const client = await suite.register({ post_logout_redirect_uris: [AFTERWARDS], ...metadata });
  const person = await suite.person();
  const flow = await suite.authorize(client, person);
  const { idToken, tokens } = await suite.complete(client, flow);
  return {
    client,
    jar: person.jar,
    idToken: tokens!.id_token!,
    claims: idToken.claims,
    sessionState: flow.params.session_state,
  };
}

const logout = (jar: CookieJar, params: ParameterMap = {}): Promise<Stop> =>
  open(provider, jar, `/oauth/logout?${form(params).toString()}`);

/** Whoever is asked says yes. */
async function confirmed(jar: CookieJar, stop: Stop): Promise<Stop> {
  return hasId(stop.html, 'logout-confirm') ? press(provider, jar, stop, 'sign-out', { decision: 'confirm' }) : stop;
}

it('oidcc-*-logout-discovery-endpoint-verification', async () => {
  expect(await openidConfiguration(provider)).toMatchObject({
    end_session_endpoint: `${provider.issuer}/oauth/logout`,
    check_session_iframe: expect.stringMatching(`^${provider.issuer}/`),
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  });
});

describe('RP-initiated logout', () => {
  it.each([
    ['oidcc-rp-initiated-logout', { state: 'the state' }, { state: 'the state' }],
    ['oidcc-rp-initiated-logout-no-state', {}, {}],
  ])('%s', async (_module, params, expected) => {
    const { jar, idToken } = await signedIn();
    const stop = await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS, ...params });
    expect(stop.location?.href.startsWith(AFTERWARDS)).toBe(true);
    expect(stop.params).toEqual(expected);
    expect(await isSignedIn(provider, jar)).toBe(false);
  });

  it.each([
    ['oidcc-rp-initiated-logout-no-params', {}],
    ['oidcc-rp-initiated-logout-only-state', { state: 'alone' }],
  ])('%s', async (_module, params) => {
    const { jar } = await signedIn();
    const stop = await confirmed(jar, await logout(jar, params));
    expect([stop.location, hasId(stop.html, 'signed-out')]).toEqual([undefined, true]);
    expect(await isSignedIn(provider, jar)).toBe(false);
  });

  it('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', async () => {
    const { jar, idToken } = await signedIn();
    const stop = await confirmed(jar, await logout(jar, { id_token_hint: idToken, state: 's' }));
    expect([stop.location, hasId(stop.html, 'signed-out')]).toEqual([undefined, true]);
  });

  it.each([
    [
      'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
      () => ({ post_logout_redirect_uri: 'https://x.example/' }),
    ],
    [
      'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
      () => ({ post_logout_redirect_uri: `${AFTERWARDS}?foo=bar` }),
    ],
    [
      'oidcc-rp-initiated-logout-bad-id-token-hint',
      () => ({ id_token_hint: 'bad', post_logout_redirect_uri: AFTERWARDS }),
    ],
    [
      'oidcc-rp-initiated-logout-modified-id-token-hint',
      (hint: string) => ({ id_token_hint: hint.slice(0, -6) + 'AAAAAA', post_logout_redirect_uri: AFTERWARDS }),
    ],
    [
      'oidcc-rp-initiated-logout-no-id-token-hint',
      () => ({ id_token_hint: undefined, post_logout_redirect_uri: AFTERWARDS }),
    ],
  ])('%s: a page of the provider, no redirect', async (_module, change) => {
    const { jar, idToken } = await signedIn();
    const stop = await logout(jar, { id_token_hint: idToken, ...change(idToken) });
    expect(stop).toMatchObject({ status: 400, location: undefined });
  });
});

it('oidcc-backchannel-rp-initiated-logout', async () => {
  const path = '/backchannel';
  const { client, jar, idToken, claims } = await signedIn({
    backchannel_logout_uri: receiver.url(path),
    backchannel_logout_session_required: true,
  });
  await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS });
  const keys = createRemoteJWKSet(new URL(`${provider.url}/oauth/jwks`));
  const { payload } = await jwtVerify(await receiver.token(path), keys, {
    issuer: provider.issuer,
    audience: client.client_id,
  });
  expect(payload).toMatchObject({ sub: claims.sub, sid: claims.sid, jti: expect.any(String), iat: expect.any(Number) });
  expect(payload.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
  expect(payload).not.toHaveProperty('nonce');
});

it('oidcc-frontchannel-rp-initiated-logout', async () => {
  const { jar, idToken, claims } = await signedIn({
    frontchannel_logout_uri: 'https://suite.example/test/a/frontchannel_logout',
    frontchannel_logout_session_required: true,
  });
  const { html } = await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS });
  const [, src] = /<iframe[^>]* src="([^"]+)"/.exec(html)!;
  const { searchParams } = new URL(src.replaceAll('&amp;', '&'));
  expect(Object.fromEntries(searchParams)).toEqual({ iss: provider.issuer, sid: claims.sid });
});

it('oidcc-session-management-rp-initiated-logout', async () => {
  const { client, jar, idToken, sessionState } = await signedIn();
  // No space, as it is sent to the frame behind the client's id (Session Management §3.1).
  expect(sessionState).toMatch(/^\S+$/);
  await logout(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS });
  const nobody = { username: '', password: '', jar };
  const after = await suite.authorize(client, nobody, { prompt: 'none' });
  expect(after.params).toMatchObject({ error: 'login_required', session_state: expect.any(String) });
  expect(after.params.session_state).not.toBe(sessionState);
});
