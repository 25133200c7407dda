// examples/relying-party: a library whose readers sign in with this server, in a browser.
import type { Page } from 'playwright-core';
import { browser, describeInBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { type RunningExample, startExample } from '../support/example.js';

let example: RunningExample;
let issuer: string;
beforeAll(async () => {
  example = await startExample('relying-party', { ready: /The library is ready/ });
  issuer = /sign in at (\S+)\./.exec(example.said())![1];
}, 150_000);

it('shows nobody’s name, and no card, to who has not signed in', async () => {
  expect(await (await fetch(example.url)).text()).toContain('Nobody is signed in.');
  expect((await fetch(`${example.url}/card`)).status).toBe(401);
  expect((await fetch(`${example.url}/signed-out?state=made-up`)).status).toBe(404);
});

describeInBrowser('in a browser', () => {
  /** On the page of the server. */
  async function identify(page: Page): Promise<void> {
    await page.fill('#username', 'ada');
    await page.fill('#password', 'difference engine');
    await page.click('#sign-in-submit');
    await page.waitForURL(/consent|localhost/);
    const allow = page.locator('#consent-allow');
    if (await allow.isVisible()) await allow.click();
  }

  async function signedIn(): Promise<Page> {
    const page = await (await browser()).newPage();
    await page.goto(example.url);
    await page.click('#sign-in');
    await identify(page);
    await page.waitForSelector('text=Hello, Ada Lovelace.');
    return page;
  }

  it('signs a reader in, and calls the API of the server in her name', async () => {
    const page = await signedIn();
    expect(page.url()).toBe(`${example.url}/`);
    await page.click('text=Your reader');
    expect(await page.textContent('#username')).toBe('ada');
  });

  it('sends who wants a page to sign in, and back to it', async () => {
    const page = await (await browser()).newPage();
    await page.goto(`${example.url}/card`);
    await identify(page);
    await page.waitForSelector('#username >> text=ada');
    expect(page.url()).toBe(`${example.url}/card`);
  });

  it('signs in in two tabs at once', async () => {
    const context = await browser();
    const [first, second] = [await context.newPage(), await context.newPage()];
    await first.goto(`${example.url}/sign-in?next=/card`);
    await second.goto(`${example.url}/sign-in`);
    await identify(first);
    await first.waitForSelector('#username >> text=ada');
    await second.reload();
    await second.waitForSelector('text=Hello, Ada Lovelace.');
  });

  it('signs out here and at the server', async () => {
    const page = await signedIn();
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out');
    await page.goto(example.url);
    await page.waitForSelector('text=Nobody is signed in.');
    await page.click('#sign-in');
    await page.waitForSelector('#password');
  });

  it('is told when the reader signs out at the server', async () => {
    const page = await signedIn();
    const elsewhere = await page.context().newPage();
    await elsewhere.goto(`${issuer}/oauth/logout`);
    await elsewhere.click('#logout-confirm');
    await eventually(async () => {
      await page.goto(example.url);
      return (await page.textContent('body'))?.includes('Nobody is signed in.');
    });
  });
});

it('stops with status 0', async () => {
  expect(await example.stop()).toBe(0);
});
