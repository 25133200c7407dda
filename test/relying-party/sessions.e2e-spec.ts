// The session that @SignInWith begins: its cookie, its store, its end, and who gets in with it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import {
  type ClientReply,
  type ClientRequest,
  InjectOAuthClient,
  MemorySessionStore,
  type OAuthClient,
  RemoteSessions,
  RemoteToken,
  RemoteUser,
  RequireSignIn,
  SignInWith,
  type OAuthToken,
} from 'nest-authorization-server/relying-party';
import { onClose } from '../support/cleanup.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type Arrival, Visitor } from '../support/visitor.js';
import { ADAPTERS, clientOf, type SignInHost, startSignInHost } from './sign-in-host.js';

const PAGE = { accept: 'text/html,application/xhtml+xml' };

@Controller('people')
class PeopleController {
  constructor(
    private readonly sessions: RemoteSessions,
    @InjectOAuthClient('op') private readonly client: OAuthClient,
  ) {}

  @SignInWith('op')
  signedIn(): void {
    return undefined;
  }

  @SignInWith('other')
  signedInElsewhere(): void {
    return undefined;
  }

  @Get('me')
  me(@RemoteUser('sub') sub?: string, @RemoteToken() token?: OAuthToken) {
    return { sub: sub ?? null, hasToken: token !== undefined };
  }

  @Get('named')
  async named(@Req() request: ClientRequest) {
    return (await this.client.get('/whose', { request })).json();
  }

  /** No request is named: it is at hand. */
  @Get('from-provider')
  async fromProvider() {
    await new Promise((done) => setTimeout(done, 5));
    return (await this.client.get('/whose')).json();
  }

  @Get('orders')
  @RequireSignIn('op')
  orders(@RemoteUser('sub') owner: string) {
    return { owner };
  }

  @Post('orders')
  @RequireSignIn('op')
  order(@RemoteUser('sub') owner: string) {
    return { owner };
  }

  @Get('either')
  @RequireSignIn()
  either() {
    return { in: true };
  }

  @Get('chosen')
  @RequireSignIn(undefined, { redirect: '/choose?from=app' })
  chosen() {
    return { in: true };
  }

  @Get('data/:id')
  @RequireSignIn('op', { redirect: false })
  data() {
    return { in: true };
  }

  @Post('sign-out')
  async signOut(@Req() request: ClientRequest, @Res({ passthrough: true }) reply: ClientReply) {
    const ended = await this.sessions.end(request, reply);
    return { ended: ended?.subject ?? null };
  }
}

@Controller('all')
@RequireSignIn('op')
class ClosedController {
  @Get()
  list() {
    return [];
  }
}

