// What may happen once happens once, also when it is asked for thirty times at the same moment at two instances on one database.
// @see RFC 9700 §2.2.2, §4.14.2 https://www.rfc-editor.org/rfc/rfc9700#section-2.2.2
import { createClient, type CreatedClient } from '../support/clients.js';
import { db, query } from '../support/database.js';
import { bootstrap, CALLBACK, CLIENTS } from '../support/fixtures.js';
import {
  administrate,
  authorize,
  introspect,
  me,
  obtainTokens,
  revoke,
  signIn,
  signUp,
  tokenRequest,
  type AuthorizationResult,
  type ClientCredentials,
  type TokenResponse,
} from '../support/flow.js';
import { CookieJar } from '../support/http.js';
import { type RunningServer, startServer } from '../support/server.js';
import { letPass } from '../support/time.js';
import { ask, open, press } from '../pages/browse.js';

const { trusted, spa } = CLIENTS;
const TIMES = 30;
const NO_GRACE = { refresh_token_grace: 0 };

let servers: [RunningServer, RunningServer];
let jar: CookieJar;

beforeAll(async () => {
  const first = await startServer({ bootstrap: bootstrap() });
  const { database, issuer } = first;
  // One issuer behind two processes, as behind a load balancer.
  servers = [first, await startServer({ database, env: { ISSUER: issuer } })];
  jar = await signIn(first);
  await authorize(first, { client_id: spa.client_id, scope: 'profile read' }, jar);
});

interface Answer {
  status: number;
  body: TokenResponse & { error?: string };
}

/** The same request thirty times at once, half of them at each instance. */
const atOnce = <T>(work: (server: RunningServer, n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: TIMES }, (_, n) => work(servers[n % 2], n)));

async function read(response: Response): Promise<Answer> {
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const redeem = async (server: RunningServer, client: ClientCredentials, code: AuthorizationResult): Promise<Answer> =>
  read(
    await tokenRequest(server, client, {
      grant_type: 'authorization_code',
      code: code.code,
      redirect_uri: code.redirectUri,
      code_verifier: code.verifier,
    }),
  );
const refresh = async (server: RunningServer, client: ClientCredentials, token: string | undefined): Promise<Answer> =>
  read(await tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token: token }));

const succeeded = (answers: Answer[]): Answer[] => answers.filter(({ status }) => status === 200);

/** What did not succeed was refused as an invalid grant: no other error, no 5xx. */
function expectOthersRefused(answers: Answer[]): void {
  const others = answers.filter(({ status }) => status !== 200);
  expect(others.map(({ status, body }) => [status, body.error])).toEqual(others.map(() => [400, 'invalid_grant']));
}

const isActive = async (token: string): Promise<boolean[]> =>
  Promise.all(servers.map(async (server) => (await introspect(server, token)).active));

/** Nothing of a family is good any more, at neither instance. */
async function expectDead(client: ClientCredentials, family: Pick<TokenResponse, 'access_token' | 'refresh_token'>[]) {
  for (const { access_token, refresh_token } of family) {
    expect(await isActive(access_token)).toEqual([false, false]);
    for (const server of servers)
      expect(await refresh(server, client, refresh_token)).toMatchObject({ body: { error: 'invalid_grant' } });
  }
}

describe.each<ClientCredentials>([trusted, spa])('thirty redemptions of one code of $client_id', (client) => {
  it('have one winner, the others are invalid_grant, and what the winner got is revoked (§4.5, RFC 6749 §4.1.2)', async () => {
    for (let round = 0; round < 3; round++) {
      const code = await authorize(servers[round % 2], { client_id: client.client_id, scope: 'read' }, jar);
      const answers = await atOnce((server) => redeem(server, client, code));
      expect(succeeded(answers)).toHaveLength(1);
      expectOthersRefused(answers);
      await expectDead(
        client,
        succeeded(answers).map(({ body }) => body),
      );
    }
  });
});

it('a code that is redeemed by its client and by others at once gives tokens to its client, and they stay good (§4.5)', async () => {
  const code = await authorize(servers[0], { client_id: trusted.client_id, scope: 'read' }, jar);
  const strangers = [CLIENTS.web, CLIENTS.other, spa];
  const answers = await atOnce((server, n) => redeem(server, n === 17 ? trusted : strangers[n % 3], code));
  expect(succeeded(answers)).toEqual([answers[17]]);
  expectOthersRefused(answers);
  expect(await isActive(answers[17].body.access_token)).toEqual([true, true]);
});

