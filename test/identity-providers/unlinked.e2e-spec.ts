// What ends with an identity that is unlinked, or with a session at the provider; and the page of who has no password.
import { db, query } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { USERS } from '../support/fixtures.js';
import { forms } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { become, leadsTo, signedInAs, signInWith, startHouse, unique } from './house.js';

const { server, corp } = await startHouse({ link_by_verified_email: true });
const account = `${server.url}/account`;

beforeAll(() => query(server, `UPDATE users SET email_verified = true WHERE username = 'alice'`));

it('the sessions that were begun with an identity end when it is unlinked, but for the one that does it', async () => {
  const sub = unique('sub');
  become(corp, { sub, email: USERS.alice.email, email_verified: true });
  const [own, stolen] = [new CookieJar(), new CookieJar()];
  await signInWith(server, own);
  await signInWith(server, stolen);
  expect(await signedInAs(server, stolen)).toBe('alice');
  const form = forms(await (await visit(own, account)).text()).find(({ action }) => action.endsWith('/unlink'))!;
  const body = new URLSearchParams(form.fields);
  await visit(own, new URL(form.action, account), { method: 'POST', body });
  expect([await signedInAs(server, own), await signedInAs(server, stolen)]).toEqual(['alice', undefined]);
});

it('a session never begins without what says with which identity: both, or neither', async () => {
  become(corp, { sub: unique('sub') });
  const before = new CookieJar();
  await signInWith(server, before);
  const sessions = (): Promise<unknown[]> => query(server, 'SELECT id FROM sessions');
  const count = (await sessions()).length;
  await query(server, 'ALTER TABLE session_identities ADD CONSTRAINT broken CHECK (false) NOT VALID');
  try {
    expect((await signInWith(server)).status).toBe(500);
    expect(await sessions()).toHaveLength(count);
  } finally {
    await query(server, 'ALTER TABLE session_identities DROP CONSTRAINT broken');
  }
  expect((await signInWith(server)).status).toBe(303);
  expect(await sessions()).toHaveLength(count + 1);
});

it('an identity that is taken from its user while somebody comes with it begins no session', async () => {
  const sub = unique('sub');
  become(corp, { sub });
  await signInWith(server);
  const [{ user_id: userId }] = await query(server, 'SELECT user_id FROM user_identities WHERE subject = $1', [sub]);
  const other = await db(server);
  await other.query('BEGIN');
  await other.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
  const jar = new CookieJar();
  const coming = signInWith(server, jar);
  const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await eventually(async () => (await query(server, waits)).length > 0);
  await other.query('DELETE FROM user_identities WHERE subject = $1', [sub]);
  await other.query('COMMIT');
  expect(leadsTo(await coming).searchParams.get('problem')).toBe('refused');
  expect(await signedInAs(server, jar)).toBeUndefined();
});

it('an identity whose sessions cannot be ended stays: whoever has one could go on', async () => {
  const sub = unique('sub');
  become(corp, { sub, email: USERS.alice.email, email_verified: true });
  const [own, other] = [new CookieJar(), new CookieJar()];
  await signInWith(server, own);
  await signInWith(server, other);
  const form = forms(await (await visit(own, account)).text()).find(({ action }) => action.endsWith('/unlink'))!;
  const unlink = (): Promise<Response> =>
    visit(own, new URL(form.action, account), { method: 'POST', body: new URLSearchParams(form.fields) });
  await query(
    server,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;
     CREATE TRIGGER refuse BEFORE DELETE ON sessions FOR EACH STATEMENT EXECUTE FUNCTION refuse()`,
  );
  try {
    expect((await unlink()).status).toBe(500);
  } finally {
    await query(server, 'DROP FUNCTION refuse() CASCADE');
  }
  expect(await query(server, 'SELECT FROM user_identities WHERE subject = $1', [sub])).toHaveLength(1);
  expect((await unlink()).status).toBe(303);
  expect([await signedInAs(server, own), await signedInAs(server, other)]).toEqual(['alice', undefined]);
});

it('somebody without a password proves who they are at the provider: there is no form for one', async () => {
  const jar = new CookieJar();
  become(corp, { sub: unique('sub') });
  await signInWith(server, jar);
  const html = await (await visit(jar, `${server.url}/sign-in?fresh=1&next=/account`)).text();
  expect(forms(html).filter(({ id }) => id === 'sign-in')).toEqual([]);
  expect(html).toContain('id="sign-in-with-corp"');
  const problem = await (await visit(jar, `${server.url}/sign-in?fresh=1&problem=failed&with=corp`)).text();
  expect(problem).toContain('id="error-summary"');
});

it('whoever does not want to connect an account can go back', async () => {
  const jar = new CookieJar();
  become(corp, { sub: unique('sub'), email: USERS.bob.email, email_verified: true });
  const page = leadsTo(await signInWith(server, jar));
  const form = forms(await (await visit(jar, page)).text()).find(({ id }) => id === 'sign-in-cancel-form')!;
  const body = new URLSearchParams({ ...form.fields, decision: 'cancel' });
  const answer = await visit(jar, new URL(form.action, page), { method: 'POST', body });
  expect([answer.status, leadsTo(answer).pathname]).toEqual([303, '/']);
});
