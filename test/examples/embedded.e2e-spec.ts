// examples/embedded: a blog with its own users and its own data source, and the authorization server below /auth.
import { browser, describeInBrowser } from '../support/browser.js';
import { type RunningExample, startExample } from '../support/example.js';
import { authorize, redeem } from '../support/flow.js';

const ADA = { username: 'ada', password: 'difference engine' };

let example: RunningExample;
beforeAll(async () => {
  example = await startExample('embedded', { ready: /The blog is ready/ });
}, 150_000);

/** By the code flow through the pages of the server. */
async function tokenFor(scope: string): Promise<{ access_token: string }> {
  const server = { url: example.url, issuer: `${example.url}/auth` };
  const request = { client_id: 'editor', redirect_uri: `${example.url}/editor`, scope };
  return redeem(server, { client_id: 'editor' }, await authorize(server, request, { user: ADA }), {
    redirect_uri: request.redirect_uri,
  });
}

const write = (token: string, post: object): Promise<Response> =>
  fetch(`${example.url}/posts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(post),
  });

it('guards the blog with tokens of its own authors', async () => {
  const { access_token } = await tokenFor('posts:read posts:write');
  const written = await write(access_token, { text: 'Only for me', draft: true });
  expect([written.status, await written.json()]).toMatchObject([201, { authorId: 1, author: 'ada', draft: true }]);

  const list = async (headers: Record<string, string>): Promise<string[]> =>
    ((await (await fetch(`${example.url}/posts`, { headers })).json()) as { text: string }[]).map(({ text }) => text);
  expect(await list({ authorization: `Bearer ${access_token}` })).toContain('Only for me');
  expect(await list({})).not.toContain('Only for me');
});

it('wants the scope that the route names', async () => {
  const { access_token } = await tokenFor('posts:read');
  const refused = await write(access_token, { text: 'No' });
  expect(refused.status).toBe(403);
  expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  expect(refused.headers.get('www-authenticate')).toContain('scope="posts:write"');
});

it('keeps its own pages beside those of the server, and has none for what only accounts of the server have', async () => {
  expect(await (await fetch(example.url)).text()).toContain('<h1>The Blog</h1>');
  const signIn = await (await fetch(`${example.url}/auth/sign-in`)).text();
  expect(signIn).toContain('The Blog');
  expect(signIn).not.toContain('sign-up');
  expect((await fetch(`${example.url}/auth/sign-up`)).status).toBe(404);
  expect((await fetch(`${example.url}/sign-in`)).status).toBe(404);
});

describeInBrowser('in a browser', () => {
  it('signs an author in, asks, and publishes', async () => {
    const page = await (await browser()).newPage();
    await page.goto(`${example.url}/editor`);
    await page.click('#sign-in');
    await page.fill('#username', 'ada');
    await page.fill('#password', 'difference engine');
    await page.click('#sign-in-submit');
    await page.click('#consent-allow');
    await page.fill('textarea', 'The Analytical Engine weaves algebraic patterns');
    await page.click('text=Publish');
    await page.waitForSelector('text=Written by ada.');
    await page.goto(example.url);
    await page.waitForSelector('li >> text=The Analytical Engine weaves algebraic patterns');
  });
});

it('stops with status 0', async () => {
  expect(await example.stop()).toBe(0);
});
