// Accounts: created, changed, found, their passwords checked, ended.
import { UsersService } from '../../src/users/users.service.js';
import { UserInputError } from '../../src/users/user-input-error.js';
import { UserLifecycle } from '../../src/users/user-lifecycle.js';
import { eventually } from '../support/eventually.js';
import { hashesOf, openHouse } from './house.js';

const PASSWORD = 'correct horse battery';

async function faultsOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!(error instanceof UserInputError)) throw error;
    return error.faults;
  }
}

let house: Awaited<ReturnType<typeof openHouse>>;
let users: UsersService;

beforeAll(async () => {
  house = await openHouse();
  users = house.get(UsersService);
}, 60_000);

beforeEach(async () => {
  await house.sql('DELETE FROM users');
  house.events.length = 0;
});

describe('creating an account', () => {
  it('stores what was given, and the password as a hash only', async () => {
    const user = await users.create(
      {
        username: ' Alice ',
        password: PASSWORD,
        email: ' Alice@Example.com ',
        emailVerified: true,
        roles: ['admin', 'admin'],
        claims: { name: 'Alice Example', address: { country: 'FR' } },
      },
      'administrator',
    );
    expect(user).toMatchObject({
      username: 'Alice',
      email: 'Alice@Example.com',
      emailVerified: true,
      roles: ['admin'],
      claims: { name: 'Alice Example', address: { country: 'FR' } },
      disabled: false,
      isAdministrator: true,
    });
    expect(await users.find(user.id)).toEqual(user);
    const [row] = await house.sql('SELECT * FROM users');
    expect(JSON.stringify(row)).not.toContain(PASSWORD);
    expect(row.password_hash).toMatch(/^\$argon2id\$/);
    expect(house.events).toEqual([{ name: 'user.created', userId: user.id }]);
  });

  it('refuses a name that is another one in a different form', async () => {
    await users.create({ username: 'alice' }, 'self-service');
    for (const username of ['alice', 'ALICE', 'ａｌｉｃｅ', ' alice ']) {
      const faults = await faultsOf(users.create({ username }, 'self-service'));
      expect(faults).toEqual([{ member: 'username', problem: 'is already taken' }]);
    }
    expect(house.events).toHaveLength(1);
  });

  it('has one winner when many want a name at once', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, () => users.create({ username: 'alice' }, 'self-service')),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await house.sql('SELECT id FROM users')).toHaveLength(1);
  });

  it('does not tell at sign-up whether an e-mail address has an account', async () => {
    const owner = await users.create({ username: 'alice', email: 'a@example.com', password: PASSWORD }, 'self-service');
    const other = await users.create(
      { username: 'mallory', email: 'A@example.com', password: 'mallorys own' },
      'self-service',
    );
    expect(other).toMatchObject({ email: 'A@example.com', emailVerified: false });
    expect((await users.findByLogin('a@example.com'))?.id).toBe(owner.id);
    expect(await users.verifyPassword('a@example.com', 'mallorys own')).toBeUndefined();
    expect((await users.verifyPassword('a@example.com', PASSWORD))?.id).toBe(owner.id);
  });

  it('holds also when many sign up with one address at once', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) => users.create({ username: `u${n}`, email: 'a@example.com' }, 'self-service')),
    );
    expect(attempts.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await house.sql('SELECT id FROM users WHERE email_canonical IS NOT NULL')).toHaveLength(1);
    expect(await house.sql('SELECT id FROM users WHERE email IS NOT NULL')).toHaveLength(12);
  });

  it('tells an administrator that an address is taken', async () => {
    await users.create({ username: 'alice', email: 'a@example.com' }, 'administrator');
    const faults = await faultsOf(users.create({ username: 'bob', email: 'A@EXAMPLE.COM' }, 'administrator'));
    expect(faults).toEqual([{ member: 'email', problem: 'is already taken' }]);
  });

  it('gives a proven address to whom it belongs, whoever claimed it before', async () => {
    const squatter = await users.create({ username: 'mallory', email: 'a@example.com' }, 'self-service');
    const owner = await users.create(
      { username: 'alice', email: 'a@example.com', emailVerified: true },
      'administrator',
    );
    expect((await users.findByLogin('a@example.com'))?.id).toBe(owner.id);
    expect((await users.find(squatter.id))?.email).toBe('a@example.com');
  });
});

