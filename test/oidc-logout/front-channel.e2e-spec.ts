// Clients are told in the browser that its session has ended.
// @see OpenID Connect Front-Channel Logout 1.0 https://openid.net/specs/openid-connect-frontchannel-1_0.html
import type { BrowserContext, Page } from 'playwright-core';
import { isSignedIn, open, press, type Stop } from '../pages/browse.js';
import { browser, describeInBrowser } from '../support/browser.js';
import { administer, type CreatedClient } from '../support/clients.js';
import { baseOf } from '../support/flow.js';
import { hasId } from '../support/html.js';
import { type CookieJar, form, pkce } from '../support/http.js';
import { openidConfiguration } from '../support/openid.js';
import { sharedServer } from '../support/server.js';
import { AFTERWARDS, createRelyingParty, logoutPath, newUser, signInTo } from './relying-party.js';
import { startWebApplication, type WebApplication } from './web-application.js';

const server = sharedServer();

interface Told {
  metadata?: Record<string, unknown>;
  /** Where the client is told. */
  uri?: string;
}

/** A client that is told in the browser. */
function toldAt(host: string, { uri = `https://${host}/out`, metadata = {} }: Told = {}): Promise<CreatedClient> {
  const redirect_uris = [`https://${host}/callback`];
  return createRelyingParty(server, { redirect_uris, frontchannel_logout_uri: uri, ...metadata });
}

interface Frame {
  src: URL;
  tag: string;
}

function framesOf({ html }: Stop): Frame[] {
  return [...html.matchAll(/<iframe\b[^>]*>/g)].map(([tag]) => ({
    tag,
    src: new URL(/src="([^"]*)"/.exec(tag)![1].replaceAll('&amp;', '&')),
  }));
}

function framePolicy({ headers }: Stop): string | undefined {
  const directives = headers.get('content-security-policy')!.split('; ');
  return directives.find((directive) => directive.startsWith('frame-src'));
}

const logOut = (jar: CookieJar, params: Record<string, string>): Promise<Stop> => open(server, jar, logoutPath(params));

it('is advertised, with sessions (§3)', async () => {
  expect(await openidConfiguration(server)).toMatchObject({
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
  });
});

describe('the page after the sign-out', () => {
  it('frames every client of the session, with iss and sid (§2, §3)', async () => {
    const [first, second, third] = [
      await toldAt('one.example', { uri: 'https://one.example/out?app=1' }),
      await toldAt('two.example', { metadata: { frontchannel_logout_session_required: true } }),
      await toldAt('three.example'),
    ];
    const { jar, idToken, sid } = await signInTo(server, first);
    await signInTo(server, second, jar);
    await signInTo(server, second, jar);
    await signInTo(server, third);
    const page = await logOut(jar, { id_token_hint: idToken });
    expect(hasId(page.html, 'signed-out')).toBe(true);
    const frames = framesOf(page);
    expect(frames.map(({ src }) => src.origin + src.pathname).sort()).toEqual([
      'https://one.example/out',
      'https://two.example/out',
    ]);
    for (const { src } of frames)
      expect(Object.fromEntries(src.searchParams)).toMatchObject({ iss: server.issuer, sid });
    expect(frames.some(({ src }) => src.searchParams.get('app') === '1')).toBe(true);
  });

  it('may frame exactly their origins, and no other page may frame anything', async () => {
    const client = await toldAt('policy.example', { uri: 'https://policy.example/out?a=b' });
    const { jar, idToken } = await signInTo(server, client);
    const question = await logOut(jar, { client_id: client.client_id });
    expect([framePolicy(question), framesOf(question)]).toEqual([undefined, []]);
    expect(framePolicy(await logOut(jar, { id_token_hint: idToken }))).toBe('frame-src https://policy.example');
    const after = await logOut(jar, {});
    expect([framePolicy(after), framesOf(after)]).toEqual([undefined, []]);
  });

  it('gives the frames no way to steer the page, and no referrer', async () => {
    const client = await toldAt('sandboxed.example');
    const { jar, idToken } = await signInTo(server, client);
    const [{ tag }] = framesOf(await logOut(jar, { id_token_hint: idToken }));
    expect(tag).toContain('sandbox="allow-scripts allow-same-origin"');
    expect(tag).toContain('referrerpolicy="no-referrer"');
  });

  it('goes on to the post_logout_redirect_uri with the state when they are loaded, also without a script', async () => {
    const client = await toldAt('returning.example');
    const { jar, idToken } = await signInTo(server, client);
    const params = { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS, state: 'a;b"c' };
    const page = await logOut(jar, params);
    expect(page.status).toBe(200);
    const [pause, target] = page.headers.get('refresh')!.split(';url=');
    expect(pause).toMatch(/^\d$/);
    expect(target).toBe(`${AFTERWARDS}&state=a%3Bb%22c`);
    expect(page.html).toContain(`href="${target.replaceAll('&', '&amp;')}"`);
    expect(await isSignedIn(server, jar)).toBe(false);
  });

  it('stays where it is when there is nowhere to go on to', async () => {
    const client = await toldAt('staying.example');
    const { jar, idToken } = await signInTo(server, client);
    const page = await logOut(jar, { id_token_hint: idToken });
    expect(page.headers.get('refresh')).toBeNull();
    expect(page.html).not.toContain('signed-out.js');
  });

  it('is passed over when no client of the session wants to be told', async () => {
    const client = await createRelyingParty(server);
    const { jar, idToken } = await signInTo(server, client);
    const stop = await logOut(jar, { id_token_hint: idToken, post_logout_redirect_uri: AFTERWARDS });
    expect(stop.location?.href).toBe(AFTERWARDS);
  });

  it('frames no client that was disabled', async () => {
    const [client, disabled] = [await createRelyingParty(server), await toldAt('disabled.example')];
    const { jar, idToken } = await signInTo(server, client);
    await signInTo(server, disabled, jar);
    await administer(server, 'POST', `/api/clients/${disabled.client_id}/disable`);
    expect(framesOf(await logOut(jar, { id_token_hint: idToken }))).toEqual([]);
  });

  it('frames them after the sign-out by the button and from the account page as well', async () => {
    const client = await toldAt('own.example');
    for (const path of ['/oauth/logout', '/account']) {
      const { jar, sid } = await signInTo(server, client);
      const page = await press(server, jar, await open(server, jar, path), 'sign-out', { decision: 'confirm' });
      expect(framesOf(page).map(({ src }) => src.searchParams.get('sid'))).toEqual([sid]);
      expect(hasId(page.html, 'signed-out')).toBe(true);
    }
  });
});

