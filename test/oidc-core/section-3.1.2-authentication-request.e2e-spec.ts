// The authentication request: who must sign in, sign up, choose an account, and what cannot be had silently.
// @see OIDC Core §3.1.2 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { SignJWT } from 'jose';
import { ask, formOf, interactionOf, open, press, type Stop } from '../pages/browse.js';
import { createClient } from '../support/clients.js';
import { query } from '../support/database.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, type Credentials, obtainTokens, redeem, signIn, signUp } from '../support/flow.js';
import { CookieJar } from '../support/http.js';
import { verifyIdToken } from '../support/openid.js';
import { sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const { trusted, web } = CLIENTS;
const OPENID = { client_id: trusted.client_id, redirect_uri: trusted.redirect_uris[0], scope: 'openid' };

/** Somebody signed in, with an ID token that the first-party client got for them. */
async function somebody(): Promise<Credentials & { jar: CookieJar; idToken: string; subject: string }> {
  const user = await signUp(server);
  const { id_token } = await obtainTokens(server, trusted, { scope: 'openid' }, user.jar);
  const { claims } = await verifyIdToken(server, trusted.client_id, id_token);
  return { ...user, idToken: id_token!, subject: claims.sub! };
}

const pageOf = (stop: Stop): string => new URL(stop.at).pathname;

async function signInAt(page: Stop, jar: CookieJar, { username, password }: Credentials): Promise<Stop> {
  return press(server, jar, page, 'sign-in', { username, password });
}

describe('prompt=none (§3.1.2.1, §3.1.2.6)', () => {
  it('is login_required when nobody is signed in', async () => {
    const { params } = await ask(server, new CookieJar(), { ...OPENID, prompt: 'none', state: 's' });
    expect(params).toMatchObject({ error: 'login_required', state: 's', iss: server.issuer });
  });

  it('is consent_required when the user has not consented', async () => {
    const { jar } = await signUp(server);
    expect((await ask(server, jar, { scope: 'openid', prompt: 'none' })).params.error).toBe('consent_required');
  });

  it('is answered without a page when everything is there', async () => {
    const { jar } = await somebody();
    const stop = await ask(server, jar, { ...OPENID, prompt: 'none' });
    expect(stop.params.code).toEqual(expect.any(String));
  });

  it.each(['login', 'consent', 'select_account', 'create'])('is not combined with %s', async (other) => {
    const { params } = await ask(server, new CookieJar(), { ...OPENID, prompt: `none ${other}` });
    expect(params.error).toBe('invalid_request');
  });

  it('is login_required when the sign-in is older than max_age', async () => {
    const { jar } = await somebody();
    await new Promise((done) => setTimeout(done, 1100));
    expect((await ask(server, jar, { ...OPENID, prompt: 'none', max_age: '1' })).params.error).toBe('login_required');
  });
});

describe('prompt=login', () => {
  it('asks for the password again, and the new moment is the auth_time', async () => {
    const user = await somebody();
    await new Promise((done) => setTimeout(done, 1100));
    const flow = await authorize(server, { ...OPENID, prompt: 'login' }, { jar: user.jar, user });
    expect(flow.pages).toEqual(['sign-in']);
    const again = await redeem(server, trusted, { ...flow, redirectUri: OPENID.redirect_uri });
    const before = await verifyIdToken(server, trusted.client_id, user.idToken);
    const after = await verifyIdToken(server, trusted.client_id, again.id_token);
    expect(after.claims.auth_time).toBeGreaterThan(before.claims.auth_time as number);
    expect(after.claims.sub).toBe(user.subject);
  });
});

describe('a sign-in of before the request', () => {
  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age', { max_age: '60' }],
    ['prompt=create', { prompt: 'create' }],
    ['prompt=select_account', { prompt: 'select_account' }],
  ])('does not answer %s by coming back into the browser', async (_what, params) => {
    const { jar, subject } = await somebody();
    await query(server, `UPDATE sessions SET auth_time = now() - interval '1 hour' WHERE user_id = '${subject}'`);
    const { name, value } = jar.session()!;
    jar.set(name, '');
    const page = await ask(server, jar, { ...OPENID, ...params });
    jar.set(name, value);
    const { location, at } = await open(server, jar, `/sign-in?interaction=${interactionOf(page)}`);
    expect(location).toBeUndefined();
    expect(new URL(at).pathname).toMatch(/^\/(sign-in|sign-up|select-account)$/);
  });
});

