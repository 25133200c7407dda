// After signing in people come back to where they were, and never to another host.
// @see RFC 9700 §4.11 https://www.rfc-editor.org/rfc/rfc9700#section-4.11
import { randomBytes } from 'node:crypto';
import { signUp, submit } from '../support/flow.js';
import { CookieJar, visit } from '../support/http.js';
import { sharedServer } from '../support/server.js';
import { ask, formOf, open } from './browse.js';

const server = sharedServer();

const EVIL = [
  '//evil.example', '///evil.example', '////evil.example/..', '/\\evil.example', '\\\\evil.example', '\\/evil.example',
  '/\t/evil.example', '/\n/evil.example', '/\r\n/evil.example', '\t//evil.example', ' //evil.example', '/ /evil.example',
  '/%2f/evil.example', '/%2F%2Fevil.example', '%2f%2fevil.example', '/%5cevil.example', '/%09/evil.example',
  'https://evil.example', 'https:evil.example', 'https:/evil.example', 'HTTPS://evil.example', 'http:\\\\evil.example',
  'javascript:alert(1)', 'data:text/html,x', 'evil.example', '@evil.example', ':80@evil.example', '.evil.example',
  '/\0/evil.example', '/\u2028//evil.example', '/．evil.example', '／／evil.example', '', '?', '#',
]; // prettier-ignore

/** Where a browser goes from a page with this Location. */
function follow(response: Response): URL {
  expect(response.status).toBe(303);
  expect(response.headers.get('refresh')).toBeNull();
  return new URL(response.headers.get('location')!, response.url);
}

async function user(): Promise<{ username: string; password: string }> {
  const { username, password } = await signUp(server);
  return { username, password };
}

it('goes where it was asked to, when that is here', async () => {
  const { username, password } = await user();
  for (const next of ['/account', '/clients/new', '/account?notice=x', '/clients/a%20b?c=%2F%2Fd']) {
    const jar = new CookieJar();
    const page = await open(server, jar, `/sign-in?next=${encodeURIComponent(next)}`);
    const response = await submit(server, jar, formOf(page, 'sign-in'), { username, password });
    expect(follow(response).href).toBe(server.url + next);
    expect(follow(await visit(jar, `${server.url}/sign-in?next=${encodeURIComponent(next)}`)).href).toBe(
      server.url + next,
    );
  }
});

it('goes to the page that wanted somebody to be signed in', async () => {
  const credentials = await user();
  for (const path of ['/account', '/clients/new', '/clients/abc']) {
    const jar = new CookieJar();
    const page = await open(server, jar, path);
    expect(follow(await submit(server, jar, formOf(page, 'sign-in'), credentials)).href).toBe(server.url + path);
  }
});

it('goes to no other host, whatever next says', async () => {
  const credentials = await user();
  const { jar: signedIn } = await signUp(server);
  const jar = new CookieJar();
  const page = await open(server, jar, '/sign-in');
  for (const next of EVIL) {
    for (const encoded of [encodeURIComponent(next), encodeURIComponent(encodeURIComponent(next))]) {
      const direct = await visit(signedIn, `${server.url}/sign-in?next=${encoded}`);
      if (direct.status !== 400) expect([next, follow(direct).origin]).toEqual([next, server.url]);
    }
    const browser = jar.copy();
    const response = await submit(server, browser, formOf(page, 'sign-in'), { ...credentials, next });
    if (response.status !== 400) expect([next, follow(response).origin]).toEqual([next, server.url]);
  }
  const twice = await visit(signedIn, `${server.url}/sign-in?next=/account&next=//evil.example`);
  if (twice.status !== 400) expect(follow(twice).origin).toBe(server.url);
}, 60_000);

it('goes to no other host after a sign-up', async () => {
  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/\t/evil.example']) {
    const jar = new CookieJar();
    const page = await open(server, jar, `/sign-up?next=${encodeURIComponent(next)}`);
    const username = `user-${randomBytes(6).toString('hex')}`;
    const response = await submit(server, jar, formOf(page, 'sign-up'), { username, password: 'long-enough-1' });
    expect(follow(response).origin).toBe(server.url);
  }
});

it('goes to no other host after a sign-out, or from any other page', async () => {
  const elsewhere = 'https://evil.example/';
  const query = new URLSearchParams(
    ['next', 'redirect_uri', 'return_to', 'url', 'continue'].map((name) => [name, elsewhere]),
  ).toString();
  const { jar } = await signUp(server);
  const page = await open(server, jar, `/oauth/logout?${query}`);
  const response = await submit(server, jar, formOf(page, 'sign-out'), { decision: 'decline', next: elsewhere });
  expect(follow(response).origin).toBe(server.url);
  for (const path of ['/', '/account', '/clients/new', '/oauth/logout']) {
    const { status, location, html } = await open(server, jar, `${path}?${query}`);
    expect({ path, status, location, linked: html.includes('evil.example') }).toEqual({
      path,
      status: 200,
      linked: false,
    });
  }
});

it('goes to the client alone that asked, when the sign-in is cancelled', async () => {
  const jar = new CookieJar();
  const page = await ask(server, jar, { state: 'mine' });
  const response = await submit(server, jar, formOf(page, 'sign-in-cancel-form'), { next: 'https://evil.example/' });
  const target = follow(response);
  expect(target.origin + target.pathname).toBe('https://client.example/callback');
  expect(Object.fromEntries(target.searchParams)).toMatchObject({
    error: 'access_denied',
    state: 'mine',
    iss: server.issuer,
  });
});
