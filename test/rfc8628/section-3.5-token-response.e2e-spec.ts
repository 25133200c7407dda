// The device polls: what it is told while it waits, and what it gets once.
// @see RFC 8628 §3.4, §3.5 https://www.rfc-editor.org/rfc/rfc8628#section-3.5
import { decodeJwt } from 'jose';
import { createClient } from '../support/clients.js';
import { query } from '../support/database.js';
import { bootstrap, CLIENTS, DEVICE_CODE, RESOURCES, USERS } from '../support/fixtures.js';
import { administrate, introspect, me, signIn, signUp, tokenRequest } from '../support/flow.js';
import { type CookieJar, postForm } from '../support/http.js';
import { startInProcess } from '../support/in-process.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';
import { open, press } from '../pages/browse.js';
import { connect, decide, type DeviceAuthorization, letWait, poll, startDevice } from './device.js';

const server = sharedServer();
const { box, tv, web } = CLIENTS;
const TIMES = 30;

const errorOf = async (device: { device_code: string }, client = tv as Parameters<typeof poll>[2]): Promise<unknown> =>
  (await poll(server, device, client)).body.error;

let jar: CookieJar;
beforeAll(async () => {
  ({ jar } = await signUp(server));
});

async function allowed(client: Parameters<typeof startDevice>[1] = tv, parameters = {}): Promise<DeviceAuthorization> {
  const device = await startDevice(server, client, parameters);
  await decide(server, jar, device);
  return device;
}

