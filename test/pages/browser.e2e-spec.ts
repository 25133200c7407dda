// The pages in a real browser, as people see and use them.
// @see OAuth 2.0 Form Post Response Mode §2, WCAG 2.2 https://www.w3.org/TR/WCAG22/
import { randomBytes } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { browser, describeInBrowser } from '../support/browser.js';
import { CLIENTS, SCOPES, USERS } from '../support/fixtures.js';
import { baseOf, redeem, type Server } from '../support/flow.js';
import { form, type ParameterMap, pkce } from '../support/http.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';

const PASSWORD = 'a password of nobody else';
const newName = (): string => `user-${randomBytes(6).toString('hex')}`;

/** A client's redirect URI, and what came there. */
interface Callback {
  url: string;
  requests: { method: string; params: Record<string, string> }[];
}

async function listen(): Promise<Callback & { http: HttpServer }> {
  const requests: Callback['requests'] = [];
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url!, 'http://client');
      if (url.pathname === '/callback') {
        const sent = request.method === 'POST' ? Buffer.concat(chunks).toString() : url.search;
        requests.push({ method: request.method!, params: Object.fromEntries(new URLSearchParams(sent)) });
      }
      response.setHeader('content-type', 'text/html').end('<!doctype html><h1 id="client">The client</h1>');
    });
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  return { http, requests, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/callback` };
}

describeInBrowser('in a browser', () => {
  const shared = sharedServer();
  let tenant: RunningServer;
  let callback: Awaited<ReturnType<typeof listen>>;
  let scripted: BrowserContext;
  let plain: BrowserContext;
  let client: { client_id: string; client_secret: string };

  beforeAll(async () => {
    callback = await listen();
    client = { client_id: 'web', client_secret: CLIENTS.web.client_secret };
    const clients = [{ ...CLIENTS.web, redirect_uris: [callback.url] }];
    const bootstrap = { users: [USERS.alice], clients, scopes: SCOPES };
    [tenant, scripted, plain] = await Promise.all([
      startServer({ env: { ISSUER: 'http://localhost:$PORT/tenant' }, bootstrap }),
      browser({ reducedMotion: 'reduce' }),
      browser({ javaScriptEnabled: false }),
    ]);
  }, 60_000);
  afterAll(async () => {
    await tenant?.stop();
    callback?.http.close();
  });
  beforeEach(async () => {
    callback.requests.length = 0;
    await scripted.clearCookies();
    await plain.clearCookies();
  });

  /** Sends the browser to the server as the client does. */
  async function start(page: Page, params: ParameterMap = {}): Promise<{ state: string; verifier: string }> {
    const [state, proof] = [randomBytes(8).toString('hex'), pkce()];
    const all = {
      client_id: client.client_id,
      redirect_uri: callback.url,
      response_type: 'code',
      scope: 'read',
      state,
    };
    const query = form({ ...all, ...proof.parameters, ...params }).toString();
    await page.goto(`${baseOf(tenant)}/oauth/authorize?${query}`);
    return { state, verifier: proof.verifier };
  }

  async function signUpAt(server: Server, page: Page): Promise<string> {
    const username = newName();
    await page.goto(`${baseOf(server)}/sign-up`);
    await page.fill('#username', username);
    await page.fill('#password', PASSWORD);
    await page.click('#sign-up-submit');
    await page.waitForSelector('#account-link');
    return username;
  }

  async function signInAs(page: Page, username: string, password: string): Promise<void> {
    await page.fill('#username', username);
    await page.fill('#password', password);
    await page.click('#sign-in-submit');
  }

  /** The answer that came to the client. */
  async function answer(page: Page): Promise<Callback['requests'][number]> {
    await page.waitForSelector('#client');
    expect(callback.requests).toHaveLength(1);
    return callback.requests[0];
  }

  it('signs people up on their way to the client, below the path of the issuer', async () => {
    const page = await scripted.newPage();
    const { state, verifier } = await start(page);
    expect(new URL(page.url()).pathname).toBe('/tenant/sign-in');
    await page.click('#sign-up-link');
    expect(new URL(page.url()).pathname).toBe('/tenant/sign-up');
    const username = newName();
    await page.fill('#username', username);
    await page.fill('#password', PASSWORD);
    await page.click('#sign-up-submit');
    await page.waitForSelector('#consent-allow');
    const text = await page.locator('main').innerText();
    for (const words of ['Web App', username, 'Read your things', new URL(callback.url).host])
      expect(text).toContain(words);
    await page.click('#consent-allow');
    const { params } = await answer(page);
    expect(params).toEqual({ code: expect.any(String), state, iss: tenant.issuer });
    const tokens = await redeem(tenant, client, { code: params.code, verifier, redirectUri: callback.url });
    expect(tokens.scope).toBe('read');

    // Once allowed, the way back asks nothing.
    callback.requests.length = 0;
    await start(page);
    expect((await answer(page)).params.code).toBeDefined();
    for (const cookie of await scripted.cookies(tenant.issuer)) {
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    }
    await page.close();
  });

  it.each(['scripted', 'plain'] as const)('signs in, asks, and takes a refusal (%s)', async (kind) => {
    const page = await (kind === 'plain' ? plain : scripted).newPage();
    const { state } = await start(page, { scope: 'write' });
    await signInAs(page, USERS.alice.email, USERS.alice.password);
    await page.click('#consent-deny');
    const { method, params } = await answer(page);
    expect([method, params]).toEqual([
      'GET',
      { error: 'access_denied', error_description: expect.any(String), state, iss: tenant.issuer },
    ]);
    await page.close();
  });

  it('takes a change of mind at the sign-in', async () => {
    const page = await scripted.newPage();
    const { state } = await start(page);
    await page.click('#sign-in-cancel');
    expect((await answer(page)).params).toMatchObject({ error: 'access_denied', state });
    await page.close();
  });

  it('goes back to the page that wanted a sign-in, below the path of the issuer', async () => {
    const page = await scripted.newPage();
    await page.goto(`${tenant.issuer}/account`);
    await signInAs(page, USERS.alice.username, USERS.alice.password);
    await page.waitForSelector('#change-password');
    expect(page.url()).toBe(`${tenant.issuer}/account`);
    await page.goto(`${tenant.issuer}/oauth/logout`);
    await page.click('#logout-decline');
    await page.waitForSelector('#account-link');
    await page.goto(`${tenant.issuer}/oauth/logout`);
    await page.click('#logout-confirm');
    await page.waitForSelector('#signed-out');
    await page.goto(`${tenant.issuer}/account`);
    await page.waitForSelector('#sign-in');
    await page.close();
  });

  it('asks for the password again with prompt=login', async () => {
    const page = await scripted.newPage();
    const username = await signUpAt(tenant, page);
    await start(page);
    await page.click('#consent-allow');
    await answer(page);
    callback.requests.length = 0;
    await start(page, { prompt: 'login' });
    expect(await page.inputValue('#username')).toBe(username);
    await signInAs(page, username, 'a wrong password');
    await page.waitForSelector('#error-summary');
    expect(callback.requests).toEqual([]);
    await signInAs(page, username, PASSWORD);
    expect((await answer(page)).params.code).toBeDefined();
    await page.close();
  });

  it('lets somebody else sign in instead', async () => {
    const page = await scripted.newPage();
    await signUpAt(tenant, page);
    await start(page);
    await page.click('#not-you');
    expect(await page.inputValue('#username')).toBe('');
    await signInAs(page, USERS.alice.username, USERS.alice.password);
    await page.waitForSelector('#consent-allow');
    expect(await page.locator('main').innerText()).toContain('alice');
    await page.close();
  });

  it.each(['scripted', 'plain'] as const)('posts the answer of form_post (%s)', async (kind) => {
    const page = await (kind === 'plain' ? plain : scripted).newPage();
    const { state, verifier } = await start(page, { response_mode: 'form_post', scope: 'profile', prompt: 'consent' });
    await signInAs(page, USERS.alice.username, USERS.alice.password);
    await page.click('#consent-allow');
    if (kind === 'plain') {
      await page.waitForSelector('#form-post button');
      expect(callback.requests).toEqual([]);
      await page.click('#form-post button');
    }
    const { method, params } = await answer(page);
    expect([method, params]).toEqual(['POST', { code: expect.any(String), state, iss: tenant.issuer }]);
    await redeem(tenant, client, { code: params.code, verifier, redirectUri: callback.url });
    await page.close();
  });

  it.each(['scripted', 'plain'] as const)('makes a client and shows its secret once (%s)', async (kind) => {
    const page = await (kind === 'plain' ? plain : scripted).newPage();
    await signUpAt(tenant, page);
    await page.click('#create-client');
    await page.fill('#client_name', 'My own client');
    await page.fill('#redirect_uris', callback.url);
    await page.fill('#scope', 'read');
    await page.click('#new-client-submit');
    await page.waitForSelector('#client-secret');
    const secret = (await page.locator('#client-secret').innerText()).trim();
    const id = (await page.locator('#client-id').innerText()).trim();
    expect(secret).toMatch(/^[\w-]{43,}$/);
    await page.click('#client-link');
    await page.waitForSelector('#rotate-secret');
    expect(await page.content()).not.toContain(secret);

    const { verifier } = await start(page, { client_id: id });
    await page.click('#consent-allow');
    const { params } = await answer(page);
    const own = { client_id: id, client_secret: secret };
    await redeem(tenant, own, { code: params.code, verifier, redirectUri: callback.url });

    await page.goto(`${tenant.issuer}/clients/${id}`);
    await page.click('#rotate-secret-submit');
    await page.waitForSelector('#client-secret');
    expect((await page.locator('#client-secret').innerText()).trim()).not.toBe(secret);
    await page.close();
  });

  it('disconnects an application and signs out from the account', async () => {
    const page = await scripted.newPage();
    await signUpAt(tenant, page);
    await start(page);
    await page.click('#consent-allow');
    await answer(page);
    await page.goto(`${tenant.issuer}/account`);
    expect(await page.locator('#applications').innerText()).toContain('Web App');
    await page.click('#applications button');
    await page.waitForSelector('[role=status]');
    expect(await page.locator('#applications').innerText()).not.toContain('Web App');
    await start(page);
    await page.waitForSelector('#consent-allow');
    await page.goto(`${tenant.issuer}/account`);
    await page.click('#sessions button');
    await page.waitForSelector('#sign-in-link');
    await page.close();
  });

  describe('every page', () => {
    /** What is wrong with the page for some reader. */
    const faultsOf = (page: Page): Promise<Record<string, unknown>> =>
      page.evaluate(() => {
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
        const rgba = (colour: string): number[] => {
          canvas.clearRect(0, 0, 1, 1);
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data];
        };
        const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
          const linear = (c: number): number =>
            c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
          return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        };
        const backgroundOf = (element: Element | null): number[] => {
          for (let one = element; one; one = one.parentElement) {
            const colour = rgba(getComputedStyle(one).backgroundColor);
            if (colour[3] === 255) return colour;
          }
          return [255, 255, 255, 255];
        };
        const contrast = (element: Element): number => {
          const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(backgroundOf(element))];
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        };
        const name = (element: Element): string => `${element.tagName}#${element.id}.${element.className}`;
        const inputs = [
          ...document.querySelectorAll<HTMLInputElement>('input:not([type=hidden]):not([hidden]), select, textarea'),
        ];
        const shown = [...document.querySelectorAll('h1, h2, h3, p, label, button, a, dt, dd, legend')].filter(
          (element) => element.getClientRects().length > 0 && (element.textContent ?? '').trim() !== '',
        );
        const root = document.documentElement;
        const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
        return {
          overflow: Math.max(0, root.scrollWidth - root.clientWidth),
          unlabelled: inputs.filter((input) => !input.labels?.length && !input.ariaLabel).map(name),
          emptyLabels: inputs
            .filter((input) => [...(input.labels ?? [])].some((one) => !one.textContent?.trim()))
            .map(name),
          nameless: [...document.querySelectorAll('button, a[href]')]
            .filter((one) => !one.textContent?.trim() && !one.ariaLabel)
            .map(name),
          faint: shown
            .filter((element) => contrast(element) < 4.5)
            .map((one) => `${name(one)} ${contrast(one).toFixed(2)}`),
          language: root.lang,
          titled: document.title.trim().length > 3,
          headings: document.querySelectorAll('h1').length,
          repeatedIds: ids.filter((id, index) => ids.indexOf(id) !== index),
          dark: luminance(backgroundOf(document.body)) < 0.2,
        };
      });
    const FINE = {
      overflow: 0, unlabelled: [], emptyLabels: [], nameless: [], faint: [], language: 'en', titled: true, headings: 1, repeatedIds: [],
    }; // prettier-ignore

    async function expectFine(page: Page, name: string): Promise<void> {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect({ name, colorScheme, ...(await faultsOf(page)) }).toEqual({
          name,
          colorScheme,
          ...FINE,
          dark: colorScheme === 'dark',
        });
      }
    }

    it('fits 320 px, is light and dark, and has words for every field: for strangers', async () => {
      const page = await scripted.newPage();
      await page.setViewportSize({ width: 320, height: 640 });
      for (const path of [
        '/',
        '/sign-in',
        '/sign-up',
        '/oauth/logout',
        '/nothing/here',
        '/oauth/authorize?client_id=nobody',
        '/api/docs',
      ]) {
        await page.goto(shared.url + path);
        await expectFine(page, path);
      }
      await start(page);
      await expectFine(page, 'sign-in for a client');
      for (const [path, form] of [
        ['/sign-in', 'sign-in'],
        ['/sign-up', 'sign-up'],
      ] as const) {
        await page.goto(shared.url + path);
        await page.click(`#${form}-submit`);
        await page.waitForSelector('#error-summary');
        await expectFine(page, `${form} with errors`);
      }
      await page.close();
    }, 60_000);

    it('fits 320 px, is light and dark, and has words for every field: for users', async () => {
      const page = await scripted.newPage();
      await page.setViewportSize({ width: 320, height: 640 });
      await signUpAt(tenant, page);
      await start(page, { scope: 'openid profile email offline_access read write' });
      await page.waitForSelector('#consent-allow');
      await expectFine(page, 'consent');
      await page.click('#consent-allow');
      await page.waitForSelector('#client');
      await page.goto(`${tenant.issuer}/clients/new`);
      await expectFine(page, 'new client');
      await page.click('#new-client-submit');
      await page.waitForSelector('#error-summary');
      await expectFine(page, 'new client with errors');
      await page.fill('#client_name', 'A client with a name without end '.repeat(3) + 'x'.repeat(60));
      await page.fill('#redirect_uris', `https://client.example/${'x'.repeat(200)}`);
      await page.click('#new-client-submit');
      await page.waitForSelector('#client-secret');
      await expectFine(page, 'client created');
      await page.click('#client-link');
      await page.waitForSelector('#edit-client');
      await expectFine(page, 'client');
      await page.click('#delete-client');
      await page.waitForSelector('#delete-client-confirm');
      await expectFine(page, 'client deletion');
      for (const path of ['/', '/account', '/oauth/logout']) {
        await page.goto(tenant.issuer + path);
        await expectFine(page, path);
      }
      await page.close();
    }, 60_000);

    it('is titled by what it is', async () => {
      const page = await scripted.newPage();
      const titles: string[] = [];
      for (const path of ['/', '/sign-in', '/sign-up', '/nothing/here']) {
        await page.goto(shared.url + path);
        titles.push(await page.title());
      }
      expect(new Set(titles).size).toBe(4);
      await page.goto(`${shared.url}/sign-in`);
      await page.click('#sign-in-submit');
      await page.waitForSelector('#error-summary');
      expect(titles).not.toContain(await page.title());
      await page.close();
    });
  });

  it('leads to what was wrong: the summary has the focus, its links the fields', async () => {
    for (const context of [scripted, plain]) {
      const page = await context.newPage();
      await page.goto(`${shared.url}/sign-up`);
      await page.fill('#username', newName());
      await page.fill('#password', 'short');
      await page.click('#sign-up-submit');
      await page.waitForSelector('#error-summary');
      await page.waitForSelector('#error-summary:focus');
      expect(await page.getAttribute('#password', 'aria-invalid')).toBe('true');
      expect(await page.getAttribute('#password', 'aria-describedby')).toContain('password-error');
      expect(await page.getAttribute('#username', 'aria-invalid')).toBe('false');
      expect(await page.inputValue('#password')).toBe('');
      await page.click('#error-summary a');
      await page.waitForSelector('#password:focus');
      await page.close();
    }
  });

  it('helps password managers', async () => {
    const page = await scripted.newPage();
    await page.goto(`${shared.url}/sign-in`);
    expect(await page.getAttribute('#username', 'autocomplete')).toBe('username');
    expect(await page.getAttribute('#password', 'autocomplete')).toBe('current-password');
    await page.goto(`${shared.url}/sign-up`);
    expect(await page.getAttribute('#password', 'autocomplete')).toBe('new-password');
    await page.close();
  });

  it('gives the browser nothing to complain about', async () => {
    const page = await scripted.newPage();
    const faults: string[] = [];
    page.on(
      'console',
      (message) => void (['error', 'warning'].includes(message.type()) && faults.push(message.text())),
    );
    page.on('pageerror', (error) => void faults.push(error.message));
    await signUpAt(tenant, page);
    await start(page);
    await page.click('#consent-allow');
    await answer(page);
    for (const path of ['/', '/account', '/clients/new']) await page.goto(tenant.issuer + path);
    expect(faults).toEqual([]);
    await page.close();
  });
});