describe('changing an account', () => {
  it('changes what is named and leaves the rest', async () => {
    const { id } = await users.create(
      { username: 'alice', email: 'a@example.com', emailVerified: true, claims: { name: 'A', locale: 'en' } },
      'administrator',
    );
    await users.find(id);
    const changed = await users.update(id, { claims: { name: 'B', locale: null, nickname: 'C' } }, 'self-service');
    expect(changed).toMatchObject({
      email: 'a@example.com',
      emailVerified: true,
      claims: { name: 'B', nickname: 'C' },
    });
    expect(await users.find(id)).toEqual(changed);
  });

  it('writes nothing when nothing changes', async () => {
    const { id, updatedAt } = await users.create(
      { username: 'alice', claims: { name: 'A', locale: 'en' } },
      'administrator',
    );
    const same = await users.update(
      id,
      { username: 'alice', claims: { locale: 'en', name: 'A' }, roles: [] },
      'administrator',
    );
    expect(same?.updatedAt).toEqual(updatedAt);
  });

  it('takes a new e-mail address as unverified, and none away', async () => {
    const { id } = await users.create(
      { username: 'alice', email: 'a@example.com', emailVerified: true },
      'administrator',
    );
    expect(await users.update(id, { email: 'b@example.com' }, 'self-service')).toMatchObject({
      email: 'b@example.com',
      emailVerified: false,
    });
    expect((await users.findByLogin('b@example.com'))?.id).toBe(id);
    expect(await users.findByLogin('a@example.com')).toBeUndefined();
    expect(await users.update(id, { email: null }, 'self-service')).toMatchObject({ email: undefined });
    expect(await users.findByLogin('b@example.com')).toBeUndefined();
  });

  it('keeps a foreign address no name to sign in with, whatever else changes', async () => {
    const owner = await users.create({ username: 'alice', email: 'a@example.com' }, 'self-service');
    const other = await users.create({ username: 'mallory' }, 'self-service');
    await users.update(other.id, { email: 'a@example.com' }, 'self-service');
    await users.update(other.id, { claims: { name: 'M' } }, 'self-service');
    await users.update(other.id, { roles: ['x'] }, 'administrator');
    expect((await users.findByLogin('a@example.com'))?.id).toBe(owner.id);
    await users.update(other.id, { emailVerified: true }, 'administrator');
    expect((await users.findByLogin('a@example.com'))?.id).toBe(other.id);
  });

  it('refuses a name that is taken', async () => {
    await users.create({ username: 'bob' }, 'administrator');
    const { id } = await users.create({ username: 'alice' }, 'administrator');
    expect(await faultsOf(users.update(id, { username: 'BOB' }, 'administrator'))).toEqual([
      { member: 'username', problem: 'is already taken' },
    ]);
    expect((await users.update(id, { username: 'ALICE' }, 'administrator'))?.username).toBe('ALICE');
  });
});

describe('checking a password', () => {
  it('takes the user name or the e-mail address in any case', async () => {
    const { id } = await users.create(
      { username: 'Alice', email: 'a@example.com', password: PASSWORD },
      'self-service',
    );
    for (const login of ['alice', 'ALICE', 'a@example.com', 'A@Example.Com']) {
      expect((await users.verifyPassword(login, PASSWORD))?.id).toBe(id);
      expect(await users.verifyPassword(login, `${PASSWORD}!`)).toBeUndefined();
    }
  });

  it.each(['nobody', 'nobody@example.com', '', '@', 'a\0b', '\ud800', 'x'.repeat(100_000), "' OR 1=1 --"])(
    'answers no for %p',
    async (login) => {
      expect(await users.verifyPassword(login.slice(0), PASSWORD)).toBeUndefined();
    },
  );

  it('answers no for an account that is disabled or has no password', async () => {
    const { id } = await users.create({ username: 'alice', password: PASSWORD }, 'administrator');
    await users.create({ username: 'robot' }, 'administrator');
    await users.disable(id);
    expect(await users.verifyPassword('alice', PASSWORD)).toBeUndefined();
    expect(await users.verifyPassword('robot', '')).toBeUndefined();
    await users.enable(id);
    expect((await users.verifyPassword('alice', PASSWORD))?.id).toBe(id);
  });

  it('takes the same time for accounts that exist, do not exist, are disabled or have no password', async () => {
    await users.create({ username: 'alice', password: PASSWORD }, 'administrator');
    await users.create({ username: 'robot' }, 'administrator');
    const gone = await users.create({ username: 'gone', password: PASSWORD }, 'administrator');
    await users.disable(gone.id);
    // Time is what the hash takes: each costs one, with the same parameters.
    for (const login of ['alice', 'robot', 'gone', 'nobody', 'nobody@example.com', '\0']) {
      const hashed = hashesOf(house);
      await users.verifyPassword(login, 'wrong password');
      expect(hashed()).toBe(1);
    }
  });
});

