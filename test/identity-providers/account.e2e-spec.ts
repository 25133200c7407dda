// The account page: which accounts elsewhere somebody signs in with, linked and unlinked by them alone.
import { query } from '../support/database.js';
import { USERS } from '../support/fixtures.js';
import { type OpenForm, openForm, signIn, submit } from '../support/flow.js';
import { forms, textOf } from '../support/html.js';
import { CookieJar, visit } from '../support/http.js';
import { atProvider, become, leadsTo, signedInAs, signInWith, startHouse, unique } from './house.js';

const { server, corp, club } = await startHouse();
const account = `${server.url}/account`;

async function formTo(jar: CookieJar, action: RegExp): Promise<OpenForm> {
  const html = await (await visit(jar, account)).text();
  const found = forms(html).find((one) => action.test(one.action));
  if (!found) throw new Error(`No form to ${action.source}: ${textOf(html, 'identities') ?? 'no section'}`);
  return { ...found, at: account };
}

/** Everything from the button to the account page. */
async function link(jar: CookieJar, name = 'corp'): Promise<URL> {
  const start = await submit(server, jar, await formTo(jar, new RegExp(`/identities/${name}/link$`)), {});
  return leadsTo(await visit(jar, await atProvider(leadsTo(start))));
}

const subjectsOf = async (username: string): Promise<string[]> => {
  const rows = await query<{ subject: string }>(
    server,
    `SELECT subject FROM user_identities i JOIN users u ON u.id::text = i.user_id WHERE username = '${username}' ORDER BY 1`,
  );
  return rows.map(({ subject }) => subject);
};

/** Somebody who has no password. */
async function newcomer(): Promise<{ jar: CookieJar; name: string; sub: string }> {
  const [sub, name] = [unique('sub'), unique('kim')];
  become(corp, { sub, preferred_username: name, email: `${name}@corp.example` });
  const jar = new CookieJar();
  await signInWith(server, jar);
  return { jar, name, sub };
}

describe('linking', () => {
  it('makes an account elsewhere a way to sign in to this one', async () => {
    const sub = unique('sub');
    become(corp, { sub, email: 'anything@corp.example' });
    const jar = await signIn(server, USERS.alice);
    expect((await link(jar)).search).toBe('?notice=identityLinked');
    expect(await subjectsOf('alice')).toContain(sub);
    const page = await (await visit(jar, account)).text();
    expect(textOf(page, 'identities')).toContain('anything@corp.example');
    const other = new CookieJar();
    await signInWith(server, other);
    expect(await signedInAs(server, other)).toBe('alice');
  });

  it('of an account that is somebody else’s is refused, and changes nothing', async () => {
    const { sub } = await newcomer();
    const jar = await signIn(server, USERS.bob);
    const back = await link(jar);
    expect([back.pathname, back.searchParams.get('problem')]).toEqual(['/account', 'taken']);
    expect(textOf(await (await visit(jar, back)).text(), 'account-problem')).toContain('Corp & Co');
    expect(await subjectsOf('bob')).not.toContain(sub);
    expect(await signedInAs(server, jar)).toBe('bob');
  });

  it('needs the form of this session: a link or a form of another site does nothing', async () => {
    const jar = await signIn(server, USERS.bob);
    expect((await visit(jar, `${account}/identities/corp/link`)).status).toBe(404);
    const bare = await visit(jar, `${account}/identities/corp/link`, {
      method: 'POST',
      body: new URLSearchParams({}),
      headers: { origin: 'https://evil.example' },
    });
    expect(bare.status).toBe(403);
  });

  it('an answer that somebody else has begun is not linked to whoever opens it', async () => {
    const [attacker, victim] = [await signIn(server, USERS.bob), await signIn(server, USERS.alice)];
    const sub = unique('sub');
    become(corp, { sub });
    const start = await submit(server, attacker, await formTo(attacker, /identities\/corp\/link$/), {});
    const callback = await atProvider(leadsTo(start));
    expect(leadsTo(await visit(victim, callback)).searchParams.get('problem')).toBe('failed');
    expect(await subjectsOf('alice')).not.toContain(sub);
  });

  it('is not finished in another session than it was asked for in', async () => {
    const sub = unique('sub');
    become(club, { sub });
    const jar = await signIn(server, USERS.bob);
    const start = await submit(server, jar, await formTo(jar, /identities\/club\/link$/), {});
    const callback = await atProvider(leadsTo(start));
    const form = await openForm(server, jar, `${server.url}/sign-in?switch=1`, 'sign-in');
    await submit(server, jar, form, { username: 'alice', password: USERS.alice.password });
    expect(leadsTo(await visit(jar, callback)).searchParams.get('problem')).toBe('failed');
    expect([await subjectsOf('bob'), await subjectsOf('alice')].flat()).not.toContain(sub);
  });

  it('asks whoever has not signed in of late to do it again', async () => {
    const jar = await signIn(server, USERS.bob);
    await query(
      server,
      `UPDATE sessions SET auth_time = now() - interval '1 hour'
       WHERE user_id = (SELECT id::text FROM users WHERE username = 'bob')`,
    );
    const start = await submit(server, jar, await formTo(jar, /identities\/club\/link$/), {});
    expect(leadsTo(start).href).toBe(`${server.url}/sign-in?next=%2Faccount&fresh=1`);
    const again = await openForm(server, jar, leadsTo(start).href, 'sign-in');
    await submit(server, jar, again, { username: 'bob', password: USERS.bob.password });
    const sub = unique('sub');
    become(club, { sub });
    expect((await link(jar, 'club')).search).toBe('?notice=identityLinked');
    expect(await subjectsOf('bob')).toContain(sub);
  });
});

