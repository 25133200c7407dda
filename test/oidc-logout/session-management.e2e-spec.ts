// Clients learn in the browser that another sign-in has taken the place of the one that they know of.
// @see OpenID Connect Session Management 1.0 https://openid.net/specs/openid-connect-session-1_0.html
import { createHash } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { ask, isSignedIn, open, press } from '../pages/browse.js';
import { browser, describeInBrowser } from '../support/browser.js';
import type { CreatedClient } from '../support/clients.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import { authorize, baseOf, type Credentials, signIn } from '../support/flow.js';
import { CookieJar, form, type ParameterMap, pkce } from '../support/http.js';
import { openidConfiguration } from '../support/openid.js';
import { sharedServer, startServer } from '../support/server.js';
import { createRelyingParty, logoutPath, newUser, signInTo } from './relying-party.js';
import { startWebApplication, type WebApplication } from './web-application.js';

const server = sharedServer();
const ORIGIN = 'https://created.example';
const SESSION_STATE = /^[0-9a-f]{64}\.[\w-]{16}$/;

let client: CreatedClient;
beforeAll(async () => {
  client = await createRelyingParty(server, {
    grant_types: ['authorization_code', 'refresh_token', 'implicit'],
    response_types: ['code', 'id_token', 'code id_token', 'none'],
  });
});

async function answer(jar: CookieJar, params: ParameterMap = {}): Promise<Record<string, string>> {
  const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid', nonce: 'n' };
  return (await authorize(server, { ...request, ...params }, jar)).params;
}

const stateCookie = (jar: CookieJar): string => jar.names().find((name) => name.includes('state'))!;

/** What the frame answers in a browser with these cookies. */
function check(jar: CookieJar, sessionState: string, clientId = client.client_id, origin = ORIGIN): string {
  const [expected, salt] = sessionState.split('.');
  const state = jar.get(stateCookie(jar)) ?? '';
  const found = createHash('sha256').update(`${clientId} ${origin} ${state} ${salt}`).digest('hex');
  return found === expected ? 'unchanged' : 'changed';
}

it('is advertised by check_session_iframe (§3.3)', async () => {
  expect((await openidConfiguration(server)).check_session_iframe).toBe(`${server.issuer}/oauth/check-session`);
});

describe('session_state (§2)', () => {
  it.each(['code', 'id_token', 'code id_token', 'none'])('comes with the answer to %s', async (response_type) => {
    const { jar } = await newUser(server);
    const params = await answer(jar, { response_type });
    expect(params.session_state).toMatch(SESSION_STATE);
    expect(check(jar, params.session_state)).toBe('unchanged');
  });

  it('comes by form_post as well', async () => {
    const { jar } = await newUser(server);
    const params = await answer(jar, { response_mode: 'form_post' });
    expect(check(jar, params.session_state)).toBe('unchanged');
  });

  it('comes after a sign-in on the way, with the cookie of the new session', async () => {
    const { username, password } = await newUser(server);
    const jar = new CookieJar();
    const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid' };
    const { params } = await authorize(server, request, { jar, user: { username, password } });
    expect(check(jar, params.session_state)).toBe('unchanged');
  });

  it('comes with an error, and says that nobody is signed in', async () => {
    const jar = new CookieJar();
    const params = await answer(jar, { prompt: 'none' });
    expect(params.error).toBe('login_required');
    expect(check(jar, params.session_state)).toBe('unchanged');
    const { jar: somebody } = await newUser(server);
    await answer(somebody);
    expect(check(somebody, params.session_state)).toBe('changed');
  });

  it('is of the client and its origin alone, and another one each time', async () => {
    const { jar } = await newUser(server);
    const [first, second] = [await answer(jar), await answer(jar)];
    expect(first.session_state).not.toBe(second.session_state);
    expect(check(jar, first.session_state)).toBe('unchanged');
    expect(check(jar, first.session_state, 'web')).toBe('changed');
    expect(check(jar, first.session_state, client.client_id, 'https://evil.example')).toBe('changed');
  });

  it('does not come with an answer that is none of OpenID Connect', async () => {
    const { jar } = await newUser(server);
    expect(await answer(jar, { scope: 'read' })).not.toHaveProperty('session_state');
    expect(stateCookie(jar)).toBeUndefined();
  });
});

