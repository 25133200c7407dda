// What every page says to the browser beside its words: headers and cookies.
// @see RFC 6265bis §4.1.3, RFC 9700 §4.16 https://www.rfc-editor.org/rfc/rfc9700#section-4.16
import { CLIENTS, USERS } from '../support/fixtures.js';
import { administratorToken, authorize, signIn, signUp } from '../support/flow.js';
import { forms, hasId } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';
import { decide, enter, startDevice } from '../rfc8628/device.js';
import { ask, authorizationPath, createClient, formOf, isSignedIn, open, press, type Stop } from './browse.js';

const server = sharedServer();

/** The parts of a Content-Security-Policy by name. */
function policyOf({ headers }: Pick<Stop, 'headers'>): Record<string, string> {
  const parts = (headers.get('content-security-policy') ?? '').split(';').map((part) => part.trim());
  return Object.fromEntries(parts.map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));
}

async function allPages(): Promise<Record<string, Stop>> {
  const [anonymous, { jar }] = [new CookieJar(), await signUp(server)];
  const { page: created, path: client } = await createClient(server, jar);
  const signInPage = await open(server, anonymous, '/sign-in');
  return {
    welcome: await open(server, anonymous, '/'),
    'sign-in': signInPage,
    'sign-in for a client': await ask(server, anonymous),
    'sign-in with an error': await press(server, anonymous, signInPage, 'sign-in', {
      username: 'nobody-at-all',
      password: 'x',
    }),
    'sign-up': await open(server, anonymous, '/sign-up'),
    'sign-up with an error': await press(server, anonymous, await open(server, anonymous, '/sign-up'), 'sign-up'),
    'signed out': await open(server, anonymous, '/oauth/logout'),
    home: await open(server, jar, '/'),
    account: await open(server, jar, '/account'),
    'new client': await open(server, jar, '/clients/new'),
    'client created': created,
    client: await open(server, jar, client),
    'client deletion': await open(server, jar, `${client}/delete`),
    'sign out': await open(server, jar, '/oauth/logout'),
    consent: await ask(server, jar),
    device: await open(server, jar, '/device'),
    'device with an error': await enter(server, jar, 'WDJA'),
    'device to be allowed': await enter(server, jar, (await startDevice(server)).user_code),
    'device allowed': await decide(server, jar, await startDevice(server)),
    'nothing there': await open(server, anonymous, '/nothing/there'),
    'no such client': await ask(server, anonymous, { client_id: 'nobody', redirect_uri: 'https://evil.example/' }),
    'a wrong redirect URI': await ask(server, anonymous, { redirect_uri: 'https://evil.example/' }),
    'a refused form': await open(server, anonymous, '/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'username=alice',
    }),
    'a broken encoding': await open(server, anonymous, '/sign-in?next=%E0%A4%A'),
    'too large': await open(server, anonymous, '/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a='.padEnd(2_000_000, 'x'),
    }),
  };
}

