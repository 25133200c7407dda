// Clients are told by the server itself that a session has ended.
// @see OpenID Connect Back-Channel Logout 1.0 https://openid.net/specs/openid-connect-backchannel-1_0.html
import { randomUUID } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify, createRemoteJWKSet, type JWTPayload } from 'jose';
import { SessionsService } from '../../src/sessions/sessions.service.js';
import { TokensRepository } from '../../src/tokens/tokens.repository.js';
import { ask, open, press } from '../pages/browse.js';
import { clientKey, jwksOf, openJwe } from '../support/client-keys.js';
import { administer, type CreatedClient } from '../support/clients.js';
import { query } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { bootstrap } from '../support/fixtures.js';
import { authorize, baseOf, type Server, signIn } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { openidConfiguration } from '../support/openid.js';
import { freePort, startServer } from '../support/server.js';
import { type Receiver, startReceiver } from './receiver.js';
import { createRelyingParty, logoutPath, newUser, signInTo } from './relying-party.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

let server: InProcessServer;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver({
    '/slow': () => undefined,
    '/broken': (response) => response.writeHead(500).end(),
    '/refusing': (response) => response.writeHead(400).end('{"error":"invalid_request"}'),
    '/elsewhere': (response) => response.writeHead(307, { location: '/landed' }).end(),
    '/no-content': (response) => response.writeHead(204).end(),
  });
  const outboundAllowList = [receiver.host, 'localhost'];
  server = await startInProcess({ outboundAllowList, keyRotation: 0 });
}, 60_000);

/** A client that is told at this path of the receiver. */
function toldAt(path: string, metadata: Record<string, unknown> = {}): Promise<CreatedClient> {
  return createRelyingParty(server, { backchannel_logout_uri: receiver.url(path), ...metadata });
}

const newPath = (): string => `/${randomUUID()}`;