describe('the state of the browser', () => {
  it('stays while the session goes on', async () => {
    const { jar } = await newUser(server);
    const { session_state } = await answer(jar);
    await answer(jar, { prompt: 'none' });
    await open(server, jar, '/account');
    expect(check(jar, session_state)).toBe('unchanged');
  });

  it('changes with the sign-out', async () => {
    const { jar, idToken } = await signInTo(server, client);
    const { session_state } = await answer(jar);
    await open(server, jar, logoutPath({ id_token_hint: idToken }));
    expect(stateCookie(jar)).toBeUndefined();
    expect(check(jar, session_state)).toBe('changed');
  });

  const signInAgain = async (jar: CookieJar, { username, password }: Credentials): Promise<void> => {
    await press(server, jar, await ask(server, jar, { prompt: 'login' }), 'sign-in', { username, password });
  };

  it('changes when the user signs in again, and when another one does', async () => {
    const user = await newUser(server);
    const { jar } = user;
    const first = (await answer(jar)).session_state;
    await signInAgain(jar, user);
    expect(check(jar, first)).toBe('changed');
    const second = (await answer(jar)).session_state;
    await signInAgain(jar, await newUser(server));
    expect(check(jar, second)).toBe('changed');
  });

  it('changes at the next request when the session was ended elsewhere', async () => {
    const user = await newUser(server);
    const { session_state } = await answer(user.jar);
    const other = await signIn(server, user);
    await press(server, other, await open(server, other, '/account'), 'sign-out-others');
    expect(await isSignedIn(server, user.jar)).toBe(false);
    expect((await answer(user.jar, { prompt: 'none' })).error).toBe('login_required');
    expect(check(user.jar, session_state)).toBe('changed');
  });

  it('tells nothing: it is neither the session nor a name of the user', async () => {
    const { jar, sid, sub } = await signInTo(server, client);
    const state = jar.get(stateCookie(jar))!;
    expect(state).toMatch(/^[\w-]{43}$/);
    for (const secret of [jar.session()!.value, sid, sub]) expect(state).not.toContain(secret);
    const impostor = new CookieJar();
    impostor.set(jar.session()!.name, state);
    expect(await isSignedIn(server, impostor)).toBe(false);
  });

  it('is a cookie for frames on other sites, on https', async () => {
    const env = { ISSUER: 'https://id.example.com', TRUST_PROXY: 'true' };
    const secure = await startServer({ env, bootstrap: bootstrap() });
    const jar = await signIn(secure);
    const stop = await ask(secure, jar, {
      client_id: 'trusted',
      redirect_uri: CLIENTS.trusted.redirect_uris[0],
      scope: 'openid',
    });
    expect(stop.params.session_state).toMatch(SESSION_STATE);
    const [cookie] = stop.headers.getSetCookie().filter((one) => /^[^=]*state/.test(one));
    expect(cookie).toMatch(/^__Host-nas_state=[\w-]{43}; Path=\/; SameSite=None; Secure$/);
  }, 60_000);
});