it('thirty codes of one person at once give thirty grants that do not disturb each other', async () => {
  const answers = await atOnce(async (server) => {
    const code = await authorize(server, { client_id: trusted.client_id, scope: 'read' }, jar.copy());
    return redeem(server, trusted, code);
  });
  expect(succeeded(answers)).toHaveLength(TIMES);
  expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(TIMES);
  const refreshed = await atOnce((server, n) => refresh(server, trusted, answers[n].body.refresh_token));
  expect(succeeded(refreshed)).toHaveLength(TIMES);
});

describe.each<ClientCredentials>([trusted, spa])('thirty refreshes with one token of $client_id', (client) => {
  const obtain = (): Promise<TokenResponse> => obtainTokens(servers[0], client, { scope: 'read' }, jar);

  it('within the grace all get the same successor, and the family lives on through it (§4.14.2)', async () => {
    for (let round = 0; round < 3; round++) {
      const first = await obtain();
      const answers = await atOnce((server) => refresh(server, client, first.refresh_token));
      expect(answers.map(({ status }) => status)).toEqual(Array(TIMES).fill(200));
      const [successor, ...more] = new Set(answers.map(({ body }) => body.refresh_token));
      expect(more).toEqual([]);
      expect(successor).not.toBe(first.refresh_token);
      for (const { body } of answers) expect(await isActive(body.access_token)).toEqual([true, true]);
      expect((await refresh(servers[1], client, successor)).status).toBe(200);
    }
  });

  it('beyond the grace are all refused, and the family ends (§4.14.2)', async () => {
    const first = await obtain();
    const { body: second } = await refresh(servers[0], client, first.refresh_token);
    await letPass(servers[0], first.refresh_token!, 31);
    const answers = await atOnce((server) => refresh(server, client, first.refresh_token));
    expect(succeeded(answers)).toEqual([]);
    expectOthersRefused(answers);
    await expectDead(client, [first, second]);
  });

  it('after the successor was used are all refused, and the family ends (§4.14.2)', async () => {
    const first = await obtain();
    const { body: second } = await refresh(servers[0], client, first.refresh_token);
    const { body: third } = await refresh(servers[1], client, second.refresh_token);
    const answers = await atOnce((server) => refresh(server, client, first.refresh_token));
    expect(succeeded(answers)).toEqual([]);
    expectOthersRefused(answers);
    await expectDead(client, [first, second, third]);
  });
});

describe('without a grace', () => {
  let client: CreatedClient;
  beforeAll(async () => void (client = await createClient(servers[0], NO_GRACE)));
  const obtain = (): Promise<TokenResponse> =>
    obtainTokens(servers[0], client, { scope: 'read', redirect_uri: client.redirect_uris[0] }, jar);

  it('thirty refreshes with one token have one winner, and its family ends with it (§4.14.2)', async () => {
    for (let round = 0; round < 3; round++) {
      const first = await obtain();
      const answers = await atOnce((server) => refresh(server, client, first.refresh_token));
      expect(succeeded(answers)).toHaveLength(1);
      expectOthersRefused(answers);
      await expectDead(client, [first, ...succeeded(answers).map(({ body }) => body)]);
    }
  });
});

it('a token and its successor refreshed at once leave one family or none, never two (§4.14.2)', async () => {
  const first = await obtainTokens(servers[0], trusted, { scope: 'read' }, jar);
  const { body: second } = await refresh(servers[0], trusted, first.refresh_token);
  const answers = await atOnce((server, n) => refresh(server, trusted, (n % 3 === 0 ? first : second).refresh_token));
  expectOthersRefused(answers);
  const successors = new Set(succeeded(answers).map(({ body }) => body.refresh_token));
  successors.delete(second.refresh_token);
  expect(successors.size).toBeLessThanOrEqual(1);
  // Whatever came of it: the first token is older than a used one by now, and whoever brings it ends everything.
  await refresh(servers[1], trusted, [...successors][0] ?? second.refresh_token);
  expect((await refresh(servers[0], trusted, first.refresh_token)).body.error).toBe('invalid_grant');
  await expectDead(trusted, [first, second, ...answers.map(({ body }) => body).filter((body) => body.access_token)]);
});

