// Signing out at the provider, and the way back.
// @see OpenID Connect RP-Initiated Logout 1.0 https://openid.net/specs/openid-connect-rpinitiated-1_0.html
import { jest } from '@jest/globals';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import {
  type ClientReply,
  type ClientRequest,
  InjectOAuthClient,
  type OAuthClient,
  OAuthClientError,
  OAuthRegistry,
  SignInWith,
} from 'nest-authorization-server/relying-party';
import { type HostileProvider, type Json, startHostileProvider } from '../support/hostile-provider.js';
import { type CookieJar, visit } from '../support/http.js';
import { Visitor } from '../support/visitor.js';
import { ADAPTERS, CLIENT, clientOf, type SignInHost, startSignInHost } from './sign-in-host.js';

@Controller()
class SignOutController {
  constructor(
    @InjectOAuthClient('op') private readonly op: OAuthClient,
    private readonly registry: OAuthRegistry,
  ) {}

  @SignInWith('op')
  signedIn() {
    return { in: true };
  }

  @Get('sign-out')
  async signOut(@Res() reply: ClientReply, @Query() { state, to }: { state?: string; to?: string }): Promise<void> {
    await this.op.logoutRedirect(reply, to, {
      state,
      idTokenHint: 'an-id-token',
      logoutHint: 'alice',
      uiLocales: 'de',
    });
  }

  @Get('sign-out-url')
  async signOutUrl(@Res({ passthrough: true }) reply: ClientReply) {
    const logout = await this.op.createLogoutUrl(AFTERWARDS);
    await this.op.saveLogoutData(reply, logout);
    return logout;
  }

  @Get('signed-out/:name')
  async signedOut(
    @Req() request: ClientRequest & { params: { name: string } },
    @Res({ passthrough: true }) reply: ClientReply,
  ) {
    try {
      return await this.registry.get(request.params.name).validateLogoutResponse(request, { reply });
    } catch (error) {
      if (error instanceof OAuthClientError) return { refused: error.code };
      throw error;
    }
  }
}

const AFTERWARDS = 'http://localhost/signed-out/op';
const REFUSED = { refused: 'mismatching_state' };

