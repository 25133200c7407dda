// Pages of a host application in place of ours: where the browser is sent, and a single-page application in a real one.
// @see OIDC Core §3.1.2.3 https://openid.net/specs/openid-connect-core-1_0.html#Authenticates
import { Controller, Get, Res } from '@nestjs/common';
import type { HttpReply } from 'nest-authorization-server';
import type { Page } from 'playwright-core';
import { browser, describeInBrowser } from '../support/browser.js';
import { CALLBACK, CLIENTS, USERS } from '../support/fixtures.js';
import { redeem, signIn, signUp } from '../support/flow.js';
import { CookieJar, type ParameterMap, pkce, visit } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { authorizationPath, open, press } from '../pages/browse.js';

const TRUSTED = { client_id: 'trusted', redirect_uri: CLIENTS.trusted.redirect_uris[0], scope: 'openid' };

/** One page for everything: it asks what is asked, shows a form for it, and sends it. */
const APP = `<!doctype html><html lang="en"><title>House</title><main></main><script type="module">
const query = new URLSearchParams(location.search);
let step;
const json = async (url, init) => (await fetch(url, init)).json();
const send = (name, members) => json('/oauth/interaction/' + name, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-csrf-token': step.csrf_token },
  body: JSON.stringify({ interaction: step.interaction, ...members }),
});
const button = (id, work) => Object.assign(document.createElement('button'), { id, textContent: id, onclick: async () => show(await work()) });
const input = (id, type) => Object.assign(document.createElement('input'), { id, type, autocomplete: 'off' });
function show(answer) {
  if (answer.redirect_to) return location.assign(answer.redirect_to);
  const main = document.querySelector('main');
  if (answer.error) return main.append(Object.assign(document.createElement('p'), { id: 'problem', textContent: answer.error }));
  step = answer;
  const title = Object.assign(document.createElement('h1'), { textContent: step.client.client_name + ': ' + step.kind });
  if (step.kind === 'sign-in') {
    const [username, password] = [input('username', 'text'), input('password', 'password')];
    const go = button('go', () => send('sign-in', { username: username.value, password: password.value }));
    return main.replaceChildren(title, username, password, go, button('leave', () => send('cancel')));
  }
  const who = Object.assign(document.createElement('p'), { id: 'who', textContent: step.user.username });
  const words = Object.assign(document.createElement('p'), { textContent: step.scopes.map((one) => one.description).join() });
  main.replaceChildren(title, who, words, button('allow', () => send('consent', { decision: 'allow' })), button('deny', () => send('consent', { decision: 'deny' })));
}
show(await json('/oauth/interaction?' + new URLSearchParams({ interaction: query.get('interaction') })));
</script></html>`;

@Controller('app')
class AppController {
  @Get()
  page(@Res() reply: HttpReply): void {
    reply.header('content-type', 'text/html; charset=utf-8').send(APP);
  }
}

const startsWith = (interactionPages: object, issuer?: string): Promise<InProcessServer> =>
  startInProcess({ interactionPages, ...(issuer !== undefined && { issuer }) });

/** Where the browser is sent with an authorization request. */
async function sentTo(server: InProcessServer, jar: CookieJar, params: ParameterMap = {}): Promise<URL> {
  const response = await visit(jar, `${server.url}${authorizationPath({ scope: 'read', ...params })}`);
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  return new URL(response.headers.get('location') ?? '', server.url);
}

