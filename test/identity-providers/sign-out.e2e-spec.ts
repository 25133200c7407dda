// Signing out here and at the identity provider, whoever begins.
// @see OpenID Connect RP-Initiated Logout §2, §3, Back-Channel Logout §2.4–2.7 https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest
import { randomBytes } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { query } from '../support/database.js';
import { openForm, submit } from '../support/flow.js';
import { textOf } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { APP, become, leadsTo, signedInAs, signInWith, startHouse, unique } from './house.js';

const { server, corp, club } = await startHouse({ sign_out: true });
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

function withSignOut(claims: Record<string, unknown>): void {
  become(corp, claims);
  corp.bends.metadata = (document) => ({ ...document, end_session_endpoint: `${corp.issuer}/bye` });
}

async function confirm(jar: CookieJar, request = ''): Promise<URL> {
  const form = await openForm(server, jar, `${server.url}/oauth/logout${request}`, 'sign-out');
  return leadsTo(await submit(server, jar, form, { decision: 'confirm' }));
}

describe('signing out here', () => {
  withSignOut({ sub: 'first' });

  it('signs out at the provider too, and then goes on to the client that asked', async () => {
    withSignOut({ sub: unique('sub'), sid: 'its-session' });
    const jar = new CookieJar();
    await signInWith(server, jar);
    const bye = new URLSearchParams({
      client_id: APP.client_id,
      post_logout_redirect_uri: APP.post_logout_redirect_uris[0],
      state: 'of the client',
    });
    const own = await confirm(jar, `?${bye.toString()}`);
    expect(own.pathname).toBe('/sign-in/with/corp/sign-out');
    expect(await signedInAs(server, jar)).toBeUndefined();
    const there = leadsTo(await visit(jar, own));
    expect(there.origin + there.pathname).toBe(`${corp.issuer}/bye`);
    expect(there.searchParams.get('post_logout_redirect_uri')).toBe(`${server.url}/sign-in/with/corp/signed-out`);
    expect(decodeJwt(there.searchParams.get('id_token_hint')!).sid).toBe('its-session');
    const state = there.searchParams.get('state')!;
    const back = new URL(`${server.url}/sign-in/with/corp/signed-out?state=${state}`);
    const replay = jar.copy();
    expect(leadsTo(await visit(jar, back)).href).toBe(`${APP.post_logout_redirect_uris[0]}?state=of+the+client`);
    const again = await visit(replay, back);
    expect([again.status, textOf(await again.text(), 'signed-out') === undefined]).toEqual([200, false]);
  });

  it('leads nowhere with a state that was not begun in this browser', async () => {
    for (const state of ['', '?state=made-up', '?state=a&state=b']) {
      const answer = await visit(new CookieJar(), `${server.url}/sign-in/with/corp/signed-out${state}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    }
    const forged = await visit(new CookieJar(), `${server.url}/sign-in/with/corp/sign-out?ticket=made-up`);
    expect([forged.status, forged.headers.get('location')]).toEqual([200, null]);
  });

  it('is not what a link on its own says to somebody who is signed in', async () => {
    become(club, { sub: unique('sub') });
    const jar = new CookieJar();
    await signInWith(server, jar, '/sign-in/with/club');
    for (const page of ['signed-out?state=made-up', 'sign-out?ticket=made-up'])
      expect(leadsTo(await visit(jar, `${server.url}/sign-in/with/corp/${page}`)).pathname).toBe('/');
    expect(await signedInAs(server, jar)).toBeDefined();
  });

  it('ends here all the same where the provider is not one to be signed out at', async () => {
    become(club, { sub: unique('sub') });
    const jar = new CookieJar();
    await signInWith(server, jar, '/sign-in/with/club');
    const form = await openForm(server, jar, `${server.url}/oauth/logout`, 'sign-out');
    const done = await submit(server, jar, form, { decision: 'confirm' });
    expect(done.status).toBe(200);
    expect(await signedInAs(server, jar)).toBeUndefined();
  });

  it('leaves nothing of the identity behind', async () => {
    const sub = unique('sub');
    withSignOut({ sub });
    const jar = new CookieJar();
    await signInWith(server, jar);
    const kept = `SELECT id_token_sealed FROM session_identities WHERE subject = '${sub}'`;
    const [row] = await query<{ id_token_sealed: string }>(server, kept);
    expect(() => decodeJwt(row.id_token_sealed)).toThrow();
    await confirm(jar);
    expect(await query(server, kept)).toEqual([]);
  });
});

describe('signing out at the provider', () => {
  async function logoutToken(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
    const { jwk, privateKey } = corp.keys[0];
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: corp.issuer,
      aud: 'server',
      iat: now,
      exp: now + 120,
      jti: randomBytes(8).toString('hex'),
      events: { [EVENT]: {} },
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid, typ: 'logout+jwt', ...header })
      .sign(privateKey);
  }
  const post = (token: string, provider = 'corp'): Promise<Response> =>
    fetch(`${server.url}/sign-in/with/${provider}/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    });

  it('ends the session that was begun in the one there, and no other', async () => {
    const sub = unique('sub');
    const [one, other] = [new CookieJar(), new CookieJar()];
    become(corp, { sub, sid: 'one' });
    await signInWith(server, one);
    become(corp, { sub, sid: 'other' });
    await signInWith(server, other);
    const answer = await post(await logoutToken({ sid: 'one' }));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await signedInAs(server, one)).toBeUndefined();
    expect(await signedInAs(server, other)).toBeDefined();
  });

  it('of a user ends all that they began with it', async () => {
    const sub = unique('sub');
    become(corp, { sub });
    const [one, other] = [new CookieJar(), new CookieJar()];
    await signInWith(server, one);
    await signInWith(server, other);
    expect((await post(await logoutToken({ sub }))).status).toBe(200);
    expect([await signedInAs(server, one), await signedInAs(server, other)]).toEqual([undefined, undefined]);
  });

  it('is not believed of whoever else says so', async () => {
    const sub = unique('sub');
    become(corp, { sub });
    const jar = new CookieJar();
    await signInWith(server, jar);
    const good = await logoutToken({ sub: 'somebody else' });
    expect((await post(good)).status).toBe(200);
    const tokens = [
      good,
      'nonsense',
      '',
      await logoutToken({ sub, aud: 'other' }),
      await logoutToken({ sub, iss: 'https://else.example' }),
      await logoutToken({ sub, events: {} }),
      await logoutToken({ sub, nonce: 'n' }),
      await logoutToken({ sub, exp: 1 }),
      await logoutToken({}),
      (await logoutToken({ sub })).replace(/.{20}$/, 'A'.repeat(20)),
    ];
    for (const token of tokens) {
      const answer = await post(token);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([400, 'no-store']);
    }
    expect((await post(await logoutToken({ sub }), 'club')).status).toBe(400);
    expect(await signedInAs(server, jar)).toBeDefined();
  });
});
