// A provider says that somebody has signed out there: the sessions here end, and the application is told.
// @see OpenID Connect Back-Channel Logout 1.0 https://openid.net/specs/openid-connect-backchannel-1_0.html
// @see OpenID Connect Front-Channel Logout 1.0 https://openid.net/specs/openid-connect-frontchannel-1_0.html
import { randomUUID } from 'node:crypto';
import { Controller, Get, Injectable } from '@nestjs/common';
import { type JWTPayload, SignJWT } from 'jose';
import {
  OnOAuthEvent,
  ReceiveLogout,
  RemoteLogout,
  type RemoteLogoutNotice,
  RemoteUser,
  SignInWith,
} from 'nest-authorization-server/relying-party';
import { ANSWERS, type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { postForm } from '../support/http.js';
import { newKey } from '../support/issuer.js';
import { Visitor } from '../support/visitor.js';
import { ADAPTERS, CLIENT, clientOf, type SignInHost, startSignInHost } from './sign-in-host.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

const notices: RemoteLogoutNotice[] = [];
const events: object[] = [];
let failing = false;

@Controller()
class PeopleController {
  @SignInWith('op')
  signedIn(): void {
    return undefined;
  }

  @Get('me')
  me(@RemoteUser('sub') sub?: string) {
    return { sub: sub ?? null };
  }

  @ReceiveLogout('op')
  signedOut(@RemoteLogout() notice: RemoteLogoutNotice) {
    if (failing) throw new Error('The application is down.');
    notices.push(notice);
    return 'not sent';
  }

  @ReceiveLogout('secret', { path: '/by-secret/' })
  signedOutBySecret(): void {
    return undefined;
  }
}

@Injectable()
class Audit {
  @OnOAuthEvent('remote_session.ended')
  ended(event: object): void {
    events.push(event);
  }
}

let provider: HostileProvider;
beforeAll(async () => {
  provider = await startHostileProvider();
});
beforeEach(() => {
  provider.bends = {};
  notices.length = 0;
  events.length = 0;
  failing = false;
});

const now = (): number => Math.floor(Date.now() / 1000);

/** Claims and header of a logout token for Alice's session; undefined takes one away. */
async function logoutToken(
  claims: JWTPayload = {},
  { header = {}, key = provider.keys[0] }: { header?: object; key?: (typeof provider.keys)[0] } = {},
): Promise<string> {
  const whole = {
    iss: provider.issuer,
    aud: CLIENT.clientId,
    iat: now(),
    exp: now() + 120,
    jti: randomUUID(),
    sub: 'alice',
    events: { [EVENT]: {} },
    ...claims,
  };
  const jwt = new SignJWT(JSON.parse(JSON.stringify(whole)) as JWTPayload);
  return jwt.setProtectedHeader({ alg: 'ES256', kid: key.jwk.kid, typ: 'logout+jwt', ...header }).sign(key.privateKey);
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: SignInHost;
  beforeAll(async () => {
    host = await startSignInHost({
      adapter,
      controllers: [PeopleController],
      providers: [Audit],
      clients: { op: clientOf(provider), secret: clientOf(provider, { idTokenSigningAlgs: ['HS256'] }) },
    });
  });

  /** Signs in, in a browser of its own, with this session at the provider. */
  async function signIn(sid: string, sub = 'alice'): Promise<() => Promise<unknown>> {
    provider.bends.claims = (claims) => ({ ...claims, sid, sub });
    const visitor = new Visitor();
    await visitor.open(`${host.url}/op?next=/me`);
    return async () => JSON.parse((await visitor.open(`${host.url}/me`)).text) as unknown;
  }

  const tell = (token: string): Promise<Response> =>
    postForm(`${host.url}/op/backchannel-logout`, { logout_token: token });

  describe('back-channel', () => {
    it('ends the session that the token names, and no other one (§2.4)', async () => {
      const [here, there] = [await signIn('s1'), await signIn('s2')];
      expect(await here()).toEqual({ sub: 'alice' });
      const answer = await tell(await logoutToken({ sid: 's1' }));
      expect([answer.status, await answer.text()]).toEqual([200, '']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect([await here(), await there()]).toEqual([{ sub: null }, { sub: 'alice' }]);
    });

    it('ends every session of the user where the token names none (§2.4)', async () => {
      const [here, there, bob] = [await signIn('s3'), await signIn('s4'), await signIn('s5', 'bob')];
      expect((await tell(await logoutToken())).status).toBe(200);
      expect([await here(), await there(), await bob()]).toEqual([{ sub: null }, { sub: null }, { sub: 'bob' }]);
    });

    it('ends the session of a token without sub', async () => {
      const here = await signIn('s6');
      expect((await tell(await logoutToken({ sub: undefined, sid: 's6' }))).status).toBe(200);
      expect(await here()).toEqual({ sub: null });
    });

    it('tells the application, and whoever listens', async () => {
      await tell(await logoutToken({ sid: 's7' }));
      const told = { provider: 'op', issuer: provider.issuer, subject: 'alice', sid: 's7' };
      expect(notices).toEqual([{ ...told, channel: 'back' }]);
      expect(events).toEqual([told]);
    });

    it('answers 500 when the application fails, and takes the token once more then', async () => {
      failing = true;
      const token = await logoutToken({ sid: 's8' });
      expect((await tell(token)).status).toBe(500);
      failing = false;
      expect((await tell(token)).status).toBe(200);
      expect((await tell(token)).status).toBe(400);
    });

    it.each<[string, JWTPayload, object]>([
      ['of another issuer', { iss: 'https://else.example' }, {}],
      ['without issuer', { iss: undefined }, {}],
      ['for another client', { aud: 'another' }, {}],
      ['for nobody', { aud: undefined }, {}],
      ['that has expired', { iat: now() - 600, exp: now() - 400 }, {}],
      ['that never expires', { exp: undefined }, {}],
      ['of the future', { iat: now() + 600, exp: now() + 900 }, {}],
      ['without a time', { iat: undefined }, {}],
      ['that is not valid yet', { nbf: now() + 600 }, {}],
      ['without events', { events: undefined }, {}],
      ['of another event', { events: { 'https://else.example/event': {} } }, {}],
      ['whose event is no object', { events: { [EVENT]: true } }, {}],
      ['whose event is a list', { events: { [EVENT]: [] } }, {}],
      ['with a nonce, as an ID token', { nonce: 'n' }, {}],
      ['about nobody', { sub: undefined }, {}],
      ['with an unreadable sid', { sid: { $ne: '' } }, {}],
      ['without jti', { jti: undefined }, {}],
      ['of another type', {}, { typ: 'at+jwt' }],
      ['of another type', {}, { typ: 'secevent+jwt' }],
    ])('refuses a token %s (§2.6)', async (_what, claims, header) => {
      const here = await signIn(randomUUID());
      const refused = await tell(await logoutToken(claims, { header }));
      expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([400, 'invalid_request']);
      expect(refused.headers.get('cache-control')).toBe('no-store');
      expect([await here(), notices, events]).toEqual([{ sub: 'alice' }, [], []]);
      expect((await tell(await logoutToken())).status).toBe(200);
    });

    it.each([
      ['several audiences', { aud: ['another', CLIENT.clientId] }, {}],
      ['the type of any JWT', {}, { typ: 'JWT' }],
      ['no type', {}, { typ: undefined }],
    ])('takes a token with %s', async (_what, claims, header) => {
      expect((await tell(await logoutToken(claims, { header }))).status).toBe(200);
    });

    it('refuses a signature that is not the provider’s (§2.6)', async () => {
      const here = await signIn('s9');
      const token = await logoutToken();
      const [header, payload] = token.split('.');
      const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
      const foreign = await newKey(String(provider.keys[0].jwk.kid));
      const forged = [
        await logoutToken({}, { key: foreign }),
        await logoutToken({}, { key: await newKey('unknown') }),
        `${header}.${payload}.${'A'.repeat(86)}`,
        `${unsigned}.${payload}.`,
        await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(CLIENT.clientSecret)),
        `${header}.${payload}`,
        'no token',
        '',
        'x'.repeat(20_000),
      ];
      for (const one of forged) expect((await tell(one)).status).toBe(400);
      expect(await here()).toEqual({ sub: 'alice' });
    });

    it('takes a token once (§2.6)', async () => {
      const token = await logoutToken({ sid: 's10' });
      expect((await tell(token)).status).toBe(200);
      const again = await signIn('s10');
      expect((await tell(token)).status).toBe(400);
      expect(await again()).toEqual({ sub: 'alice' });
    });

    it('wants one token, in the form of a POST (§2.5)', async () => {
      const url = `${host.url}/op/backchannel-logout`;
      const token = await logoutToken();
      expect((await postForm(url, { logout_token: [token, token] })).status).toBe(400);
      expect((await postForm(url, {})).status).toBe(400);
      expect((await fetch(`${url}?logout_token=${token}`, { method: 'POST' })).status).toBe(400);
      expect((await fetch(`${url}?logout_token=${token}`)).status).toBe(404);
      const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
      expect((await fetch(url, { ...json, body: JSON.stringify({ logout_token: token }) })).status).toBe(400);
      expect((await tell(token)).status).toBe(200);
    });

    it('takes a secret’s signature only where the client is registered so', async () => {
      const { issuer: iss } = provider;
      const claims = { iss, aud: CLIENT.clientId, iat: now(), exp: now() + 60, jti: randomUUID(), sub: 'alice' };
      const jwt = new SignJWT({ ...claims, events: { [EVENT]: {} } }).setProtectedHeader({ alg: 'HS256' });
      const token = await jwt.sign(new TextEncoder().encode(CLIENT.clientSecret));
      expect((await tell(token)).status).toBe(400);
      const url = `${host.url}/by-secret/backchannel-logout`;
      expect((await postForm(url, { logout_token: token })).status).toBe(200);
      expect((await postForm(url, { logout_token: await logoutToken() })).status).toBe(400);
    });
  });

  describe('front-channel', () => {
    const frame = (query: string): Promise<Response> => fetch(`${host.url}/op/frontchannel-logout?${query}`);

    it('ends the session, in a frame of the provider alone (§2, §3)', async () => {
      const [here, there] = [await signIn('f1'), await signIn('f2')];
      const answer = await frame(new URLSearchParams({ iss: provider.issuer, sid: 'f1' }).toString());
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = answer.headers.get('content-security-policy');
      expect(policy).toContain(`frame-ancestors ${provider.issuer}`);
      expect([await here(), await there()]).toEqual([{ sub: null }, { sub: 'alice' }]);
      expect(notices).toEqual([{ provider: 'op', issuer: provider.issuer, sid: 'f1', channel: 'front' }]);
      expect(events).toHaveLength(1);
    });

    it.each<[string, (issuer: string) => string]>([
      ['neither iss nor sid', () => ''],
      ['no iss', () => 'sid=f3'],
      ['no sid', (issuer) => `iss=${issuer}`],
      ['another iss', () => 'iss=https://else.example&sid=f3'],
      ['an empty sid', (issuer) => `iss=${issuer}&sid=`],
      ['two sids', (issuer) => `iss=${issuer}&sid=f3&sid=f4`],
    ])('refuses a request with %s', async (_what, query) => {
      const here = await signIn('f3');
      const refused = await frame(query(provider.issuer));
      expect([refused.status, await here(), notices]).toEqual([400, { sub: 'alice' }, []]);
    });
  });
});

it('asks for the keys again when the provider has others, and says so when they cannot be had (§2.8)', async () => {
  const rotating = await startHostileProvider();
  const { url } = await startSignInHost({ controllers: [PeopleController], clients: { op: clientOf(rotating) } });
  const tell = async (key = rotating.keys[0]): Promise<number> => {
    const logout_token = await logoutToken({ iss: rotating.issuer }, { key });
    return (await postForm(`${url}/op/backchannel-logout`, { logout_token })).status;
  };
  rotating.bends.jwks = () => ANSWERS.status(500);
  expect(await tell()).toBe(503);
  rotating.bends = {};
  expect(await tell()).toBe(200);
  rotating.keys.unshift(await newKey('second'));
  expect(await tell()).toBe(200);
});