describe('the page of the frame (§3.2)', () => {
  it('may be embedded anywhere and holds nothing but its script', async () => {
    const response = await fetch(`${baseOf(server)}/oauth/check-session`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; base-uri 'none'",
    );
    expect(response.headers.get('x-frame-options')).toBeNull();
    expect(response.headers.getSetCookie()).toEqual([]);
    const html = await response.text();
    expect([...html.matchAll(/<(script|link|img|iframe|form|style)\b/g)].map(([, tag]) => tag)).toEqual(['script']);
    expect(html).not.toMatch(/<script\b[^>]*>[^<]/);
  });

  it('answers GET only', async () => {
    const response = await fetch(`${baseOf(server)}/oauth/check-session`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  });
});

describeInBrowser('in a browser', () => {
  let context: BrowserContext;
  let application: WebApplication;
  let embedded: CreatedClient;
  beforeAll(async () => {
    // Over http browsers show the cookie to frames on the same site only: another port of the same host.
    [application, context] = await Promise.all([startWebApplication('localhost'), browser()]);
    application.pages.set(
      '/frame',
      `<!doctype html><iframe id="op" src="${baseOf(server)}/oauth/check-session"></iframe>`,
    );
    embedded = await createRelyingParty(server, { redirect_uris: [application.url('/callback')] });
  }, 60_000);
  beforeEach(() => context.clearCookies());

  async function authorizeIn(page: Page, params: ParameterMap = {}): Promise<string> {
    const [redirect_uri] = embedded.redirect_uris;
    const request = { client_id: embedded.client_id, redirect_uri, response_type: 'code', scope: 'openid', ...params };
    await page.goto(`${baseOf(server)}/oauth/authorize?${form({ ...request, ...pkce().parameters }).toString()}`);
    if (await page.locator('#sign-in-submit').count()) await fillIn(page);
    await page.waitForURL(`${redirect_uri}?**`);
    return new URL(page.url()).searchParams.get('session_state')!;
  }

  async function fillIn(page: Page): Promise<void> {
    const { username, password } = await newUser(server);
    await page.fill('#username', username);
    await page.fill('#password', password);
    await page.click('#sign-in-submit');
  }

  /** What the frame answers to a page of the application. */
  function messageTo(page: Page, message: unknown): Promise<unknown> {
    return page.evaluate(
      ([sent, origin]) =>
        new Promise((resolve) => {
          const frame = document.querySelector<HTMLIFrameElement>('#op')!;
          addEventListener('message', (event) => resolve([event.origin, event.data]), { once: true });
          frame.contentWindow!.postMessage(sent, origin);
        }),
      [message, new URL(server.issuer).origin] as const,
    );
  }

  const answered = (word: string): unknown[] => [new URL(server.issuer).origin, word];

  it('the frame says unchanged, then changed after the sign-out and after another sign-in', async () => {
    const page = await context.newPage();
    const first = await authorizeIn(page);
    await page.goto(application.url('/frame'));
    const message = `${embedded.client_id} ${first}`;
    expect(await messageTo(page, message)).toEqual(answered('unchanged'));
    const other = await context.newPage();
    await other.goto(`${baseOf(server)}/account`);
    expect(await messageTo(page, message)).toEqual(answered('unchanged'));
    await other.goto(`${baseOf(server)}/oauth/logout`);
    await other.click('#logout-confirm');
    await other.waitForSelector('#signed-out');
    expect(await messageTo(page, message)).toEqual(answered('changed'));

    const second = await authorizeIn(other);
    expect(await messageTo(page, message)).toEqual(answered('changed'));
    expect(await messageTo(page, `${embedded.client_id} ${second}`)).toEqual(answered('unchanged'));
    await Promise.all([page.close(), other.close()]);
  });

  it('the frame says unchanged to whoever knows that nobody is signed in, until somebody is', async () => {
    const page = await context.newPage();
    const nobody = await authorizeIn(page, { prompt: 'none' });
    await page.goto(application.url('/frame'));
    const message = `${embedded.client_id} ${nobody}`;
    expect(await messageTo(page, message)).toEqual(answered('unchanged'));
    const other = await context.newPage();
    await authorizeIn(other);
    expect(await messageTo(page, message)).toEqual(answered('changed'));
    await Promise.all([page.close(), other.close()]);
  });

  it('the frame says error to what it does not understand, and changed to the state of another client', async () => {
    const page = await context.newPage();
    const state = await authorizeIn(page);
    await page.goto(application.url('/frame'));
    for (const message of ['', 'x', `${embedded.client_id}`, `${embedded.client_id} x.y`, ` ${state}`, { a: 1 }, 7])
      expect(await messageTo(page, message)).toEqual(answered('error'));
    expect(await messageTo(page, `web ${state}`)).toEqual(answered('changed'));
    await page.close();
  });

  it('the frame answers no frame of another site than the one that embeds it', async () => {
    const stranger = await startWebApplication('localhost');
    const page = await context.newPage();
    const state = await authorizeIn(page);
    stranger.pages.set(
      '/spy',
      `<!doctype html><script>
        addEventListener('message', ({ data }) => parent.postMessage('heard ' + data, '*'));
        parent.frames[0].postMessage(${JSON.stringify(`${embedded.client_id} ${state}`)}, '*');
        parent.postMessage('asked', '*');
      </script>`,
    );
    await page.goto(application.url('/frame'));
    const heard = await page.evaluate(
      ([url, message, origin]) =>
        new Promise((resolve) => {
          const all: unknown[] = [];
          addEventListener('message', ({ data }) => {
            all.push(data);
            // The frame's own answer comes after whatever it would have told the spy.
            if (data === 'asked')
              document.querySelector<HTMLIFrameElement>('#op')!.contentWindow!.postMessage(message, origin);
            if (data === 'unchanged') resolve(all);
          });
          const spy = document.createElement('iframe');
          spy.src = url;
          document.body.append(spy);
        }),
      [stranger.url('/spy'), `${embedded.client_id} ${state}`, new URL(server.issuer).origin] as const,
    );
    expect(heard).toEqual(['asked', 'unchanged']);
    await page.close();
  });
});