describe('while the user has not decided', () => {
  it('is authorization_pending', async () => {
    const { status, headers, body } = await poll(server, await startDevice(server));
    expect([status, body.error]).toEqual([400, 'authorization_pending']);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('a device that keeps to the interval is not slowed down', async () => {
    const device = await startDevice(server);
    for (let times = 0; times < 4; times++) {
      expect(await errorOf(device)).toBe('authorization_pending');
      await letWait(server, device, device.interval);
    }
  });

  it('a device that asks sooner is told to slow down, by 5 seconds each time', async () => {
    const device = await startDevice(server);
    expect(await errorOf(device)).toBe('authorization_pending');
    expect(await errorOf(device)).toBe('slow_down');
    await letWait(server, device, 8);
    expect(await errorOf(device)).toBe('slow_down');
    await letWait(server, device, 13);
    expect(await errorOf(device)).toBe('slow_down');
    await letWait(server, device, 20);
    expect(await errorOf(device)).toBe('authorization_pending');
    await letWait(server, device, 13);
    expect(await errorOf(device)).toBe('slow_down');
  });

  it('of many polls at once one is in time', async () => {
    const device = await startDevice(server);
    const errors = await Promise.all(Array.from({ length: TIMES }, () => errorOf(device)));
    expect(errors.filter((error) => error === 'authorization_pending')).toHaveLength(1);
    expect(errors.filter((error) => error === 'slow_down')).toHaveLength(TIMES - 1);
  });

  it('one device does not slow down another one', async () => {
    const [first, second] = [await startDevice(server), await startDevice(server)];
    await errorOf(first);
    expect(await errorOf(first)).toBe('slow_down');
    expect(await errorOf(second)).toBe('authorization_pending');
  });
});

describe('what cannot be redeemed', () => {
  it('is expired_token after its time, whoever has allowed it', async () => {
    const [waiting, granted] = [await startDevice(server), await allowed()];
    for (const device of [waiting, granted]) {
      await letWait(server, device, 901);
      expect(await errorOf(device)).toBe('expired_token');
      expect(await errorOf(device)).toBe('expired_token');
    }
  });

  it('is access_denied when the user has refused', async () => {
    const device = await startDevice(server);
    await decide(server, jar, device, 'deny');
    const { status, body } = await poll(server, device);
    expect([status, body.error]).toEqual([400, 'access_denied']);
    expect(await errorOf(device)).toBe('access_denied');
  });

  it.each([
    ['unknown', 'a'.repeat(48)],
    ['no device code at all', 'ä€\u{1f600}'],
    ['very long', 'a'.repeat(20_000)],
  ])('is invalid_grant when it is %s', async (_, device_code) => {
    const { status, body } = await poll(server, { device_code });
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('is invalid_grant for another client, which changes nothing for the right one', async () => {
    const waiting = await startDevice(server);
    expect(await errorOf(waiting, box)).toBe('invalid_grant');
    expect(await errorOf(waiting)).toBe('authorization_pending');
    const granted = await allowed();
    expect(await errorOf(granted, box)).toBe('invalid_grant');
    expect((await poll(server, granted)).status).toBe(200);
  });

  it('is not told apart by the user code', async () => {
    const { user_code } = await startDevice(server);
    expect(await errorOf({ device_code: user_code })).toBe('invalid_grant');
  });

  it('must be named, once', async () => {
    const { device_code } = await startDevice(server);
    const request = { client_id: 'tv', grant_type: DEVICE_CODE };
    for (const parameters of [{}, { device_code: '' }, { device_code: [device_code, device_code] }]) {
      const response = await postForm(`${server.url}/oauth/token`, { ...request, ...parameters });
      expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([400, 'invalid_request']);
    }
  });

  it('is unauthorized_client for a client without the grant type, and invalid_client without a secret', async () => {
    const device = await startDevice(server);
    expect(await errorOf(device, web)).toBe('unauthorized_client');
    expect((await poll(server, device, { client_id: 'box' })).status).toBe(401);
  });
});

describe('the tokens', () => {
  it('are those of the user who allowed it, for the scope that was asked for', async () => {
    const { username, jar: own } = await signUp(server);
    const tokens = await connect(server, own, tv, { scope: 'profile read' });
    expect(tokens).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: expect.any(String),
      scope: 'profile read',
    });
    expect(await (await me(server, tokens.access_token)).json()).toMatchObject({ username });
    expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, client_id: 'tv' });
  });

  it('have the default scope when none was asked for (RFC 6749 §3.3)', async () => {
    expect((await connect(server, jar)).scope).toBe('profile read');
  });

  it('come without a refresh token to a client that is not registered for it', async () => {
    const tokens = await connect(server, jar, box, { scope: 'read' });
    expect(tokens).not.toHaveProperty('refresh_token');
    expect(tokens.access_token).toMatch(/.{40}/);
  });

  it('are refreshed as any others (RFC 6749 §6)', async () => {
    const { refresh_token } = await connect(server, jar);
    const response = await tokenRequest(server, tv, { grant_type: 'refresh_token', refresh_token });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ scope: 'profile read', refresh_token: expect.any(String) });
  });

  it('are given once', async () => {
    const device = await allowed();
    const { body } = await poll(server, device);
    expect(await errorOf(device)).toBe('invalid_grant');
    expect((await introspect(server, body.access_token!)).active).toBe(true);
  });

  it('are given at once, also to a device that asked too often before', async () => {
    const device = await startDevice(server);
    for (let times = 0; times < 5; times++) await errorOf(device);
    await decide(server, jar, device);
    expect((await poll(server, device)).status).toBe(200);
  });

  it('are bound to the resources of the first request (RFC 8707)', async () => {
    const { jwt, opaque } = RESOURCES;
    const device = await allowed(tv, { scope: 'read', resource: jwt.identifier });
    const refused = await poll(server, device, tv, { resource: opaque.identifier });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_target']);
    const { body } = await poll(server, device, tv, { resource: jwt.identifier });
    expect(decodeJwt(body.access_token!)).toMatchObject({ aud: jwt.identifier, client_id: 'tv', scope: 'read' });
  });

  it('may be for one of the resources (RFC 8707 §2.2)', async () => {
    const resource = [RESOURCES.jwt.identifier, RESOURCES.calendar.identifier];
    const device = await allowed(tv, { scope: 'read write', resource });
    const { body } = await poll(server, device, tv, { resource: RESOURCES.calendar.identifier });
    expect(decodeJwt(body.access_token!).aud).toBe(RESOURCES.calendar.identifier);
  });
});