describe('unlinking', () => {
  it('ends that way to sign in', async () => {
    const sub = unique('sub');
    become(corp, { sub, preferred_username: unique('new') });
    const jar = await signIn(server, USERS.bob);
    await link(jar);
    const before = await subjectsOf('bob');
    const page = await (await visit(jar, account)).text();
    const id = await query<{ id: string }>(server, `SELECT id FROM user_identities WHERE subject = '${sub}'`);
    const form = forms(page).find(({ action }) => action.endsWith(`/identities/${id[0].id}/unlink`))!;
    expect(leadsTo(await submit(server, jar, { ...form, at: account }, {})).search).toBe('?notice=identityUnlinked');
    expect(await subjectsOf('bob')).toEqual(before.filter((one) => one !== sub));
    const other = new CookieJar();
    await signInWith(server, other);
    expect(await signedInAs(server, other)).not.toBe('bob');
  });

  it('of the last way to sign in is refused, until there is a password', async () => {
    const { jar, name, sub } = await newcomer();
    const refused = leadsTo(await submit(server, jar, await formTo(jar, /\/unlink$/), {}));
    expect(refused.search).toBe('?problem=last-way');
    expect(await subjectsOf(name)).toEqual([sub]);

    const form = await openForm(server, jar, account, 'change-password');
    expect(form.fields).not.toHaveProperty('current_password');
    const set = await submit(server, jar, form, { new_password: 'a password of my own' });
    expect(leadsTo(set).search).toBe('?notice=passwordSet');
    expect(leadsTo(await submit(server, jar, await formTo(jar, /\/unlink$/), {})).search).toBe(
      '?notice=identityUnlinked',
    );
    const later = await signIn(server, { username: name, password: 'a password of my own' });
    expect(await signedInAs(server, later)).toBe(name);
  });

  it('of somebody else’s is not possible', async () => {
    const { sub } = await newcomer();
    const [{ id }] = await query<{ id: string }>(server, `SELECT id FROM user_identities WHERE subject = '${sub}'`);
    const jar = await signIn(server, USERS.alice);
    const form = await openForm(server, jar, account, 'change-password');
    const action = `/account/identities/${id}/unlink`;
    expect((await submit(server, jar, { ...form, action }, {})).status).toBe(404);
    expect(await query(server, `SELECT FROM user_identities WHERE subject = '${sub}'`)).toHaveLength(1);
  });
});

describe('the first password', () => {
  it('is set by a fresh sign-in only, and never takes the place of one that there is', async () => {
    const { jar, name } = await newcomer();
    await query(
      server,
      `UPDATE sessions SET auth_time = now() - interval '1 hour'
       WHERE user_id = (SELECT id::text FROM users WHERE username = '${name}')`,
    );
    const form = await openForm(server, jar, account, 'change-password');
    const answer = await submit(server, jar, form, { new_password: 'a password of my own' });
    expect(leadsTo(answer).searchParams.get('fresh')).toBe('1');
    const alice = await signIn(server, USERS.alice);
    const own = await openForm(server, alice, account, 'change-password');
    expect((await submit(server, alice, own, { new_password: 'somebody else’s' })).status).toBe(400);
  });
});
