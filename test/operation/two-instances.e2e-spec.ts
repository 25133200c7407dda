// Several instances on one database: what is changed at one of them holds at the others, tokens at once and settings a moment later.
// @see interface §1, security (Clients)
import { apiOf, createClient, createUser, type Api, type TestUser } from '../api/api.js';
import { isSignedIn, open, press } from '../pages/browse.js';
import { query } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import {
  authorize,
  clientCredentials,
  introspect,
  me,
  obtainTokens,
  signIn,
  tokenRequest,
  type ClientCredentials,
} from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { type RunningServer, startServer } from '../support/server.js';

const MACHINE = {
  redirect_uris: undefined,
  grant_types: ['client_credentials'],
  scope: 'read',
  skip_consent: undefined,
};
const NEXT = 'another password entirely';
const { trusted } = CLIENTS;

let here: RunningServer;
let there: RunningServer;
let api: Api;

beforeAll(async () => {
  here = await startServer({ bootstrap: bootstrap() });
  there = await startServer({ database: here.database, env: { ISSUER: here.issuer } });
  api = apiOf(here);
});

/** Milliseconds in which the other instance has heard of a change: a notification, not the age of a cache. */
const HEARD = 15_000;

const ask = (server: RunningServer, client: ClientCredentials): Promise<Response> =>
  tokenRequest(server, client, { grant_type: 'client_credentials' });
const isRefused = async (client: ClientCredentials): Promise<boolean> => {
  const { status } = await ask(there, client);
  // 400: it has not heard yet that the client is gone, and finds out when it is to store the token.
  expect([200, 400, 401]).toContain(status);
  return status === 401;
};
const isActive = async (token: string): Promise<boolean> => (await introspect(there, token)).active;

describe('a client secret', () => {
  it('that is rotated again and again never fails to authenticate within its overlap, nor does the new one, anywhere', async () => {
    const client = await createClient(api, MACHINE);
    const secrets = [client.client_secret];
    const answers: [status: number, age: number][] = [];
    let running = true;
    const loops = [here, there, here, there].map(async (server, n) => {
      while (running) {
        const age = n % secrets.length;
        const { status } = await ask(server, { ...client, client_secret: secrets.at(-1 - age)! });
        answers.push([status, age]);
      }
    });
    for (let rotation = 0; rotation < 20; rotation++) {
      const { status, body } = await api('POST', `/api/clients/${client.client_id}/secret`, { body: { overlap: 600 } });
      expect(status).toBe(200);
      secrets.push(body.client_secret);
      // At the other instance first of all, which may not have heard of it yet.
      answers.push([(await ask(there, body)).status, 0]);
    }
    running = false;
    await Promise.all(loops);
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter(([status]) => status !== 200)).toEqual([]);
  });

  it('that is new authenticates also where nobody has heard of it yet', async () => {
    const client = await createClient(api, MACHINE);
    expect((await ask(there, client)).status).toBe(200);
    // As if the notification took its time.
    await query(here, 'ALTER TABLE client_secrets DISABLE TRIGGER client_secrets_changed');
    const { body } = await api('POST', `/api/clients/${client.client_id}/secret`, { body: { overlap: 600 } });
    await query(here, 'ALTER TABLE client_secrets ENABLE TRIGGER client_secrets_changed');
    for (const secret of [client.client_secret, body.client_secret])
      expect((await ask(there, { ...client, client_secret: secret })).status).toBe(200);
  });

  it('without an overlap is refused by the other instance as well', async () => {
    const client = await createClient(api, MACHINE);
    expect((await ask(there, client)).status).toBe(200);
    const { body } = await api('POST', `/api/clients/${client.client_id}/secret`, { body: { overlap: 0 } });
    await eventually(() => isRefused(client), HEARD);
    expect((await ask(there, body)).status).toBe(200);
  });
});