describe('of an OpenID request', () => {
  it('there is an ID token, which tells of the sign-in at the page (OIDC Core §2)', async () => {
    const device = await allowed(tv, { scope: 'openid profile offline_access', nonce: 'n-0S6_WzA2Mj' });
    const { body } = await poll(server, device);
    const accessClaims = (await introspect(server, body.access_token!, CLIENTS.api)) as { sub?: string };
    const claims = decodeJwt(body.id_token!);
    expect(claims).toMatchObject({
      iss: server.issuer,
      aud: 'tv',
      sub: accessClaims.sub,
      nonce: 'n-0S6_WzA2Mj',
      amr: ['pwd'],
      acr: '1',
      auth_time: expect.any(Number),
      at_hash: expect.any(String),
      sid: expect.any(String),
    });
    expect(body.refresh_token).toEqual(expect.any(String));
  });

  it('the nonce is not needed', async () => {
    const { id_token } = await connect(server, jar, box, { scope: 'openid' });
    expect(decodeJwt(id_token!)).not.toHaveProperty('nonce');
  });

  it('without offline_access there is no refresh token, and the access token ends with the session', async () => {
    const own = await signIn(server, USERS.bob);
    const { access_token, refresh_token } = await connect(server, own, tv, { scope: 'openid profile' });
    expect(refresh_token).toBeUndefined();
    expect((await introspect(server, access_token)).active).toBe(true);
    await press(server, own, await open(server, own, '/oauth/logout'), 'sign-out', { decision: 'confirm' });
    expect((await introspect(server, access_token)).active).toBe(false);
  });
});

describe('what the user takes back', () => {
  it('ends with the consent, before and after the device has its tokens', async () => {
    const { jar: own } = await signUp(server);
    const tokens = await connect(server, own);
    const waiting = await startDevice(server);
    await decide(server, own, waiting);
    const account = await open(server, own, '/account');
    expect(account.html).toContain('Television');
    await press(server, own, account, 'applications/tv/revoke');
    expect((await introspect(server, tokens.access_token)).active).toBe(false);
    const refreshed = await tokenRequest(server, tv, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    });
    expect(refreshed.status).toBe(400);
    expect(await errorOf(waiting)).toBe('access_denied');
  });

  it('ends when the user is disabled', async () => {
    const { username, jar: own } = await signUp(server);
    const waiting = await startDevice(server);
    const tokens = await connect(server, own);
    await decide(server, own, waiting);
    const [{ id }] = await query<{ id: string }>(server, 'SELECT id FROM users WHERE username = $1', [username]);
    expect((await administrate(server, 'POST', `/api/users/${id}/disable`)).status).toBe(200);
    expect((await introspect(server, tokens.access_token)).active).toBe(false);
    expect(await errorOf(waiting)).toBe('access_denied');
  });

  it('ends with the client', async () => {
    const client = await createClient(server, {
      grant_types: [DEVICE_CODE, 'refresh_token'],
      redirect_uris: [],
      response_types: [],
    });
    const waiting = await startDevice(server, client, { scope: 'read' });
    await decide(server, jar, waiting);
    const { access_token } = await connect(server, jar, client, { scope: 'read' });
    expect((await administrate(server, 'DELETE', `/api/clients/${client.client_id}`)).status).toBe(204);
    expect((await introspect(server, access_token)).active).toBe(false);
    expect((await poll(server, waiting, client)).status).toBe(401);
  });
});

