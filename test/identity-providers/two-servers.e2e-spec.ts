// This very server as the identity provider of another one of its kind, in a browser.
// @see OpenID Connect Core §3.1, RP-Initiated Logout §2, Back-Channel Logout §2 https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import type { BrowserContext, Page } from 'playwright-core';
import { browser, describeInBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { redeem } from '../support/flow.js';
import { form, type ParameterMap, pkce } from '../support/http.js';
import { freePort, type RunningServer, startServer } from '../support/server.js';

const PASSWORD = 'a password at the provider';
const SECRET = 'the-secret-of-one-server-at-the-other-one';
// Of a public client on this machine consent is asked each time.
const APP = { client_id: 'app', client_secret: 'the-secret-of-the-client-of-the-other-one' };
const CODE = { grant_types: ['authorization_code'], response_types: ['code'] };
const NAMES = ['ada', 'ben', 'cleo', 'dan', 'eve'];
const people = NAMES.map((username) => ({
  username,
  password: PASSWORD,
  email: `${username}@house.example`,
  email_verified: true,
}));

describeInBrowser('in a browser', () => {
  let house: RunningServer;
  let server: RunningServer;
  let app: HttpServer;
  let appUrl: string;
  let context: BrowserContext;
  let page: Page;

  // Cookies are of a host, whatever its port: the provider is another host.
  beforeAll(async () => {
    app = createServer((_request, response) => response.end('<!doctype html><h1 id="client">The client</h1>'));
    await new Promise<void>((done) => app.listen(0, '127.0.0.1', done));
    appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
    const port = await freePort();
    const own = `http://localhost:${port}/sign-in/with/house`;
    house = await startServer({
      env: { ISSUER: 'http://127.0.0.1:$PORT', OUTBOUND_ALLOW: `localhost:${port}` },
      bootstrap: {
        users: people,
        clients: [
          {
            client_id: 'server',
            client_secret: SECRET,
            client_name: 'The Other Server',
            redirect_uris: [`${own}/callback`],
            post_logout_redirect_uris: [`${own}/signed-out`],
            backchannel_logout_uri: `${own}/backchannel-logout`,
            backchannel_logout_session_required: true,
            scope: 'openid profile email',
            ...CODE,
          },
        ],
      },
    });
    server = await startServer({
      port,
      bootstrap: {
        clients: [
          {
            client_id: APP.client_id,
            client_name: 'The App',
            client_secret: APP.client_secret,
            redirect_uris: [`${appUrl}/callback`],
            post_logout_redirect_uris: [`${appUrl}/bye`],
            scope: 'openid profile email',
            ...CODE,
          },
        ],
        identity_providers: [
          {
            name: 'house',
            label: 'The House',
            server_metadata_url: house.issuer,
            client_id: 'server',
            client_secret: SECRET,
            sign_out: true,
          },
        ],
      },
    });
    context = await browser({ reducedMotion: 'reduce' });
  }, 60_000);
  afterAll(() => void app?.close());
  beforeEach(async () => {
    await context.clearCookies();
    page = await context.newPage();
  });
  afterEach(() => page.close());

  /** As the client sends people. @returns the PKCE verifier */
  async function authorize(parameters: ParameterMap = {}): Promise<string> {
    const proof = pkce();
    const request = {
      client_id: APP.client_id,
      redirect_uri: `${appUrl}/callback`,
      response_type: 'code',
      scope: 'openid',
    };
    const query = form({ ...request, ...proof.parameters, ...parameters }).toString();
    await page.goto(`${server.url}/oauth/authorize?${query}`);
    return proof.verifier;
  }

  /** At the provider, where they have never been. */
  async function identify(username: string): Promise<void> {
    await page.waitForURL(`${house.issuer}/sign-in**`);
    await page.fill('#username', username);
    await page.fill('#password', PASSWORD);
    await page.click('#sign-in-submit');
    await page.waitForURL(`${house.issuer}/consent**`);
    expect(await page.locator('main').innerText()).toContain('The Other Server');
    await page.click('#consent-allow');
  }

  async function codeOfClient(): Promise<string> {
    await page.waitForSelector('#client');
    return new URL(page.url()).searchParams.get('code')!;
  }

  async function signInHere(username: string): Promise<void> {
    await page.goto(`${server.url}/sign-in`);
    await page.click('#sign-in-with-house');
    await identify(username);
    await page.waitForURL(`${server.url}/?notice=accountCreated`);
  }

  it('somebody goes from the client to the provider and back; the next time nothing is asked', async () => {
    const verifier = await authorize({ scope: 'openid profile email' });
    expect(await page.innerText('#sign-in-with-house')).toContain('Continue with The House');
    await page.click('#sign-in-with-house');
    await identify('ada');
    await page.waitForURL(`${server.url}/consent**`);
    expect(await page.locator('main').innerText()).toContain('ada');
    await page.click('#consent-allow');
    const grant = { code: await codeOfClient(), verifier, redirectUri: `${appUrl}/callback` };
    const tokens = await redeem(server, APP, grant);
    const claims = decodeJwt(tokens.id_token!);
    expect(claims.iss).toBe(server.issuer);
    const userinfo = await fetch(`${server.url}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await userinfo.json()).toMatchObject({
      sub: claims.sub,
      preferred_username: 'ada',
      email: 'ada@house.example',
      email_verified: true,
    });

    await context.clearCookies({ domain: 'localhost' });
    await authorize();
    await page.click('#sign-in-with-house');
    expect(await codeOfClient()).toMatch(/^.{20,}$/);
  });

  it('the account page shows where they sign in, and takes it from them once there is a password', async () => {
    await signInHere('ben');
    await page.goto(`${server.url}/account`);
    expect(await page.innerText('#identities')).toMatch(/The House[^]*ben@house\.example/);
    await page.click('#identities button[name=unlink]');
    await page.waitForSelector('#account-problem');
    await page.fill('#new_password', 'a password of this server');
    await page.click('#change-password-submit');
    await page.waitForURL('**/account?notice=passwordSet');
    await page.click('#identities button[name=unlink]');
    await page.waitForURL('**/account?notice=identityUnlinked');
    await page.waitForSelector('#link-house');
    expect(await page.innerText('#identities')).not.toContain('ben@house.example');
  });

  it('idp_hint goes straight to the provider', async () => {
    await authorize({ idp_hint: 'house' });
    await identify('cleo');
    await page.waitForURL(`${server.url}/consent**`);
    await page.click('#consent-allow');
    expect(await codeOfClient()).toMatch(/^.{20,}$/);
  });

  it('who signs out here is signed out there, without being asked twice, and comes back to the client', async () => {
    await signInHere('dan');
    const bye = form({ client_id: APP.client_id, post_logout_redirect_uri: `${appUrl}/bye`, state: 'kept' }).toString();
    await page.goto(`${server.url}/oauth/logout?${bye}`);
    await page.click('#logout-confirm');
    await page.waitForURL(`${appUrl}/bye?state=kept`);
    for (const { issuer } of [server, house]) {
      await page.goto(`${issuer}/account`);
      await page.waitForSelector('#sign-in');
    }
  });

  it('who signs out there is signed out here', async () => {
    await signInHere('eve');
    await page.goto(`${server.url}/account`);
    await page.waitForSelector('#identities');
    await page.goto(`${house.issuer}/oauth/logout`);
    await page.click('#logout-confirm');
    await page.waitForSelector('#signed-out');
    await eventually(async () => {
      await page.goto(`${server.url}/account`);
      return page.locator('#sign-in').isVisible();
    });
  });
});