describe('prompt=consent', () => {
  it('asks although the user has consented before', async () => {
    const user = await signUp(server);
    await authorize(server, { client_id: 'web', scope: 'openid' }, user.jar);
    const flow = await authorize(server, { client_id: 'web', scope: 'openid', prompt: 'consent' }, user.jar);
    expect(flow.pages).toEqual(['consent']);
  });

  it('together with login asks for both', async () => {
    const user = await signUp(server);
    const flow = await authorize(
      server,
      { client_id: 'web', scope: 'openid', prompt: 'login consent' },
      { jar: user.jar, user },
    );
    expect(flow.pages).toEqual(['sign-in', 'consent']);
  });
});

describe('prompt=select_account', () => {
  it('asks which account, and goes on with the one that is signed in', async () => {
    const { jar, username, subject } = await somebody();
    const page = await ask(server, jar, { ...OPENID, prompt: 'select_account', nonce: 'n' });
    expect(pageOf(page)).toBe('/select-account');
    expect(page.html).toContain(username);
    const { params } = await press(server, jar, page, 'select-account', { decision: 'continue' });
    expect(params.code).toEqual(expect.any(String));
    expect(subject).toEqual(expect.any(String));
  });

  it('goes on with another account when that one signs in', async () => {
    const { jar } = await somebody();
    const other = await somebody();
    const page = await ask(server, jar, { ...OPENID, prompt: 'select_account' });
    const link = /id="account-other" href="([^"]+)"/.exec(page.html)![1].replaceAll('&amp;', '&');
    const stop = await signInAt(await open(server, jar, link), jar, other);
    expect(stop.params.code).toEqual(expect.any(String));
  });

  it('shows the sign-in page when nobody is signed in', async () => {
    const page = await ask(server, new CookieJar(), { ...OPENID, prompt: 'select_account' });
    expect(pageOf(page)).toBe('/sign-in');
  });

  it('is asked once, also when consent follows', async () => {
    const { jar } = await signUp(server);
    const page = await ask(server, jar, { scope: 'openid', prompt: 'select_account consent' });
    const next = await press(server, jar, page, 'select-account', { decision: 'continue' });
    expect(pageOf(next)).toBe('/consent');
    const { params } = await press(server, jar, next, 'consent', { decision: 'allow' });
    expect(params.code).toEqual(expect.any(String));
  });

  it('cannot be answered for another browser', async () => {
    const { jar } = await somebody();
    const page = await ask(server, jar, { ...OPENID, prompt: 'select_account' });
    const { jar: stranger } = await somebody();
    const own = formOf(await open(server, stranger, '/account'), 'change-password').fields.csrf_token;
    const fields = { ...formOf(page, 'select-account').fields, csrf_token: own, decision: 'continue' };
    const stop = await open(server, stranger, '/select-account', {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: server.url },
    });
    expect(stop.status).toBe(400);
    expect(stop.location).toBeUndefined();
  });
});

describe('prompt=create (Initiating User Registration 1.0)', () => {
  it('shows the form for a new account, and goes on with it', async () => {
    const jar = new CookieJar();
    const page = await ask(server, jar, { ...OPENID, prompt: 'create' });
    expect(pageOf(page)).toBe('/sign-up');
    const username = `created-${Date.now()}`;
    const stop = await press(server, jar, page, 'sign-up', { username, password: 'a long enough password' });
    expect(stop.params.code).toEqual(expect.any(String));
  });

  it('shows it to whoever is signed in as well', async () => {
    const { jar } = await somebody();
    expect(pageOf(await ask(server, jar, { ...OPENID, prompt: 'create' }))).toBe('/sign-up');
  });

  it('is refused, and not advertised, where people cannot create accounts', async () => {
    const closed = await startServer({ env: { SIGN_UP: 'off' }, bootstrap: { clients: [trusted] } });
    const metadata = (await (await fetch(`${closed.url}/.well-known/openid-configuration`)).json()) as object;
    expect(metadata).toMatchObject({ prompt_values_supported: ['none', 'login', 'consent', 'select_account'] });
    const { params } = await ask(closed, new CookieJar(), { ...OPENID, prompt: 'create' });
    expect(params.error).toBe('invalid_request');
  });
});

describe('max_age and default_max_age', () => {
  it('of the client counts where the request has none', async () => {
    const client = await createClient(server, { default_max_age: 1 });
    const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid' };
    const user = await signUp(server);
    await new Promise((done) => setTimeout(done, 1100));
    const flow = await authorize(server, request, { jar: user.jar, user });
    expect(flow.pages).toEqual(['sign-in']);
    const relaxed = await authorize(server, { ...request, max_age: '1000' }, { jar: user.jar, user });
    expect(relaxed.pages).toEqual([]);
  });
});

