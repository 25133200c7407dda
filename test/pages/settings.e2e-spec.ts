// A server of its own: what its settings close, what guessing costs behind a proxy, and what strangers leave behind.
// @see RFC 6819 §4.4.1.11, OWASP Authentication Cheat Sheet https://www.rfc-editor.org/rfc/rfc6819#section-4.4.1.11
import { bootstrap, USERS } from '../support/fixtures.js';
import { type Credentials, signIn } from '../support/flow.js';
import { hasId, plainText } from '../support/html.js';
import { CookieJar, form, visit } from '../support/http.js';
import { query } from '../support/database.js';
import { type RunningServer, startServer } from '../support/server.js';
import {
  arrive,
  ask,
  authorizationPath,
  createClient,
  formOf,
  isSignedIn,
  NEW_CLIENT,
  open,
  press,
  type Stop,
} from './browse.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({
    env: { SIGN_UP: 'off', CLIENT_CREATION: 'admins', TRUST_PROXY: 'true' },
    bootstrap: bootstrap(),
  });
});
afterAll(() => server.stop());

describe('anonymous requests', () => {
  /** How many rows each table has. */
  async function rows(): Promise<Record<string, number>> {
    const tables = await query<{ name: string }>(
      server,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['sessions', 'grants', 'finished_interactions']),
    );
    const counts = tables.map(({ name }) => `(SELECT count(*)::int FROM "${name}") AS "${name}"`);
    return (await query<Record<string, number>>(server, `SELECT ${counts.join(', ')}`))[0];
  }

  it('leave nothing behind', async () => {
    const before = await rows();
    for (let time = 0; time < 3; time++) {
      const jar = new CookieJar();
      const page = await ask(server, jar, { scope: 'read', prompt: ['login', 'consent', ''][time] });
      expect(hasId(page.html, 'sign-in')).toBe(true);
      const posted = authorizationPath({ scope: 'read' }).split('?');
      const init = { method: 'POST', body: new URLSearchParams(posted[1]) };
      expect(hasId((await open(server, jar, posted[0], init)).html, 'sign-in')).toBe(true);
      await ask(server, jar, { prompt: 'none' });
      await ask(server, jar, { client_id: 'nobody', redirect_uri: 'https://evil.example/' });
      for (const path of ['/', '/sign-in', '/account', '/oauth/logout', '/clients/new']) await open(server, jar, path);
      const cancelled = await press(server, jar, page, 'sign-in-cancel-form');
      expect(cancelled.params.error).toBe('access_denied');
      expect((await press(server, jar, page, 'sign-in', { username: 'alice' })).status).toBe(400);
    }
    expect(await rows()).toEqual(before);
  });
});