describe('a frontchannel_logout_uri', () => {
  it.each([
    ['with the origin of no redirect URI (§2)', 'https://elsewhere.example/out'],
    ['of another port', 'https://registered.example:444/out'],
    ['of another scheme', 'http://registered.example/out'],
    ['that is a script', 'javascript:alert(1)'],
    ['with a fragment', 'https://registered.example/out#x'],
  ])('%s cannot be registered', async (_, uri) => {
    await expect(toldAt('registered.example', { uri })).rejects.toThrow('frontchannel_logout_uri');
  });
});

describeInBrowser('in a browser', () => {
  let scripted: BrowserContext;
  let plain: BrowserContext;
  let one: WebApplication;
  let two: WebApplication;
  beforeAll(async () => {
    [one, two, scripted, plain] = await Promise.all([
      startWebApplication(),
      startWebApplication(),
      browser({ reducedMotion: 'reduce' }),
      browser({ javaScriptEnabled: false }),
    ]);
  }, 60_000);

  function register(application: WebApplication, path = '/out'): Promise<CreatedClient> {
    return createRelyingParty(server, {
      redirect_uris: [application.url('/callback')],
      post_logout_redirect_uris: [application.url('/bye')],
      frontchannel_logout_uri: application.url(path),
    });
  }

  async function signIn(page: Page, client: CreatedClient): Promise<void> {
    const [redirect_uri] = client.redirect_uris;
    const request = { client_id: client.client_id, redirect_uri, response_type: 'code', scope: 'openid' };
    await page.goto(`${baseOf(server)}/oauth/authorize?${form({ ...request, ...pkce().parameters }).toString()}`);
    if (await page.locator('#sign-in-submit').count()) {
      const { username, password } = await newUser(server);
      await page.fill('#username', username);
      await page.fill('#password', password);
      await page.click('#sign-in-submit');
    }
    await page.waitForURL(`${redirect_uri}?**`);
  }

  it.each(['scripted', 'plain'] as const)(
    'tells two relying parties on other origins, then goes back (%s)',
    async (kind) => {
      const context = kind === 'plain' ? plain : scripted;
      const [first, second] = [await register(one, `/out-${kind}`), await register(two, `/out-${kind}`)];
      const page = await context.newPage();
      await signIn(page, first);
      await signIn(page, second);
      const params = form({ client_id: first.client_id, post_logout_redirect_uri: one.url('/bye'), state: kind });
      await page.goto(`${baseOf(server)}/oauth/logout?${params.toString()}`);
      await page.click('#logout-confirm');
      await page.waitForURL(one.url(`/bye?state=${kind}`));
      const told = [one, two].map((application) => application.requests(`/out-${kind}`));
      expect(told).toEqual([
        [{ iss: server.issuer, sid: expect.stringMatching(/^[\w-]{36}$/) }],
        [{ iss: server.issuer, sid: told[0][0].sid }],
      ]);
      await page.goto(`${baseOf(server)}/account`);
      expect(new URL(page.url()).pathname).toBe('/sign-in');
      await page.close();
    },
  );

  it('goes back although one of them never answers', async () => {
    const [first, dead] = [await register(one), await register(two, '/never')];
    const page = await scripted.newPage();
    await signIn(page, first);
    await signIn(page, dead);
    const params = form({ client_id: first.client_id, post_logout_redirect_uri: one.url('/bye'), state: 'dead' });
    await page.goto(`${baseOf(server)}/oauth/logout?${params.toString()}`);
    await page.click('#logout-confirm', { noWaitAfter: true });
    await page.waitForURL(one.url('/bye?state=dead'));
    expect(two.requests('/never')).toHaveLength(1);
    await page.close();
  });

  it('lets no frame take the page elsewhere', async () => {
    const client = await register(one, '/hijack');
    one.pages.set('/hijack', `<!doctype html><script>top.location = ${JSON.stringify(two.url('/hijacked'))}</script>`);
    const page = await scripted.newPage();
    await signIn(page, client);
    await page.goto(`${baseOf(server)}/oauth/logout`);
    await page.click('#logout-confirm');
    await page.waitForSelector('#signed-out');
    await page.waitForLoadState('load');
    expect(one.requests('/hijack')).toHaveLength(1);
    expect(two.requests('/hijacked')).toEqual([]);
    expect(new URL(page.url()).pathname).toBe('/oauth/logout');
    await page.close();
  });
});