/** The API of the provider: tells with which token it was asked. */
async function startApi(): Promise<string> {
  const api = createServer(({ headers: { authorization } }, response) => {
    setTimeout(() => response.end(JSON.stringify({ authorization })), 5);
  });
  await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
  onClose(() => {
    api.close();
    api.closeAllConnections();
  });
  return `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
}

let provider: HostileProvider;
let apiBaseUrl: string;
let other: HostileProvider;
beforeAll(async () => {
  provider = await startHostileProvider();
  other = await startHostileProvider();
  apiBaseUrl = await startApi();
});
afterEach(() => {
  provider.bends = {};
  jest.restoreAllMocks();
});

const json = ({ text }: Arrival): unknown => JSON.parse(text);
const controllers = [PeopleController, ClosedController];
const clients = () => ({ op: clientOf(provider, { apiBaseUrl }), other: clientOf(other) });

/** A cookie is all that this browser has. */
const withCookie = (url: string, cookie: string): Promise<Response> =>
  fetch(url, { redirect: 'manual', headers: { cookie } });

/** For everybody in this process. */
function pass(seconds: number): void {
  const time = Date.now() + seconds * 1000;
  jest.spyOn(Date, 'now').mockImplementation(() => time);
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: SignInHost;
  let me: string;
  beforeAll(async () => {
    host = await startSignInHost({ adapter, controllers, clients: clients() });
    me = `${host.url}/people/me`;
  });

  async function signIn(name = 'op'): Promise<{ visitor: Visitor; cookie: string }> {
    const visitor = new Visitor();
    await visitor.open(`${host.url}/people/${name}?next=/people/me`);
    return { visitor, cookie: `remote-session=${visitor.jar(host.url).get('remote-session')}` };
  }

  it('is a cookie that scripts and other sites do not get, with 256 random bits', async () => {
    const visitor = new Visitor();
    const callback = await visitor.until(({ url }) => url.pathname.endsWith('/callback'), `${host.url}/people/op`);
    const cookie = visitor.jar(host.url).header();
    const response = await fetch(callback.url, { redirect: 'manual', headers: { cookie } });
    const set = response.headers.getSetCookie().find((one) => one.startsWith('remote-session='));
    expect(set).toMatch(/^remote-session=[\w-]{48}; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('is known by its cookie alone', async () => {
    const { cookie } = await signIn();
    expect(await (await withCookie(me, cookie)).json()).toEqual({ sub: 'alice', hasToken: true });
    for (const wrong of ['remote-session=', `remote-session=${'A'.repeat(48)}`, cookie.toLowerCase(), 'other=1'])
      expect(await (await withCookie(me, wrong)).json()).toEqual({ sub: null, hasToken: false });
  });

  it('has another id after every sign-in, and the former one is gone', async () => {
    const { visitor, cookie } = await signIn();
    await visitor.open(`${host.url}/people/op`);
    const renewed = `remote-session=${visitor.jar(host.url).get('remote-session')}`;
    expect(renewed).not.toBe(cookie);
    expect(await (await withCookie(me, cookie)).json()).toMatchObject({ sub: null });
    expect(await (await withCookie(me, renewed)).json()).toMatchObject({ sub: 'alice' });
  });

  it('takes no id that somebody has put into the browser', async () => {
    const planted = 'A'.repeat(48);
    const visitor = new Visitor();
    visitor.jar(host.url).set('remote-session', planted);
    await visitor.open(`${host.url}/people/op`);
    expect(visitor.jar(host.url).get('remote-session')).not.toBe(planted);
    expect(await (await withCookie(me, `remote-session=${planted}`)).json()).toMatchObject({ sub: null });
  });

  it('ends here, for whoever has the cookie', async () => {
    const { visitor, cookie } = await signIn();
    const signOut = (): Promise<Response> =>
      fetch(`${host.url}/people/sign-out`, { method: 'POST', headers: { cookie } });
    const ended = await signOut();
    expect(await ended.json()).toEqual({ ended: 'alice' });
    visitor.jar(host.url).store(ended);
    expect(visitor.jar(host.url).get('remote-session')).toBeUndefined();
    expect(await (await withCookie(me, cookie)).json()).toMatchObject({ sub: null });
    expect(await (await signOut()).json()).toEqual({ ended: null });
  });

  describe('@RequireSignIn', () => {
    it('lets in who has signed in', async () => {
      const { cookie } = await signIn();
      expect(await (await withCookie(`${host.url}/people/orders`, cookie)).json()).toEqual({ owner: 'alice' });
      expect((await withCookie(`${host.url}/all`, cookie)).status).toBe(200);
    });

    it('sends who asks for a page to sign in, and back to it', async () => {
      const response = await fetch(`${host.url}/people/orders?of=today`, { redirect: 'manual', headers: PAGE });
      const start = `/people/op?next=${encodeURIComponent('/people/orders?of=today')}`;
      expect([response.status, response.headers.get('location')]).toEqual([303, start]);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const arrival = await new Visitor().open(host.url + start);
      expect([arrival.url.pathname + arrival.url.search, json(arrival)]).toEqual([
        '/people/orders?of=today',
        { owner: 'alice' },
      ]);
    });

    it.each<[string, string, RequestInit]>([
      ['asks for data', 'people/orders', { headers: { accept: 'application/json' } }],
      ['says nothing', 'people/orders', {}],
      ['takes anything', 'people/orders', { headers: { accept: '*/*' } }],
      ['posts', 'people/orders', { method: 'POST', headers: PAGE }],
      ['asks where nobody is sent away', 'people/data/1', { headers: PAGE }],
      ['could mean several providers', 'people/either', { headers: PAGE }],
    ])('answers 401 to who %s', async (_who, path, init) => {
      const response = await fetch(`${host.url}/${path}`, { redirect: 'manual', ...init });
      expect([response.status, await response.json()]).toEqual([
        401,
        { statusCode: 401, error: 'Unauthorized', message: 'Sign in first.' },
      ]);
    });

    it('sends to the path that the application names', async () => {
      const response = await fetch(`${host.url}/people/chosen`, { redirect: 'manual', headers: PAGE });
      expect(response.headers.get('location')).toBe('/choose?from=app&next=%2Fpeople%2Fchosen');
    });

    it('takes a sign-in with another provider only where it names none', async () => {
      const { cookie } = await signIn('other');
      expect((await withCookie(`${host.url}/people/orders`, cookie)).status).toBe(401);
      expect((await withCookie(`${host.url}/people/either`, cookie)).status).toBe(200);
    });
  });

  describe('calls to the provider', () => {
    it('have the token of whoever the request is from, and nobody else’s', async () => {
      provider.bends.claims = ({ at_hash: _, ...claims }) => claims;
      const people: string[] = [];
      for (const name of ['alice', 'bob', 'carol', 'dave']) {
        provider.bends.token = (answer) => ({ ...answer, access_token: `token-of-${name}` });
        people.push((await signIn()).cookie);
      }
      const asked = [...people, ...people, ...people];
      const answers = await Promise.all(asked.map((one) => withCookie(`${host.url}/people/from-provider`, one)));
      const tokens = await Promise.all(answers.map((answer) => answer.json()));
      const expected = ['alice', 'bob', 'carol', 'dave'].map((name) => ({ authorization: `Bearer token-of-${name}` }));
      expect(tokens).toEqual([...expected, ...expected, ...expected]);
    });

    it('renew a token once, however many there are, and the session keeps the new one', async () => {
      let renewals = 0;
      provider.bends.claims = ({ at_hash: _, ...claims }) => claims;
      provider.bends.token = (answer, form) => {
        const isRenewal = form.get('grant_type') === 'refresh_token';
        if (isRenewal) renewals++;
        return {
          ...answer,
          expires_in: isRenewal ? 300 : 10,
          access_token: isRenewal ? `renewed-${renewals}` : 'first',
        };
      };
      const { cookie } = await signIn();
      const ask = async (): Promise<unknown> => (await withCookie(`${host.url}/people/from-provider`, cookie)).json();
      const renewed = { authorization: 'Bearer renewed-1' };
      pass(9);
      expect(await Promise.all([ask(), ask(), ask()])).toEqual([renewed, renewed, renewed]);
      expect(await ask()).toEqual(renewed);
      expect(renewals).toBe(1);
      expect(await (await withCookie(me, cookie)).json()).toEqual({ sub: 'alice', hasToken: true });
    });

    it('have none for who has signed in with another provider, or not at all', async () => {
      const { cookie } = await signIn('other');
      for (const who of [cookie, ''])
        expect((await withCookie(`${host.url}/people/from-provider`, who)).status).toBe(500);
    });
  });

  describe('lives', () => {
    it('as long as it is used, within its limit', async () => {
      const { cookie } = await signIn();
      const begun = Date.now();
      for (let hours = 7; hours < 7 * 24; hours += 7) {
        jest.spyOn(Date, 'now').mockImplementation(() => begun + hours * 3_600_000);
        expect(await (await withCookie(me, cookie)).json()).toMatchObject({ sub: 'alice' });
      }
      jest.spyOn(Date, 'now').mockImplementation(() => begun + 7 * 24 * 3_600_000);
      expect(await (await withCookie(me, cookie)).json()).toMatchObject({ sub: null });
    });

    it('not when nobody used it for eight hours', async () => {
      const { cookie } = await signIn();
      pass(8 * 3600 + 1);
      expect(await (await withCookie(me, cookie)).json()).toMatchObject({ sub: null });
    });
  });
});

describe('on https', () => {
  it('has a cookie that only this very host can set', async () => {
    const host = await startSignInHost({
      controllers,
      clients: clients(),
      options: { publicUrl: 'https://app.example' },
    });
    const start = await fetch(`${host.url}/people/op`, { redirect: 'manual' });
    const [transaction] = start.headers.getSetCookie().map((one) => one.split(';')[0]);
    const sent = await fetch(start.headers.get('location')!, { redirect: 'manual' });
    const back = new URL(sent.headers.get('location')!);
    const path = back.pathname + back.search;
    const response = await fetch(host.url + path, { redirect: 'manual', headers: { cookie: transaction } });
    const set = response.headers.getSetCookie().find((one) => one.includes('remote-session='));
    expect(set).toMatch(/^__Host-remote-session=[\w-]{48}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    const id = /=([\w-]{48})/.exec(set!)![1];
    const ask = async (cookie: string) => (await withCookie(`${host.url}/people/me`, cookie)).json() as Promise<object>;
    expect(await ask(`__Host-remote-session=${id}`)).toMatchObject({ sub: 'alice' });
    expect(await ask(`remote-session=${id}`)).toMatchObject({ sub: null });
  });
});

describe('a store of the application’s own', () => {
  it('gets no id, and what it forgets is forgotten', async () => {
    const store = new MemorySessionStore();
    const create = jest.spyOn(store, 'create');
    const host = await startSignInHost({
      controllers,
      clients: clients(),
      options: { session: { store, cookieName: 'mine', idle: 600, absolute: 900 } },
    });
    const visitor = new Visitor();
    await visitor.open(`${host.url}/people/op?next=/people/me`);
    const id = visitor.jar(host.url).get('mine')!;
    const [key, session, seconds] = create.mock.calls[0];
    expect(id).toHaveLength(48);
    expect(key).not.toContain(id);
    expect(JSON.parse(JSON.stringify(session))).toEqual(session);
    expect(session).toMatchObject({ provider: 'op', issuer: provider.issuer, subject: 'alice' });
    expect(seconds).toBe(600);
    store.delete(key);
    expect(await (await withCookie(`${host.url}/people/me`, `mine=${id}`)).json()).toMatchObject({ sub: null });
  });
});

it('has no request at hand where the options say so: it is to be named', async () => {
  const host = await startSignInHost({ controllers, clients: clients(), options: { session: { callChain: false } } });
  const visitor = new Visitor();
  await visitor.open(`${host.url}/people/op?next=/people/me`);
  expect(json(await visitor.open(`${host.url}/people/named`))).toEqual({
    authorization: expect.stringMatching(/^Bearer ./) as string,
  });
  expect((await visitor.open(`${host.url}/people/from-provider`)).status).toBe(500);
});

it('sends people to the only provider that there is, below the prefix of the application', async () => {
  @Controller('shop')
  class ShopController {
    @SignInWith('op', { path: 'enter' })
    entered(): void {
      return undefined;
    }

    @Get('orders/:id')
    @RequireSignIn()
    order(@RemoteUser('sub') owner: string) {
      return { owner };
    }
  }

  const host = await startSignInHost({
    controllers: [ShopController],
    clients: clients(),
    configure: (app) => app.setGlobalPrefix('api/v1'),
  });
  const path = '/api/v1/shop/orders/7';
  const sent = await fetch(host.url + path, { redirect: 'manual', headers: PAGE });
  const start = `/api/v1/shop/enter?next=${encodeURIComponent(path)}`;
  expect(sent.headers.get('location')).toBe(start);
  const arrival = await new Visitor().open(host.url + start);
  expect([arrival.url.pathname, json(arrival)]).toEqual([path, { owner: 'alice' }]);
});

it.each([
  [{ publicUrl: 'app.example' }, 'publicUrl'],
  [{ publicUrl: 'ftp://app.example' }, 'publicUrl'],
  [{ publicUrl: 'https://app.example/?a=b' }, 'publicUrl'],
  [{ session: { idle: 0 } }, 'session.idle'],
  [{ session: { absolute: 1.5 } }, 'session.absolute'],
  [{ session: { cookieName: '__Host-mine' } }, 'session.cookieName'],
  [{ session: { cookieName: 'a;b' } }, 'session.cookieName'],
])('does not start with %j', async (options, member) => {
  const start = startSignInHost({ clients: {}, options });
  await expect(start).rejects.toMatchObject({ faults: [{ member }] });
});