describe('id_token_hint', () => {
  it('of the user who is signed in is answered silently', async () => {
    const { jar, idToken } = await somebody();
    const { params } = await ask(server, jar, { ...OPENID, prompt: 'none', id_token_hint: idToken });
    expect(params.code).toEqual(expect.any(String));
  });

  it('of another user is login_required with prompt=none', async () => {
    const [{ jar }, { idToken }] = [await somebody(), await somebody()];
    const { params } = await ask(server, jar, { ...OPENID, prompt: 'none', id_token_hint: idToken });
    expect(params.error).toBe('login_required');
  });

  it('of another user lets that user sign in, and nobody else', async () => {
    const [here, meant] = [await somebody(), await somebody()];
    const page = await ask(server, here.jar, { ...OPENID, id_token_hint: meant.idToken });
    expect(pageOf(page)).toBe('/sign-in');
    expect(page.html).not.toContain(here.username);
    expect((await signInAt(page, here.jar, meant)).params.code).toEqual(expect.any(String));

    const elsewhere = await somebody();
    const again = await ask(server, elsewhere.jar, { ...OPENID, id_token_hint: meant.idToken });
    const wrong = await signInAt(again, elsewhere.jar, await somebody());
    expect(wrong.params).toMatchObject({ error: 'login_required' });
  });

  it.each([
    ['another client’s ID token', async () => (await obtainTokens(server, web, { scope: 'openid' })).id_token],
    [
      'a forged one',
      async () =>
        new SignJWT({})
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
          .setIssuer(server.issuer)
          .setSubject('x')
          .setAudience(trusted.client_id)
          .setExpirationTime('1h')
          .sign(Buffer.alloc(32)),
    ],
    ['an unsigned one', async () => `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.e30.`],
    ['no JWT', async () => 'hint'],
    [
      'an access token',
      async () =>
        (await obtainTokens(server, CLIENTS.webJwt, { redirect_uri: CLIENTS.webJwt.redirect_uris[0] })).access_token,
    ],
  ])('that is %s is refused', async (_what, hint) => {
    const { jar } = await somebody();
    const { params } = await ask(server, jar, { ...OPENID, id_token_hint: await hint() });
    expect(params.error).toBe('invalid_request');
  });
});

describe('login_hint', () => {
  it('fills the form', async () => {
    const page = await ask(server, new CookieJar(), { ...OPENID, login_hint: 'somebody@example.com' });
    expect(formOf(page, 'sign-in').fields.username).toBe('somebody@example.com');
  });
});

describe('acr_values and the acr claim (§5.5.1.1)', () => {
  const essential = (value: object): string => JSON.stringify({ id_token: { acr: { essential: true, ...value } } });

  it('acr_values are voluntary: what was used is told', async () => {
    const { jar } = await signUp(server);
    const { id_token } = await obtainTokens(server, trusted, { scope: 'openid', acr_values: 'urn:example:gold' }, jar);
    expect((await verifyIdToken(server, trusted.client_id, id_token)).claims.acr).toBe('1');
  });

  it('an essential acr that nobody can meet is unmet_authentication_requirements', async () => {
    const { jar } = await somebody();
    const { params } = await ask(server, jar, { ...OPENID, claims: essential({ value: 'urn:example:gold' }) });
    expect(params.error).toBe('unmet_authentication_requirements');
  });

  it('an essential acr that is met is answered', async () => {
    const { jar } = await somebody();
    const { params } = await ask(server, jar, { ...OPENID, claims: essential({ values: ['urn:example:gold', '1'] }) });
    expect(params.code).toEqual(expect.any(String));
  });
});

describe('without the scope openid', () => {
  it('the parameters of OpenID Connect mean nothing', async () => {
    const { jar } = await somebody();
    const request = { ...OPENID, scope: 'profile', id_token_hint: 'x', claims: '{', nonce: 'n' };
    expect((await ask(server, jar, request)).params.code).toEqual(expect.any(String));
  });
});

it('unknown parameters, display, ui_locales and claims_locales are no error (§3.1.2.1)', async () => {
  const jar = await signIn(server);
  const request = { ...OPENID, display: 'wap', ui_locales: 'xx-YY tlh', claims_locales: 'de fr', extra: 'foobar' };
  expect((await ask(server, jar, request)).params.code).toEqual(expect.any(String));
});

it('redirect_uri is needed by an OpenID request', async () => {
  const stop = await ask(server, new CookieJar(), { client_id: 'web', scope: 'openid', redirect_uri: undefined });
  expect(stop).toMatchObject({ status: 400, location: undefined, error: 'invalid_request' });
});