it('are on every page and every error', async () => {
  const pages = await allPages();
  const seen = Object.entries(pages).map(([name, { headers, html }]) => ({
    name,
    type: headers.get('content-type'),
    nosniff: headers.get('x-content-type-options'),
    frames: headers.get('x-frame-options'),
    referrer: headers.get('referrer-policy'),
    cache: headers.get('cache-control')?.includes('no-store'),
    reference: !!headers.get('x-request-id'),
    inline: /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+\s*=\s*["']|javascript:/i.test(html),
  }));
  for (const page of seen) {
    expect(page).toEqual({
      name: page.name,
      type: 'text/html; charset=utf-8',
      nosniff: 'nosniff',
      frames: 'DENY',
      referrer: 'same-origin',
      cache: true,
      reference: true,
      inline: false,
    });
  }
  for (const [name, page] of Object.entries(pages)) {
    const policy = policyOf(page);
    expect({ name, policy }).toEqual({
      name,
      policy: {
        'default-src': "'none'",
        'style-src': "'self'",
        'script-src': "'self'",
        'img-src': "'self'",
        'frame-ancestors': "'none'",
        'base-uri': "'none'",
      },
    });
  }
  const statuses = Object.fromEntries(Object.entries(pages).map(([name, { status }]) => [name, status]));
  expect(statuses).toMatchObject({
    'sign-in with an error': 400,
    'sign-up with an error': 400,
    'nothing there': 404,
    'no such client': 400,
    'a wrong redirect URI': 400,
    'a refused form': 403,
    'a broken encoding': 400,
    'too large': 413,
  });
  for (const name of ['nothing there', 'no such client', 'a wrong redirect URI', 'a refused form', 'too large']) {
    expect(hasId(pages[name].html, 'error')).toBe(true);
    expect(pages[name].html).toContain('The request could not be completed');
    expect(pages[name].html).toContain(pages[name].headers.get('x-request-id'));
    expect(pages[name].html).not.toContain('evil.example');
  }
});

it("let in the shown client's logo, and no other image", async () => {
  const response = await fetch(`${server.url}/api/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await administratorToken(server)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'With a logo',
      logo_uri: 'https://logo.example/a.png',
      redirect_uris: ['https://logo.example/callback'],
      scope: 'read',
    }),
  });
  expect(response.status).toBe(201);
  const { client_id } = (await response.json()) as { client_id: string };
  const { jar } = await signUp(server);
  const page = await ask(server, jar, { client_id });
  expect(page.html).toMatch(/<img[^>]*src="https:\/\/logo\.example\/a\.png"/);
  expect(policyOf(page)['img-src']).toMatch(/^'self' https:\/\/logo\.example(\/a\.png)?$/);
  expect(policyOf(await ask(server, jar))['img-src']).toBe("'self'");
});

it('tell the client nothing but the answer, by 303', async () => {
  const { jar } = await signUp(server);
  const page = await ask(server, jar);
  const answer = await press(server, jar, page, 'consent', { decision: 'allow' });
  const direct = await visit(jar, `${server.url}${authorizationPath({})}`);
  for (const { status, headers } of [answer, direct]) {
    expect(status).toBe(303);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('location')).toMatch(/^https:\/\/client\.example\/callback\?/);
  }
});

it('answer form_post with a form, without inline script and for nobody to keep or frame', async () => {
  const { jar } = await signUp(server);
  const { state } = (await authorize(server, { client_id: 'web', state: 'a"><b>', response_mode: 'form_post' }, jar))
    .params;
  expect(state).toBe('a"><b>');
  const page = await ask(server, jar, { response_mode: 'form_post', state: '"><script>alert(1)</script>' });
  expect(page.html).not.toContain('<script>alert');
  const { action, fields } = forms(page.html)[0];
  expect(action).toBe('https://client.example/callback');
  expect(fields).toEqual({ code: expect.any(String), state: '"><script>alert(1)</script>', iss: server.issuer });
  expect(page.headers.get('cache-control')).toContain('no-store');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(policyOf(page)).toMatchObject({
    'default-src': "'none'",
    'script-src': "'self'",
    'frame-ancestors': "'none'",
  });
  expect(policyOf(page)['form-action']).toBeUndefined();
});

describe('the session cookie', () => {
  const cookiesOf = async (at: RunningServer | typeof server): Promise<string[]> => {
    const jar = new CookieJar();
    const page = await open(at, jar, '/sign-in');
    const { action, fields } = formOf(page, 'sign-in');
    const { username, password } = USERS.alice;
    const response = await visit(jar, new URL(action, page.at), {
      method: 'POST',
      headers: { origin: at.issuer },
      body: new URLSearchParams({ ...fields, username, password }),
    });
    expect(response.status).toBe(303);
    return [...page.headers.getSetCookie(), ...response.headers.getSetCookie()];
  };

  it('is for scripts and other sites not to see, on http', async () => {
    const cookies = await cookiesOf(server);
    expect(cookies.filter((cookie) => /^[^=]*session/.test(cookie))).toHaveLength(1);
    for (const cookie of cookies) {
      const [, ...attributes] = cookie.split('; ');
      expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'SameSite=Lax']));
      expect(attributes).not.toContain('Secure');
      expect(cookie).not.toMatch(/domain=/i);
    }
  });

  it('is Secure and __Host- on https behind a proxy', async () => {
    const secure = await startServer({
      env: { ISSUER: 'https://id.example.com', TRUST_PROXY: 'true' },
      bootstrap: { users: [USERS.alice], clients: [CLIENTS.trusted], scopes: [{ name: 'read', description: 'Read' }] },
    });
    const cookies = await cookiesOf(secure);
    expect(cookies.filter((cookie) => /^__Host-[^=]*session/.test(cookie))).toHaveLength(1);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-/);
      const [, ...attributes] = cookie.split('; ');
      expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'SameSite=Lax', 'Secure']));
      expect(cookie).not.toMatch(/domain=/i);
    }
    const jar = await signIn(secure, USERS.alice);
    expect(await isSignedIn(secure, jar)).toBe(true);
    const answer = await ask(secure, jar, { client_id: 'trusted', scope: 'read' });
    expect(answer.params).toMatchObject({ code: expect.any(String), iss: 'https://id.example.com' });
    // A cookie under the name that http has means nothing here.
    const http = new CookieJar();
    http.set(jar.session()!.name.replace('__Host-', ''), jar.session()!.value);
    expect(await isSignedIn(secure, http)).toBe(false);
  });
});