describe('the end of access', () => {
  it('runs its hooks in the transaction that changes the account: all or nothing', async () => {
    const { id } = await users.create({ username: 'alice', password: PASSWORD }, 'administrator');
    let fails = true;
    const seen: unknown[] = [];
    house.get(UserLifecycle).onAccessEnded(async (tx, userId, reason, keep) => {
      if (fails && userId === id) throw new Error('a hook failed');
      seen.push([userId, reason, keep]);
      await tx.manager.query('SELECT 1');
    });
    await expect(users.disable(id)).rejects.toThrow('a hook failed');
    await expect(users.setPassword(id, 'another password')).rejects.toThrow('a hook failed');
    expect((await users.verifyPassword('alice', PASSWORD))?.id).toBe(id);
    expect(house.events.map(({ name }) => name)).toEqual(['user.created']);
    fails = false;
    await users.changePassword(id, PASSWORD, 'another password', { sessionId: id });
    await users.disable(id);
    expect(seen).toEqual([
      [id, 'password_changed', { sessionId: id }],
      [id, 'user_disabled', undefined],
    ]);
    expect(house.events.map(({ name }) => name)).toEqual(['user.created', 'user.password_changed', 'user.disabled']);
  });

  it('changes a password only for who knows the present one', async () => {
    const { id } = await users.create({ username: 'alice', password: PASSWORD }, 'administrator');
    expect(await faultsOf(users.changePassword(id, 'wrong password', 'next password'))).toEqual([
      { member: 'current_password', problem: 'is not your password' },
    ]);
    expect(await faultsOf(users.changePassword(id, PASSWORD, 'short'))).toEqual([
      { member: 'new_password', problem: 'must have 8 to 128 characters' },
    ]);
    await users.changePassword(id, PASSWORD, 'next password');
    expect(await users.verifyPassword('alice', PASSWORD)).toBeUndefined();
    expect((await users.verifyPassword('alice', 'next password'))?.id).toBe(id);
  });

  it('lets one of two changes at once win', async () => {
    const { id } = await users.create({ username: 'alice', password: PASSWORD }, 'administrator');
    const results = await Promise.allSettled(
      ['first password', 'second password'].map((next) => users.changePassword(id, PASSWORD, next)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('deletes an account', async () => {
    const { id } = await users.create({ username: 'alice', password: PASSWORD }, 'administrator');
    await users.find(id);
    expect(await users.delete(id)).toBe(true);
    expect(await users.delete(id)).toBe(false);
    expect(house.events).toContainEqual({ name: 'user.deleted', userId: id });
    expect(await users.find(id)).toBeUndefined();
    await expect(users.get(id)).rejects.toThrow('no longer exists');
  });
});

describe('finding', () => {
  it('has no trouble with ids that are none', async () => {
    for (const id of ['', 'x', '1', "'", '\0', '00000000-0000-0000-0000-00000000000g']) {
      expect(await users.find(id)).toBeUndefined();
      expect(await users.findFresh(id)).toBeUndefined();
      expect(await users.disable(id)).toBe(false);
      expect(await users.enable(id)).toBe(false);
      expect(await users.delete(id)).toBe(false);
      expect(await users.setPassword(id, PASSWORD)).toBe(false);
      expect(await users.update(id, {}, 'administrator')).toBeUndefined();
      expect(await faultsOf(users.changePassword(id, PASSWORD, PASSWORD))).toBeDefined();
    }
  });

  it('hears of a change that another instance makes', async () => {
    const other = await openHouse({ databaseUrl: house.database });
    const { id } = await users.create({ username: 'alice', password: PASSWORD }, 'administrator');
    expect((await users.find(id))?.disabled).toBe(false);
    await other.get(UsersService).disable(id);
    await eventually(async () => (await users.find(id))?.disabled);
  });

  it('lists pages by name, and searches in names and addresses', async () => {
    for (const n of [3, 1, 2, 4]) {
      await users.create({ username: `User${n}`, email: `mail${n}_%@Example.com` }, 'administrator');
    }
    const first = await users.list({ limit: 2 });
    const second = await users.list({ limit: 2, after: first[1] });
    expect([...first, ...second].map(({ username }) => username)).toEqual(['User1', 'User2', 'User3', 'User4']);
    await users.delete(first[1].id);
    expect((await users.list({ limit: 1, after: first[1] })).map(({ username }) => username)).toEqual(['User3']);
    expect((await users.list({ limit: 9, search: 'USER3' })).map(({ username }) => username)).toEqual(['User3']);
    expect((await users.list({ limit: 9, search: '4_%@example' })).map(({ username }) => username)).toEqual(['User4']);
    expect(await users.list({ limit: 9, search: '%' })).toHaveLength(3);
    expect(await users.list({ limit: 9, search: '\\' })).toEqual([]);
  });

  it('counts enabled administrators', async () => {
    const { id } = await users.create({ username: 'root', roles: ['admin'] }, 'administrator');
    await users.create({ username: 'alice', roles: ['administrator'] }, 'administrator');
    expect(await users.countAdministrators()).toBe(1);
    await users.disable(id);
    expect(await users.countAdministrators()).toBe(0);
  });
});