describe('a revocation at the other instance', () => {
  it.each(['access_token', 'refresh_token'] as const)(
    'of the %s while thirty refreshes run leaves no family half alive (RFC 7009 §2.1)',
    async (kind) => {
      for (let round = 0; round < 3; round++) {
        const first = await obtainTokens(servers[0], trusted, { scope: 'read' }, jar);
        const revoked = revoke(servers[1], trusted, first[kind]!);
        const answers = await atOnce((server) => refresh(server, trusted, first.refresh_token));
        expect((await revoked).status).toBe(200);
        expectOthersRefused(answers);
        const issued = succeeded(answers).map(({ body }) => body);
        if (kind === 'refresh_token') await expectDead(trusted, [first, ...issued]);
        else expect(await isActive(first.access_token)).toEqual([false, false]);
      }
    },
  );

  it('of the grant while its code is redeemed leaves nothing alive', async () => {
    for (let round = 0; round < 5; round++) {
      const user = await signUp(servers[0]);
      const code = await authorize(servers[0], { client_id: 'trusted', scope: 'read' }, user.jar);
      const account = await open(servers[1], user.jar, '/account');
      const [answer, changed] = await Promise.all([
        redeem(servers[0], trusted, code),
        press(servers[1], user.jar, account, 'change-password', {
          current_password: user.password,
          new_password: 'another password entirely',
        }),
      ]);
      expect(changed.status).toBe(200);
      if (answer.status === 200) await expectDead(trusted, [answer.body]);
      else expectOthersRefused([answer]);
    }
  });
});

describe('people at two instances', () => {
  it('who want one name at the same moment: one gets it, the others are told so, and nobody else exists', async () => {
    const username = 'Wanted';
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const server = servers[n % 2];
        const browser = new CookieJar();
        const page = await open(server, browser, '/sign-up');
        const fields = {
          username: n % 3 === 0 ? username.toLowerCase() : username,
          password: `a password of number ${n}`,
        };
        const answer = await press(server, browser, page, 'sign-up', fields);
        return { status: answer.status, at: new URL(answer.at).pathname, signedIn: browser.session() !== undefined };
      }),
    );
    const [winner, ...others] = answers.sort((a, b) => Number(b.signedIn) - Number(a.signedIn));
    expect(winner).toMatchObject({ status: 200, signedIn: true });
    expect(others).toEqual(others.map(() => ({ status: 400, at: '/sign-up', signedIn: false })));
    expect(await query(servers[0], 'SELECT FROM users WHERE lower(username) = $1', ['wanted'])).toHaveLength(1);
  });

  it('decide one consent thirty times: one decision is taken, and the others get no code', async () => {
    const { jar: browser } = await signUp(servers[0]);
    const page = await ask(servers[0], browser, { scope: 'read' });
    const answers = await atOnce((server, n) =>
      press(server, browser.copy(), page, 'consent', { decision: n % 2 === 0 ? 'allow' : 'deny' }),
    );
    expect(answers.filter(({ location }) => location?.href.startsWith(CALLBACK))).toHaveLength(1);
    expect(answers.every(({ status }) => status < 500)).toBe(true);
  });

  it('allow one client different scopes at the same moment: all of them are remembered, once each and in order', async () => {
    const { jar: browser, username } = await signUp(servers[0]);
    const pages = [];
    for (const scope of ['write', 'read email', 'write profile', 'read'])
      pages.push(await ask(servers[0], browser, { scope }));
    const answers = await Promise.all(
      pages.map((page, n) => press(servers[n % 2], browser.copy(), page, 'consent', { decision: 'allow' })),
    );
    expect(answers.map(({ params }) => typeof params.code)).toEqual(pages.map(() => 'string'));
    const sql = 'SELECT scopes FROM consents JOIN users ON users.id::text = user_id WHERE username = $1';
    expect(await query(servers[0], sql, [username])).toEqual([{ scopes: ['email', 'profile', 'read', 'write'] }]);
  });
});