let provider: HostileProvider;
beforeAll(async () => {
  provider = await startHostileProvider();
});
beforeEach(() => {
  provider.bends = {
    metadata: (metadata) => ({ ...metadata, end_session_endpoint: `${provider.issuer}/logout?of=all` }),
  };
});
afterEach(() => jest.restoreAllMocks());

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: SignInHost;
  let client: OAuthClient;
  beforeAll(async () => {
    const clients = { op: clientOf(provider), other: clientOf(provider) };
    host = await startSignInHost({ adapter, controllers: [SignOutController], clients });
    client = host.app.get(OAuthRegistry).get('op');
  });

  const jarOf = (visitor: Visitor): CookieJar => visitor.jar(host.url);

  /** @returns where the browser was sent */
  async function signOut(visitor: Visitor, query = `to=${encodeURIComponent(AFTERWARDS)}`): Promise<URL> {
    const sent = await visit(jarOf(visitor), `${host.url}/sign-out?${query}`);
    expect(sent.status).toBe(303);
    return new URL(sent.headers.get('location')!);
  }

  async function comeBack(visitor: Visitor, query: string, name = 'op'): Promise<Json> {
    const answer = await visit(jarOf(visitor), `${host.url}/signed-out/${name}?${query}`);
    return (await answer.json()) as Json;
  }

  it('sends the browser to the provider with what it has to know (§2)', async () => {
    const url = await signOut(new Visitor());
    expect(url.origin + url.pathname).toBe(`${provider.issuer}/logout`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      of: 'all',
      client_id: CLIENT.clientId,
      id_token_hint: 'an-id-token',
      logout_hint: 'alice',
      ui_locales: 'de',
      post_logout_redirect_uri: AFTERWARDS,
      state: expect.stringMatching(/^[\w-]{32}$/),
    });
  });

  it('tells the URL without going there, and keeps nothing', async () => {
    const { url, state } = await client.createLogoutUrl(AFTERWARDS, { clientId: 'another' });
    const { searchParams } = new URL(url);
    expect([searchParams.get('state'), searchParams.get('client_id')]).toEqual([state, 'another']);
    expect(await comeBack(new Visitor(), `state=${state}`)).toEqual(REFUSED);
  });

  it('keeps what a script was told to go to, for the way back', async () => {
    const visitor = new Visitor();
    const answer = await visit(jarOf(visitor), `${host.url}/sign-out-url`);
    const { url, state } = (await answer.json()) as { url: string; state: string };
    expect(new URL(url).searchParams.get('state')).toBe(state);
    expect(await comeBack(visitor, `state=${state}`)).toEqual({ postLogoutRedirectUri: AFTERWARDS });
    expect(await comeBack(visitor, `state=${state}`)).toEqual(REFUSED);
  });

  it('has a state only where there is a redirect URI', async () => {
    expect(await client.createLogoutUrl()).toEqual({
      url: `${provider.issuer}/logout?of=all&client_id=${CLIENT.clientId}`,
      state: undefined,
      postLogoutRedirectUri: undefined,
    });
    const visitor = new Visitor();
    expect((await signOut(visitor, '')).searchParams.has('state')).toBe(false);
    expect(jarOf(visitor).names()).toEqual([]);
  });

  it('takes the answer once, in the browser that was sent (§3)', async () => {
    const visitor = new Visitor();
    const state = (await signOut(visitor)).searchParams.get('state');
    expect(await comeBack(new Visitor(), `state=${state}`)).toEqual(REFUSED);
    const replayed = jarOf(visitor).copy();
    expect(await comeBack(visitor, `state=${state}`)).toEqual({ postLogoutRedirectUri: AFTERWARDS });
    expect(await comeBack(visitor, `state=${state}`)).toEqual(REFUSED);
    for (const name of replayed.names()) jarOf(visitor).set(name, replayed.get(name)!);
    expect(await comeBack(visitor, `state=${state}`)).toEqual(REFUSED);
  });

  it('keeps the state that the application chose', async () => {
    const visitor = new Visitor();
    const url = await signOut(visitor, `state=chosen-by-us&to=${encodeURIComponent(AFTERWARDS)}`);
    expect(url.searchParams.get('state')).toBe('chosen-by-us');
    expect(await comeBack(visitor, 'state=chosen-by-us')).toEqual({ postLogoutRedirectUri: AFTERWARDS });
  });

  it.each([
    ['no state', ''],
    ['an empty state', 'state='],
    ['an unknown state', 'state=unknown'],
  ])('refuses %s', async (_what, query) => {
    const visitor = new Visitor();
    await signOut(visitor);
    expect(await comeBack(visitor, query)).toEqual(REFUSED);
  });

  it('refuses two states, and takes the right one afterwards', async () => {
    const visitor = new Visitor();
    const state = (await signOut(visitor)).searchParams.get('state');
    expect(await comeBack(visitor, `state=${state}&state=${state}`)).toEqual(REFUSED);
    expect(await comeBack(visitor, `state=${state}`)).toEqual({ postLogoutRedirectUri: AFTERWARDS });
  });

  it('refuses an answer that comes too late', async () => {
    const visitor = new Visitor();
    const state = (await signOut(visitor)).searchParams.get('state');
    const time = Date.now() + 601_000;
    jest.spyOn(Date, 'now').mockImplementation(() => time);
    expect(await comeBack(visitor, `state=${state}`)).toEqual(REFUSED);
  });

  it('refuses the state of another provider', async () => {
    const visitor = new Visitor();
    const state = (await signOut(visitor)).searchParams.get('state');
    expect(await comeBack(visitor, `state=${state}`, 'other')).toEqual(REFUSED);
  });

  it('takes no state of a sign-in for that of a sign-out, nor the other way round', async () => {
    const visitor = new Visitor();
    const callback = await visitor.until(({ url }) => url.pathname === '/op/callback', `${host.url}/op`);
    expect(await comeBack(visitor, `state=${callback.url.searchParams.get('state')}`)).toEqual(REFUSED);
    const signIn = new URL(callback.url);
    signIn.searchParams.set('state', (await signOut(visitor)).searchParams.get('state')!);
    const refused = await visit(jarOf(visitor), signIn);
    expect([refused.status, ((await refused.json()) as Json).error]).toEqual([403, 'mismatching_state']);
    expect((await visit(jarOf(visitor), callback.url)).status).toBe(200);
  });
});

it('says so when the provider has no logout (§2.1)', async () => {
  const without = await startHostileProvider();
  const { app } = await startSignInHost({ clients: { op: clientOf(without) } });
  const client = app.get(OAuthRegistry).get('op');
  await expect(client.createLogoutUrl(AFTERWARDS)).rejects.toMatchObject({ code: 'unsupported', provider: 'op' });
});