describe('at two instances', () => {
  let servers: [RunningServer, RunningServer];
  let own: CookieJar;
  beforeAll(async () => {
    const first = await startServer({ bootstrap: bootstrap() });
    const { database, issuer } = first;
    servers = [first, await startServer({ database, env: { ISSUER: issuer } })];
    own = await signIn(first);
  });

  it('one of many polls at once gets the tokens, and they stay', async () => {
    for (let round = 0; round < 3; round++) {
      const device = await startDevice(servers[0]);
      await decide(servers[0], own, device);
      const polls = await Promise.all(Array.from({ length: TIMES }, (_, index) => poll(servers[index % 2], device)));
      const [won, ...more] = polls.filter(({ status }) => status === 200);
      expect(more).toEqual([]);
      const others = polls.filter(({ status }) => status !== 200).map(({ status, body }) => [status, body.error]);
      expect(others).toEqual(Array.from({ length: TIMES - 1 }, () => [400, 'invalid_grant']));
      expect((await introspect(servers[1], won.body.access_token!)).active).toBe(true);
      const [{ tokens }] = await query<{ tokens: string }>(
        servers[0],
        `SELECT count(*) AS tokens FROM device_codes d JOIN access_tokens t ON t.grant_id = d.grant_id WHERE d.grant_id IS NOT NULL`,
      );
      expect(Number(tokens)).toBe(round + 1);
    }
  });

  it('a device that polls while its user allows it gets its tokens, whatever the moment', async () => {
    for (let round = 0; round < 10; round++) {
      const device = await startDevice(servers[0]);
      const deciding = decide(servers[0], own, device);
      const answers = [];
      let decided = false;
      void deciding.then(() => (decided = true));
      while (!decided) answers.push(await poll(servers[answers.length % 2], device));
      await deciding;
      answers.push(await poll(servers[0], device));
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      const errors = new Set(answers.map(({ body }) => body.error));
      errors.delete(undefined);
      for (const error of errors) expect(['authorization_pending', 'slow_down', 'invalid_grant']).toContain(error);
    }
  });
});

it('a generator of token text is asked once, and told who the user is', async () => {
  const asked: unknown[] = [];
  const inProcess = await startInProcess({
    accessTokenGenerator: (context) => {
      asked.push(context);
      return `${'generated'.padEnd(40, '-')}${asked.length}`;
    },
  });
  const own = await signIn(inProcess);
  const device = await startDevice(inProcess);
  expect((await poll(inProcess, device)).body.error).toBe('authorization_pending');
  expect(asked).toEqual([]);
  await decide(inProcess, own, device);
  expect((await poll(inProcess, device)).body.access_token).toBe(`${'generated'.padEnd(40, '-')}1`);
  expect(asked).toEqual([
    { clientId: 'tv', grantType: DEVICE_CODE, userId: expect.any(String), scope: ['profile', 'read'] },
  ]);
});

it('events tell who allowed what, and what was issued', async () => {
  const inProcess = await startInProcess();
  const own = await signIn(inProcess);
  const [first, second] = [await startDevice(inProcess), await startDevice(inProcess)];
  await decide(inProcess, own, first);
  await decide(inProcess, own, second, 'deny');
  await poll(inProcess, first);
  expect(inProcess.events('consent.granted')).toEqual([
    { userId: expect.any(String), clientId: 'tv', scope: 'profile read' },
  ]);
  expect(inProcess.events('consent.denied')).toEqual([{ userId: expect.any(String), clientId: 'tv' }]);
  expect(inProcess.events('token.issued')).toEqual([
    expect.objectContaining({ clientId: 'tv', grantType: DEVICE_CODE, scope: 'profile read' }),
  ]);
});

it('the access token lives as long as the options say for the grant type', async () => {
  const short = await startServer({
    bootstrap: bootstrap(),
    options: { lifetimes: { accessTokenByGrantType: { [DEVICE_CODE]: 120 } } },
  });
  const own = await signIn(short);
  expect((await connect(short, own)).expires_in).toBe(120);
});