describe('failed sign-ins', () => {
  let address = 0;

  /** Tries once, each time from another address. */
  async function attempt(user: Credentials, jar = new CookieJar()): Promise<Stop> {
    const page = await open(server, jar, '/sign-in');
    const from = `203.0.113.${++address}`;
    const { action, fields, at } = formOf(page, 'sign-in');
    const response = await visit(jar, new URL(action, at), {
      method: 'POST',
      headers: { origin: server.issuer, 'x-forwarded-for': from },
      body: new URLSearchParams({ ...fields, ...user }),
    });
    return arrive(server, jar, response);
  }

  /** Guesses until it has to wait. */
  async function guess(username: string): Promise<Stop[]> {
    const answers: Stop[] = [];
    while (answers.length < 14) {
      answers.push(await attempt({ username, password: `guess ${answers.length}` }));
      if (answers.at(-1)!.status === 429) break;
    }
    return answers;
  }

  /** What people read, whatever the time to wait. */
  const words = ({ html }: Stop): string => plainText(html).replace(/\d+|seconds?|minutes?/g, '…');
  const waitLonger = (): Promise<unknown> =>
    query(server, `UPDATE sign_in_failures SET blocked_until = now() + interval '1 hour' WHERE failures >= 5`);

  it('cost nothing before the fifth, and then time, whether the account exists or not', async () => {
    const [known, unknown] = [await guess('bob'), await guess('bobby')];
    for (const answers of [known, unknown]) {
      expect(answers.slice(0, 5).map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
      expect(answers.at(-1)!.status).toBe(429);
      expect(Number(answers.at(-1)!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(words(unknown[0])).toBe(words(known[0]));
    expect(words(unknown.at(-1)!)).toBe(words(known.at(-1)!));
    expect(words(known[0])).not.toBe(words(known.at(-1)!));
    const setting = (stop: Stop): string[] => [...stop.headers.keys()].sort();
    expect(setting(unknown[0])).toEqual(setting(known[0]));
    expect(setting(unknown.at(-1)!)).toEqual(setting(known.at(-1)!));
  });

  it('of others do not lock out a browser that signed in before', async () => {
    const jar = await signIn(server, USERS.alice);
    await press(server, jar, await open(server, jar, '/oauth/logout'), 'sign-out', { decision: 'confirm' });
    expect((await guess('alice')).at(-1)!.status).toBe(429);
    await waitLonger();
    expect((await attempt(USERS.alice)).status).toBe(429);
    expect(await isSignedIn(server, jar)).toBe(false);
    await attempt(USERS.alice, jar);
    expect(await isSignedIn(server, jar)).toBe(true);
  });

  it('by e-mail address count for the same account', async () => {
    const { email, password } = USERS.admin;
    expect((await guess(email)).at(-1)!.status).toBe(429);
    await waitLonger();
    expect((await attempt({ username: email.toUpperCase(), password })).status).toBe(429);
  });
});

describe('CLIENT_CREATION=admins', () => {
  const count = async (): Promise<number> =>
    (await query<{ n: number }>(server, 'SELECT count(*)::int AS n FROM clients'))[0].n;

  beforeEach(() => query(server, 'DELETE FROM sign_in_failures'));

  it('shows users no link, and refuses the page and the form', async () => {
    const jar = await signIn(server, USERS.bob);
    const home = await open(server, jar, '/');
    expect(hasId(home.html, 'create-client')).toBe(false);
    expect(home.html).not.toContain('/clients/new');
    expect(await open(server, jar, '/clients/new')).toMatchObject({ status: 403, error: 'access_denied' });
    const token = formOf(await open(server, jar, '/oauth/logout'), 'sign-out').fields.csrf_token;
    const before = await count();
    const body = form({ ...NEW_CLIENT, csrf_token: token });
    const headers = { origin: server.issuer };
    expect((await open(server, jar, '/clients/new', { method: 'POST', headers, body })).status).toBe(403);
    expect(await count()).toBe(before);
  });

  it('lets administrators create clients', async () => {
    const jar = await signIn(server, USERS.admin);
    expect(hasId((await open(server, jar, '/')).html, 'create-client')).toBe(true);
    expect((await createClient(server, jar)).client_secret).toMatch(/.{40}/);
  });
});

describe('SIGN_UP=off', () => {
  it('has no page, no form and no links', async () => {
    const jar = new CookieJar();
    const signInPage = await open(server, jar, '/sign-in');
    const before = await query(server, 'SELECT id FROM users');
    expect((await open(server, jar, '/sign-up')).status).toBe(404);
    const { csrf_token } = formOf(signInPage, 'sign-in').fields;
    const body = new URLSearchParams({ csrf_token: csrf_token, username: 'newcomer', password: 'long-enough-1' });
    const headers = { origin: server.issuer };
    expect((await open(server, jar, '/sign-up', { method: 'POST', headers, body })).status).toBe(404);
    expect(await query(server, 'SELECT id FROM users')).toHaveLength(before.length);
    for (const { html } of [signInPage, await open(server, jar, '/'), await ask(server, jar)]) {
      expect(html).not.toContain('sign-up');
    }
  });
});