async function verify(token: string, client: CreatedClient, on: Server = server): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${baseOf(on)}/oauth/jwks`));
  return (await jwtVerify(token, keys, { issuer: on.issuer, audience: client.client_id, typ: 'logout+jwt' })).payload;
}

const logOut = (jar: CookieJar, idToken: string): Promise<unknown> =>
  open(server, jar, logoutPath({ id_token_hint: idToken }));

const waiting = (client: CreatedClient): Promise<Record<string, unknown>[]> =>
  query(server, 'SELECT * FROM logout_notifications WHERE client_id = $1', [client.client_id]);

it('is advertised, with sessions (§2.1)', async () => {
  expect(await openidConfiguration(server)).toMatchObject({
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  });
});

describe('the logout token', () => {
  it('says which user and which session, is signed, and has no nonce (§2.4)', async () => {
    const path = newPath();
    const client = await toldAt(path);
    const { jar, idToken, sid, sub } = await signInTo(server, client, undefined, { nonce: 'n-1' });
    await logOut(jar, idToken);
    const token = await receiver.token(path);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'logout+jwt', kid: expect.any(String) });
    const claims = await verify(token, client);
    expect(claims).toEqual({
      iss: server.issuer,
      aud: client.client_id,
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.stringMatching(/^[\w-]{36}$/),
      events: { [EVENT]: {} },
      sub,
      sid,
    });
    expect(claims.exp! - claims.iat!).toBeLessThanOrEqual(120);
    expect(claims.iat!).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('is posted as a form, to the client alone (§2.5)', async () => {
    const path = newPath();
    const client = await toldAt(path);
    const { jar, idToken } = await signInTo(server, client);
    await logOut(jar, idToken);
    await receiver.token(path);
    const [{ method, headers, body }] = receiver.at(path);
    expect([method, headers['content-type']]).toEqual(['POST', 'application/x-www-form-urlencoded']);
    expect([...new URLSearchParams(body).keys()]).toEqual(['logout_token']);
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('authorization');
  });

  it.each([
    ['ES256', 'ES256'],
    ['PS256', 'PS256'],
    ['EdDSA', 'EdDSA'],
  ])('is signed as ID tokens are: %s (§2.4)', async (registered, algorithm) => {
    const path = newPath();
    const client = await toldAt(path, { id_token_signed_response_alg: registered });
    const { jar, idToken } = await signInTo(server, client);
    await logOut(jar, idToken);
    const token = await receiver.token(path);
    expect(decodeProtectedHeader(token).alg).toBe(algorithm);
    await verify(token, client);
  });

  it('is encrypted as ID tokens are (§2.4)', async () => {
    const [path, key] = [newPath(), await clientKey('RSA-OAEP-256', 'enc-1', 'enc')];
    const client = await toldAt(path, { id_token_encrypted_response_alg: key.alg, jwks: jwksOf(key) });
    const { jar } = await newUser(server);
    const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'openid' };
    await authorize(server, request, jar);
    await press(server, jar, await open(server, jar, '/oauth/logout'), 'sign-out', { decision: 'confirm' });
    const { header, text } = await openJwe(key, await receiver.token(path));
    expect(header).toMatchObject({ alg: key.alg, kid: key.kid });
    await verify(text, client);
  });

  it('has the pairwise sub of the client (OIDC Core §8)', async () => {
    const path = newPath();
    const client = await toldAt(path, { subject_type: 'pairwise' });
    const { jar, idToken, sub } = await signInTo(server, client);
    await logOut(jar, idToken);
    const claims = await verify(await receiver.token(path), client);
    expect(claims.sub).toBe(sub);
    const [{ user_id: userId }] = await query(server, 'SELECT user_id FROM grants WHERE client_id = $1', [
      client.client_id,
    ]);
    expect(claims.sub).not.toBe(userId);
  });

  it('is none of the ID tokens that are hints', async () => {
    const path = newPath();
    const client = await toldAt(path);
    const { jar, idToken } = await signInTo(server, client);
    await logOut(jar, idToken);
    const stop = await open(server, jar, logoutPath({ id_token_hint: await receiver.token(path) }));
    expect([stop.status, stop.error]).toEqual([400, 'invalid_request']);
  });
});

describe('is sent when the session ends', () => {
  it('to every client that the user signed in to, once each', async () => {
    const paths = [newPath(), newPath(), newPath()];
    const [first, second, third] = await Promise.all(paths.map((path) => toldAt(path)));
    const { jar, idToken, sid } = await signInTo(server, first);
    await signInTo(server, second, jar);
    await signInTo(server, second, jar);
    const elsewhere = await signInTo(server, third);
    await logOut(jar, idToken);
    expect((await verify(await receiver.token(paths[0]), first)).sid).toBe(sid);
    expect((await verify(await receiver.token(paths[1]), second)).sid).toBe(sid);
    await logOut(elsewhere.jar, elsewhere.idToken);
    expect((await verify(await receiver.token(paths[2]), third)).sid).toBe(elsewhere.sid);
    expect(paths.map((path) => receiver.at(path).length)).toEqual([1, 1, 1]);
  });

  it('to clients that have offline_access as well, whose tokens go on', async () => {
    const path = newPath();
    const client = await toldAt(path);
    const request = { scope: 'openid offline_access', prompt: 'consent' };
    const { jar, idToken } = await signInTo(server, client, undefined, request);
    await logOut(jar, idToken);
    await verify(await receiver.token(path), client);
  });

  const ENDS: Record<
    string,
    (session: { jar: CookieJar; user: { username: string; password: string } }) => Promise<unknown>
  > = {
    'by the button on the sign-out page': async ({ jar }) =>
      press(server, jar, await open(server, jar, '/oauth/logout'), 'sign-out', { decision: 'confirm' }),
    'from the account page, in this browser': async ({ jar }) =>
      press(server, jar, await open(server, jar, '/account'), 'sign-out'),
    'from the account page of another browser': async ({ user }) => {
      const other = await signIn(server, user);
      return press(server, other, await open(server, other, '/account'), 'sign-out-others');
    },
    'because another user signs in': async ({ jar }) => {
      const { username, password } = await newUser(server);
      return press(server, jar, await ask(server, jar, { prompt: 'login' }), 'sign-in', { username, password });
    },
    'because the password was changed in another browser': async ({ user }) => {
      const other = await signIn(server, user);
      return press(server, other, await open(server, other, '/account'), 'change-password', {
        current_password: user.password,
        new_password: 'another password 1',
      });
    },
    'because an administrator disables the user': async ({ user }) =>
      administer(server, 'POST', `/api/users/${await idOf(user.username)}/disable`),
    'because an administrator deletes the user': async ({ user }) =>
      administer(server, 'DELETE', `/api/users/${await idOf(user.username)}`),
    'by the clean-up, when it has expired': async ({ user }) => {
      const ended = `UPDATE sessions SET expires_at = now() - interval '1 s' WHERE user_id = $1`;
      await query(server, ended, [await idOf(user.username)]);
      return server.app.get(SessionsService).removeExpired(100);
    },
  };

  async function idOf(username: string): Promise<string> {
    return (await query<{ id: string }>(server, 'SELECT id FROM users WHERE username = $1', [username]))[0].id;
  }

  it.each(Object.keys(ENDS))(
    '%s',
    async (how) => {
      const path = newPath();
      const client = await toldAt(path);
      const user = await newUser(server);
      const { jar, sid, sub } = await signInTo(server, client, user.jar);
      await ENDS[how]({ jar, user });
      // The clean-up has a round every half a minute.
      await eventually(() => receiver.at(path).length > 0, 45_000);
      expect(await verify(await receiver.token(path), client)).toMatchObject({ sid, sub });
    },
    60_000,
  );

  it('also when all that the client got has expired long ago', async () => {
    const path = newPath();
    const client = await toldAt(path);
    const { jar, idToken, sid } = await signInTo(server, client);
    await signInTo(server, client, jar);
    await query(server, `UPDATE grants SET expires_at = now() - interval '3 days' WHERE session_id = $1`, [sid]);
    await query(server, 'DELETE FROM access_tokens WHERE grant_id IN (SELECT id FROM grants WHERE session_id = $1)', [
      sid,
    ]);
    await server.app.get(TokensRepository).removeExpired(500);
    // One is enough to remember that the client was signed in to.
    expect(await query(server, 'SELECT FROM grants WHERE session_id = $1', [sid])).toHaveLength(1);
    await logOut(jar, idToken);
    await verify(await receiver.token(path), client);
  }, 60_000);

  it('but not when the same user signs in again', async () => {
    const path = newPath();
    const client = await toldAt(path);
    const user = await newUser(server);
    const { jar } = await signInTo(server, client, user.jar);
    const form = await ask(server, jar, { prompt: 'login' });
    await press(server, jar, form, 'sign-in', { username: user.username, password: user.password });
    await signInTo(server, client, jar);
    expect(await waiting(client)).toEqual([]);
    expect(receiver.at(path)).toEqual([]);
  });
});

describe('a client that', () => {
  /** Signs somebody in to the client and out again. */
  async function end(client: CreatedClient): Promise<string> {
    const { jar, idToken, sid } = await signInTo(server, client);
    await logOut(jar, idToken);
    return sid;
  }

  const failuresOf = (client: CreatedClient) =>
    server.events('logout.failed').filter(({ clientId }) => clientId === client.client_id);

  it.each([
    ['is broken', '/broken', 'status'],
    ['refuses', '/refusing', 'status'],
    ['redirects, which is not followed', '/elsewhere', 'redirected'],
  ])('%s is told again later', async (_, path, reason) => {
    const client = await toldAt(path);
    const sessionId = await end(client);
    const [failure] = await eventually(() => failuresOf(client).length > 0 && failuresOf(client));
    expect(failure).toEqual({
      clientId: client.client_id,
      userId: expect.any(String),
      sessionId,
      reason,
      final: false,
    });
    const [row] = await waiting(client);
    expect(row.attempts).toBe(1);
    expect((row.due_at as Date).getTime()).toBeGreaterThan(Date.now());
    expect(receiver.at('/landed')).toEqual([]);
  });

  it('does not answer delays nobody else', async () => {
    const [slow, good] = [await toldAt('/slow'), await toldAt(newPath())];
    const path = new URL(good.backchannel_logout_uri as string).pathname;
    const before = receiver.at('/slow').length;
    const sessions = await Promise.all(Array.from({ length: 8 }, () => signInTo(server, slow)));
    const quick = await signInTo(server, good);
    await Promise.all(sessions.map(({ jar, idToken }) => logOut(jar, idToken)));
    await eventually(() => receiver.at('/slow').length > before);
    await logOut(quick.jar, quick.idToken);
    await receiver.token(path);
    // All of the slow ones are still open, and no more than a few of them at once.
    expect(failuresOf(slow)).toEqual([]);
    expect(receiver.at('/slow').length - before).toBeLessThanOrEqual(5);
    expect((await eventually(() => failuresOf(slow)[0])).reason).toBe('timed_out');
  }, 30_000);

  it('answers 204 has been told', async () => {
    const client = await toldAt('/no-content');
    const sessionId = await end(client);
    await eventually(() => server.events('logout.delivered').some((one) => one.sessionId === sessionId));
    expect(await waiting(client)).toEqual([]);
  });

  it('never answers well is given up after some tries', async () => {
    const client = await toldAt('/broken');
    await end(client);
    await eventually(() => failuresOf(client).length === 1);
    for (let tries = 2; tries <= 5; tries++) {
      await query(server, 'UPDATE logout_notifications SET due_at = now() WHERE client_id = $1', [client.client_id]);
      // Any logout that somebody has to be told of begins the next look.
      await end(await toldAt(newPath()));
      await eventually(() => failuresOf(client).length === tries);
    }
    expect(failuresOf(client).map(({ final }) => final)).toEqual([false, false, false, false, true]);
    await eventually(async () => (await waiting(client)).length === 0);
  }, 60_000);

  it('has its endpoint at a private address that is not allowed is not called, nor tried again', async () => {
    const client = await toldAt('/x', { backchannel_logout_uri: 'https://127.0.0.2/logout' });
    await end(client);
    expect(await eventually(() => failuresOf(client)[0])).toMatchObject({ reason: 'refused', final: true });
    await eventually(async () => (await waiting(client)).length === 0);
  });

  it('was disabled or deleted meanwhile is not told', async () => {
    const [disabled, deleted] = [await toldAt('/broken'), await toldAt('/broken')];
    for (const client of [disabled, deleted]) {
      await end(client);
      await eventually(() => failuresOf(client).length === 1);
    }
    await administer(server, 'POST', `/api/clients/${disabled.client_id}/disable`);
    await administer(server, 'DELETE', `/api/clients/${deleted.client_id}`);
    expect(await waiting(deleted)).toEqual([]);
    await query(server, 'UPDATE logout_notifications SET due_at = now() WHERE client_id = $1', [disabled.client_id]);
    await end(await toldAt(newPath()));
    await eventually(async () => (await waiting(disabled)).length === 0);
    expect(failuresOf(disabled)).toHaveLength(1);
  });
});

it('is told by another instance when the one that ended the session is gone', async () => {
  const port = await freePort();
  const env = { OUTBOUND_ALLOW: `127.0.0.1` };
  const first = await startServer({ env, bootstrap: bootstrap() });
  const late = await startReceiver();
  const client = await createRelyingParty(first, { backchannel_logout_uri: `http://127.0.0.1:${port}/nobody` });
  const { jar, idToken, sid } = await signInTo(first, client);
  await open(first, jar, logoutPath({ id_token_hint: idToken }));
  await eventually(
    async () => (await query(first, 'SELECT FROM logout_notifications WHERE attempts = 1')).length === 1,
  );
  await first.kill();
  await query(
    first,
    `UPDATE clients SET metadata = jsonb_set(metadata, '{backchannel_logout_uri}', to_jsonb($1::text)) WHERE client_id = $2`,
    [late.url('/late'), client.client_id],
  );
  await query(first, 'UPDATE logout_notifications SET due_at = now()');
  const second = await startServer({ env: { ...env, ISSUER: first.issuer }, database: first.database });
  expect(await verify(await late.token('/late'), client, { ...second, issuer: first.issuer })).toMatchObject({ sid });
  await eventually(async () => (await query(first, 'SELECT FROM logout_notifications')).length === 0);
}, 60_000);