describe('a client', () => {
  const pathOf = (client: ClientCredentials): string => `/api/clients/${client.client_id}`;

  it.each([
    ['disabled', (client: ClientCredentials) => api('POST', `${pathOf(client)}/disable`), 200],
    ['deleted', (client: ClientCredentials) => api('DELETE', pathOf(client)), 204],
  ])(
    'that is %s gets nothing more at the other instance, and what it had is worth nothing there',
    async (_, end, done) => {
      const client = await createClient(api, MACHINE);
      const { access_token } = await clientCredentials(there, client);
      expect(await isActive(access_token)).toBe(true);
      expect((await end(client)).status).toBe(done);
      expect(await isActive(access_token)).toBe(false);
      await eventually(() => isRefused(client), HEARD);
      expect(await isRefused(client)).toBe(true);
    },
  );

  it('that is disabled is sent no browser by the other instance', async () => {
    const client = await createClient(api);
    const jar = await signIn(there);
    const request = { client_id: client.client_id, scope: 'read', redirect_uri: 'https://client.example/callback' };
    expect((await authorize(there, request, jar)).code).not.toBe('');
    expect((await api('POST', `${pathOf(client)}/disable`)).status).toBe(200);
    await eventually(
      () =>
        authorize(there, request, jar).then(
          () => false,
          (error: Error) => /: 400 at /.test(error.message),
        ),
      HEARD,
    );
  });

  it('that is enabled again is served at once', async () => {
    const client = await createClient(api, MACHINE);
    expect((await ask(there, client)).status).toBe(200);
    await api('POST', `${pathOf(client)}/disable`);
    await eventually(() => isRefused(client), HEARD);
    await api('POST', `${pathOf(client)}/enable`);
    expect((await ask(there, client)).status).toBe(200);
  });
});

describe('a user', () => {
  let user: TestUser;
  let jars: Record<'here' | 'there', CookieJar>;
  let tokens: { access_token: string; refresh_token?: string }[];

  beforeEach(async () => {
    user = await createUser(api);
    jars = { here: await signIn(here, user), there: await signIn(there, user) };
    tokens = [
      await obtainTokens(here, trusted, { scope: 'profile' }, jars.here),
      await obtainTokens(there, trusted, { scope: 'profile' }, jars.there),
    ];
    for (const { access_token } of tokens) expect((await me(there, access_token)).status).toBe(200);
  });

  async function expectNothingLeftThere(): Promise<void> {
    expect(await isSignedIn(there, jars.there)).toBe(false);
    for (const { access_token, refresh_token } of tokens) {
      expect(await isActive(access_token)).toBe(false);
      expect((await me(there, access_token)).status).toBe(401);
      const refreshed = await tokenRequest(there, trusted, { grant_type: 'refresh_token', refresh_token });
      expect([refreshed.status, await refreshed.json()]).toEqual([
        400,
        expect.objectContaining({ error: 'invalid_grant' }),
      ]);
    }
  }

  it('who changes the password has no other session and no tokens at the other instance, and signs in there with the new one only', async () => {
    const account = await open(here, jars.here, '/account');
    const fields = { current_password: user.password, new_password: NEXT };
    expect((await press(here, jars.here, account, 'change-password', fields)).status).toBe(200);
    await expectNothingLeftThere();
    expect(await isSignedIn(there, jars.here)).toBe(true);
    await expect(signIn(there, user)).rejects.toThrow('400');
    expect(await isSignedIn(there, await signIn(there, { ...user, password: NEXT }))).toBe(true);
  });

  it('who is disabled has no session and no tokens at the other instance, and does not sign in there', async () => {
    expect((await api('POST', `/api/users/${user.id}/disable`)).status).toBe(200);
    await expectNothingLeftThere();
    await expect(signIn(there, user)).rejects.toThrow('400');
  });

  it('whose password changes while codes are redeemed at the other instance keeps none of what they gave', async () => {
    const codes = await Promise.all(
      Array.from({ length: 10 }, () =>
        authorize(there, { client_id: trusted.client_id, scope: 'profile' }, jars.there.copy()),
      ),
    );
    const account = await open(here, jars.here, '/account');
    const [changed, ...answers] = await Promise.all([
      press(here, jars.here, account, 'change-password', { current_password: user.password, new_password: NEXT }),
      ...codes.map(async ({ code, verifier, redirectUri }) => {
        const parameters = {
          grant_type: 'authorization_code',
          code,
          code_verifier: verifier,
          redirect_uri: redirectUri,
        };
        const response = await tokenRequest(there, trusted, parameters);
        return { status: response.status, body: (await response.json()) as { access_token?: string; error?: string } };
      }),
    ]);
    expect(changed.status).toBe(200);
    for (const { status, body } of answers) {
      if (status === 200) expect(await isActive(body.access_token!)).toBe(false);
      else expect([status, body.error]).toEqual([400, 'invalid_grant']);
    }
    await expectNothingLeftThere();
  });
});