describe('the option interactionPages', () => {
  let server: InProcessServer;
  beforeAll(async () => {
    server = await startInProcess({ interactionPages: { signIn: '/app?tab=in#/sign-in', consent: '/app' } }, [
      AppController,
    ]);
  }, 60_000);

  it('sends people to the page of the host, with the interaction and what the page itself needs', async () => {
    const at = await sentTo(server, new CookieJar(), { ui_locales: 'de' });
    expect([at.origin, at.pathname, at.hash]).toEqual([server.url, '/app', '#/sign-in']);
    expect(Object.fromEntries(at.searchParams)).toEqual({
      tab: 'in',
      interaction: expect.stringMatching(/^eyJ[\w.-]+$/),
      ui_locales: 'de',
    });
  });

  it('has the sign-in page stand in for that of new accounts', async () => {
    const at = await sentTo(server, new CookieJar(), { prompt: 'create' });
    expect([at.pathname, at.hash]).toEqual(['/app', '#/sign-in']);
  });

  it('sends people to the page of the host for consent', async () => {
    expect((await sentTo(server, (await signUp(server)).jar)).pathname).toBe('/app');
  });

  it('leaves the pages that it does not name to us, whose links lead to those of the host', async () => {
    const { jar } = await signUp(server);
    const page = await open(server, jar, authorizationPath({ prompt: 'select_account' }));
    expect(new URL(page.at).pathname).toBe('/select-account');
    const [, other] = /href="([^"]*switch=1[^"]*)"/.exec(page.html) ?? [];
    expect(other).toMatch(/^\/app\?tab=in&amp;interaction=/);
    const next = await press(server, jar, page, 'select-account', { decision: 'continue' });
    expect(new URL(next.at).pathname).toBe('/app');
  });

  it('sends people there who open a page of ours without having signed in, and says where they go on', async () => {
    const response = await visit(new CookieJar(), `${server.url}/account?ui_locales=de`);
    const at = new URL(response.headers.get('location') ?? '', server.url);
    expect([response.status, at.pathname, at.hash]).toEqual([303, '/app', '#/sign-in']);
    expect(Object.fromEntries(at.searchParams)).toEqual({
      tab: 'in',
      next: '/account?ui_locales=de',
      ui_locales: 'de',
    });
    const { html } = await open(server, new CookieJar(), '/');
    expect(html).toContain('id="sign-in-link" href="/app?tab=in#/sign-in"');
    const device = await open(server, await signIn(server, USERS.alice), '/device');
    expect(device.html).toContain('href="/app?tab=in&amp;next=%2Fdevice&amp;switch=1#/sign-in"');
  });

  it('says to the page of the host that somebody else is to sign in', async () => {
    const jar = await signIn(server, USERS.alice);
    const hint = await idTokenOf(server, USERS.bob);
    const at = await sentTo(server, jar, { ...TRUSTED, id_token_hint: hint });
    expect([at.pathname, at.searchParams.get('switch')]).toEqual(['/app', '1']);
  });

  it('takes pages at the host of an issuer with a path, above that path too', async () => {
    const tenant = await startsWith({ signIn: '/welcome' }, 'http://localhost:4711/tenant');
    const query = authorizationPath({ scope: 'read' });
    const response = await visit(new CookieJar(), `${tenant.url}/tenant${query}`);
    expect(response.headers.get('location')).toMatch(/^\/welcome\?interaction=/);
    const account = await visit(new CookieJar(), `${tenant.url}/tenant/account`);
    expect(account.headers.get('location')).toBe('/welcome?next=%2Ftenant%2Faccount');
  });

  it.each([
    'https://evil.example/sign-in',
    '//evil.example',
    'http://localhost:1//evil.example',
    'javascript:alert(1)',
    'http://',
  ])('stops the start with a page that is not at the origin of the issuer: %s', async (signIn) => {
    await expect(startsWith({ signIn }, 'http://localhost:1')).rejects.toThrow(
      "interactionPages.signIn: must be a path, or a URL at the issuer's origin http://localhost:1",
    );
  });
});

async function idTokenOf(server: InProcessServer, user: { username: string; password: string }): Promise<string> {
  const { verifier, parameters } = pkce();
  const at = await sentTo(server, await signIn(server, user), { ...TRUSTED, ...parameters });
  const tokens = await redeem(server, CLIENTS.trusted, {
    code: at.searchParams.get('code') ?? '',
    verifier,
    redirectUri: TRUSTED.redirect_uri,
  });
  return tokens.id_token ?? '';
}

describeInBrowser('a single-page application in a browser', () => {
  let server: InProcessServer;
  let page: Page;
  beforeAll(async () => {
    server = await startInProcess({ interactionPages: { signIn: '/app', consent: '/app' } }, [AppController]);
    const context = await browser();
    page = await context.newPage();
    await page.route(`${CALLBACK}**`, (route) => route.fulfill({ contentType: 'text/html', body: '<p id="client">' }));
  }, 60_000);
  beforeEach(() => page.context().clearCookies());

  const arrived = (): Promise<unknown> => page.waitForSelector('#client', { state: 'attached' });
  const params = (): URLSearchParams => new URL(page.url()).searchParams;

  it('signs somebody in, asks for consent, and goes back to the client with a code', async () => {
    const { verifier, parameters } = pkce();
    await page.goto(server.url + authorizationPath({ scope: 'read', state: 'mine', ...parameters }));
    await page.fill('#username', 'alice');
    await page.fill('#password', 'a wrong password');
    await page.click('#go');
    expect(await page.textContent('#problem')).toBe('wrong_credentials');
    await page.fill('#password', USERS.alice.password);
    await page.click('#go');
    expect(await page.textContent('#who')).toBe('alice');
    await page.click('#allow');
    await arrived();
    expect(params().get('state')).toBe('mine');
    const authorization = { code: params().get('code') ?? '', verifier, redirectUri: CALLBACK };
    expect((await redeem(server, CLIENTS.web, authorization)).scope).toBe('read');
  });

  it('goes back without one when its user leaves', async () => {
    await page.goto(server.url + authorizationPath({ scope: 'read' }));
    await page.click('#leave');
    await arrived();
    expect(params().get('error')).toBe('access_denied');
  });

  it('posts the answer where the client wants it posted', async () => {
    await page.goto(server.url + authorizationPath({ scope: 'read', response_mode: 'form_post', prompt: 'consent' }));
    await page.fill('#username', 'alice');
    await page.fill('#password', USERS.alice.password);
    await page.click('#go');
    const posted = page.waitForRequest((request) => request.method() === 'POST' && request.url() === CALLBACK);
    await page.click('#allow');
    expect(new URLSearchParams((await posted).postData() ?? '').get('code')).toBeTruthy();
    await arrived();
  });
});