describe('what ends at this very moment allows nothing more', () => {
  async function granted(username: string): Promise<unknown[]> {
    const sql = `SELECT g.id FROM grants g JOIN users u ON u.id::text = g.user_id WHERE u.username = $1 AND g.revoked_at IS NULL`;
    return query(servers[0], sql, [username]);
  }

  it.each([
    ['a session', 'DELETE FROM sessions WHERE user_id = (SELECT id::text FROM users WHERE username = $1)'],
    [
      'the session of a password change',
      'SELECT FROM sessions WHERE user_id = (SELECT id::text FROM users WHERE username = $1) FOR UPDATE',
    ],
  ])('%s', async (_what, ending) => {
    const { jar: browser, username } = await signUp(servers[0]);
    const client = await db(servers[0]);
    await client.query('BEGIN');
    await client.query(ending, [username]);
    const stop = await ask(servers[0], browser, {
      client_id: trusted.client_id,
      redirect_uri: trusted.redirect_uris[0],
    });
    expect(stop.params.code).toBeUndefined();
    await client.query('ROLLBACK');
    expect(await granted(username)).toEqual([]);
  });

  it('a consent', async () => {
    const { jar: browser, username } = await signUp(servers[0]);
    await authorize(servers[0], { client_id: 'web', scope: 'read' }, browser);
    const client = await db(servers[0]);
    await client.query('BEGIN');
    await client.query('DELETE FROM consents WHERE user_id = (SELECT id::text FROM users WHERE username = $1)', [
      username,
    ]);
    const stop = await ask(servers[0], browser, { scope: 'read' });
    expect(new URL(stop.at).pathname).toBe('/consent');
    await client.query('ROLLBACK');
    expect(await granted(username)).toHaveLength(1);
  });

  it('an account that is disabled while thirty authorizations are answered keeps none of them', async () => {
    const { jar: browser, username } = await signUp(servers[0]);
    const [{ id }] = await query<{ id: string }>(servers[0], 'SELECT id FROM users WHERE username = $1', [username]);
    await Promise.all([
      atOnce((server) =>
        ask(server, browser.copy(), { client_id: trusted.client_id, redirect_uri: trusted.redirect_uris[0] }),
      ),
      administrate(servers[1], 'POST', `/api/users/${id}/disable`),
    ]);
    expect(await granted(username)).toEqual([]);
  });
});

describe('what is deleted while thirty authorizations are answered leaves nothing behind', () => {
  const OF_USER = [
    'SELECT FROM sessions WHERE user_id = $1',
    'SELECT FROM consents WHERE user_id = $1',
    'SELECT FROM grants WHERE user_id = $1',
  ];

  it('an account', async () => {
    const { jar: browser, username } = await signUp(servers[0]);
    await authorize(servers[0], { client_id: 'web', scope: 'read' }, browser);
    const [{ id }] = await query<{ id: string }>(servers[0], 'SELECT id FROM users WHERE username = $1', [username]);
    for (const sql of OF_USER) expect(await query(servers[0], sql, [id])).not.toEqual([]);
    const [, deletion] = await Promise.all([
      atOnce((server) => ask(server, browser.copy(), { scope: 'read' })),
      administrate(servers[1], 'DELETE', `/api/users/${id}`),
    ]);
    expect(deletion.status).toBe(204);
    for (const sql of OF_USER) expect([sql, await query(servers[0], sql, [id])]).toEqual([sql, []]);
  });

  it('a client', async () => {
    const { client_id, redirect_uris } = await createClient(servers[0]);
    const request = { client_id, redirect_uri: redirect_uris[0], scope: 'read' };
    const { jar: browser } = await signUp(servers[0]);
    await authorize(servers[0], request, browser);
    const [, deletion] = await Promise.all([
      atOnce((server) => ask(server, browser.copy(), request)),
      administrate(servers[1], 'DELETE', `/api/clients/${client_id}`),
    ]);
    expect(deletion.status).toBe(204);
    expect(await query(servers[0], 'SELECT FROM grants WHERE client_id = $1', [client_id])).toEqual([]);
    expect(await query(servers[0], 'SELECT FROM consents WHERE client_id = $1', [client_id])).toEqual([]);
  });
});

it('keeps serving whoever is not concerned: no answer above was an internal error', async () => {
  for (const server of servers) {
    expect(server.logs()).not.toMatch(/ERROR|"level":(50|60)/);
    const { access_token } = await obtainTokens(server, trusted, { scope: 'profile' }, jar);
    expect((await me(server, access_token)).status).toBe(200);
  }
});
