// Signing in with each `prompt`, in a real browser.
// @see OIDC Core §3.1.2.1 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { browser, describeInBrowser } from '../support/browser.js';
import { onClose } from '../support/cleanup.js';
import { createClient, type CreatedClient } from '../support/clients.js';
import { redeem } from '../support/flow.js';
import { form, pkce } from '../support/http.js';
import { verifyIdToken } from '../support/openid.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const PASSWORD = 'a password of the browser';

describeInBrowser('prompt in a browser', () => {
  let context: BrowserContext;
  let page: Page;
  let client: CreatedClient;
  let username: string;
  let verifier: string;
  let callback: string;

  beforeAll(async () => {
    const relyingParty = createServer((_request, reply) => {
      reply.setHeader('content-type', 'text/html').end('<!doctype html><title>RP</title><h1 id="rp">Back</h1>');
    });
    await new Promise<void>((done) => relyingParty.listen(0, '127.0.0.1', done));
    onClose(() => new Promise<void>((done) => void relyingParty.close(() => done())));
    callback = `http://127.0.0.1:${(relyingParty.address() as AddressInfo).port}/callback`;
    client = await createClient(server, {
      client_name: 'Relying Party',
      redirect_uris: [callback],
      skip_consent: false,
    });
    context = await browser({ reducedMotion: 'reduce' });
    page = await context.newPage();
  }, 60_000);

  /** Everybody begins as somebody who has signed up and consented. */
  beforeEach(async () => {
    await context.clearCookies();
    username = `person-${randomBytes(5).toString('hex')}`;
    await start({ prompt: 'create' });
    await page.fill('[name=username]', username);
    await page.fill('[name=password]', PASSWORD);
    await page.click('#sign-up-submit');
    await page.click('#consent-allow');
    await back();
  });

  async function start(params: Record<string, string> = {}): Promise<void> {
    const proof = pkce();
    verifier = proof.verifier;
    const query = form({
      client_id: client.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid',
      ...proof.parameters,
      ...params,
    });
    await page.goto(`${server.url}/oauth/authorize?${query.toString()}`);
  }

  async function back(): Promise<Record<string, string>> {
    await page.waitForSelector('#rp');
    return Object.fromEntries(new URL(page.url()).searchParams);
  }

  async function subject(): Promise<{ sub: string; auth_time: number }> {
    const { code } = await back();
    const { id_token } = await redeem(server, client, { code, verifier, redirectUri: callback });
    const { claims } = await verifyIdToken(server, client.client_id, id_token);
    return claims as { sub: string; auth_time: number };
  }

  it('none: goes back at once', async () => {
    await start({ prompt: 'none' });
    expect(await subject()).toMatchObject({ sub: expect.any(String) });
  });

  it('none, when nobody is signed in: goes back with login_required', async () => {
    await context.clearCookies();
    await start({ prompt: 'none' });
    expect(await back()).toMatchObject({ error: 'login_required' });
  });

  it('login: asks for the password of the user, whose name is there', async () => {
    await start({ prompt: 'login' });
    expect(await page.inputValue('[name=username]')).toBe(username);
    await page.fill('[name=password]', PASSWORD);
    await page.click('#sign-in-submit');
    expect(await subject()).toMatchObject({ auth_time: expect.any(Number) });
  });

  it('consent: asks again, and refusing is as easy', async () => {
    await start({ prompt: 'consent' });
    expect(await page.textContent('h1')).toContain('Relying Party');
    await page.click('#consent-deny');
    expect(await back()).toMatchObject({ error: 'access_denied' });
  });

  it('select_account: goes on with the account at hand, by keyboard alone', async () => {
    await start({ prompt: 'select_account' });
    expect(await page.textContent('#account-continue')).toContain(username);
    await page.focus('#account-continue');
    await page.keyboard.press('Enter');
    await subject();
  });

  it('select_account: another account can sign in', async () => {
    await start({ prompt: 'none' });
    const { sub } = await subject();
    await start({ prompt: 'select_account' });
    await page.click('#account-other');
    await page.fill('[name=username]', 'alice');
    await page.fill('[name=password]', 'alice-password-1');
    await page.click('#sign-in-submit');
    const stop = await Promise.race([
      page.waitForSelector('#consent-allow').then((button) => button.click()),
      page.waitForSelector('#rp'),
    ]);
    expect(stop).not.toBeNull();
    expect((await subject()).sub).not.toBe(sub);
  });

  it('create: makes another account although somebody is signed in', async () => {
    await start({ prompt: 'create' });
    expect(new URL(page.url()).pathname).toBe('/sign-up');
  });
});
