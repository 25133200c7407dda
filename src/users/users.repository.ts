// The SQL of accounts.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../database/database.js';
import { canonicalEmail, canonicalLogin, canonicalUsername, displayedUsername, isEmailLogin } from './canonical.js';
import { ADMINISTRATOR, User } from './user.js';
import type { UserClaims } from './user-claims.js';
import { UserEntity } from './user.entity.js';

const COLUMNS = `id, username, email, email_verified, roles, claims, disabled_at IS NOT NULL AS disabled, created_at, updated_at`;

const FIND = statement('user.find', `SELECT ${COLUMNS} FROM users WHERE id = $1`);
const BY_USERNAME = statement(
  'user.by_username',
  `SELECT ${COLUMNS}, password_hash FROM users WHERE username_canonical = $1`,
);
const BY_EMAIL = statement('user.by_email', `SELECT ${COLUMNS}, password_hash FROM users WHERE email_canonical = $1`);
const PASSWORD_HASH = statement('user.password_hash', 'SELECT password_hash FROM users WHERE id = $1');
const LOCK_PASSWORD = statement(
  'user.lock_password',
  'SELECT password_hash IS NOT NULL AS present FROM users WHERE id = $1 FOR UPDATE',
);
const SET_FIRST_PASSWORD = statement(
  'user.set_first_password',
  'UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 AND password_hash IS NULL RETURNING id',
);
const INSERT = statement(
  'user.insert',
  `INSERT INTO users (username, username_canonical, email, email_canonical, email_verified, password_hash, roles, claims)
   VALUES ($1, $2, $3, $4, $5, $6, $7::text[], $8::jsonb)
   RETURNING ${COLUMNS}`,
);
const EMAIL_TAKEN = statement(
  'user.email_taken',
  'SELECT FROM users WHERE email_canonical = $1 AND id IS DISTINCT FROM $2::uuid',
);
const OWNS_EMAIL = statement('user.owns_email', 'SELECT FROM users WHERE id = $1 AND email_canonical IS NOT NULL');
const YIELD_EMAIL = statement(
  'user.yield_email',
  'UPDATE users SET email_canonical = NULL WHERE email_canonical = $1 AND NOT email_verified AND id IS DISTINCT FROM $2::uuid',
);
const SET_PASSWORD = statement(
  'user.set_password',
  'UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 RETURNING id',
);
const REPLACE_PASSWORD = statement(
  'user.replace_password',
  'UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 AND password_hash = $3 RETURNING id',
);
const DISABLE = statement(
  'user.disable',
  'UPDATE users SET disabled_at = coalesce(disabled_at, now()), updated_at = now() WHERE id = $1 RETURNING id',
);
const ENABLE = statement(
  'user.enable',
  'UPDATE users SET disabled_at = NULL, updated_at = now() WHERE id = $1 RETURNING id',
);
const DELETE = statement('user.delete', 'DELETE FROM users WHERE id = $1 RETURNING id');
// JavaScript's dates hold milliseconds.
const HOLD = statement(
  'user.hold',
  `SELECT FROM users WHERE id = $1 AND disabled_at IS NULL AND date_trunc('milliseconds', updated_at) = $2 FOR SHARE`,
);
const LIST = statement(
  'user.list',
  `SELECT ${COLUMNS} FROM users
   WHERE username_canonical > $1
     AND ($2::text IS NULL OR strpos(username_canonical, $2) > 0 OR strpos(lower(email), $2) > 0)
   ORDER BY username_canonical LIMIT $3`,
);
const COUNT_ADMINISTRATORS = statement(
  'user.count_administrators',
  'SELECT count(*)::int AS count FROM users WHERE $1 = ANY (roles) AND disabled_at IS NULL',
);

interface UserRow {
  id: string;
  username: string;
  email: string | null;
  email_verified: boolean;
  roles: string[];
  claims: UserClaims;
  disabled: boolean;
  created_at: Date;
  updated_at: Date;
}

/** An account with what its password is compared to. */
export interface Credential {
  user: User;
  passwordHash: string | undefined;
}

export interface StoredUser {
  username: string;
  email: string | undefined;
  emailVerified: boolean;
  roles: readonly string[];
  claims: UserClaims;
}

export interface UserPage {
  /** The user after whom the page begins, who may be gone meanwhile. */
  after?: Pick<User, 'username'>;
  limit: number;
  /** A part of the user name or e-mail address. */
  search?: string;
}

@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<User | undefined> {
    const [row] = await this.database.query<UserRow>(FIND, [id]);
    return row && toUser(row);
  }

  /** By e-mail address when there is an @ in it, else by user name. */
  async findCredential(login: string): Promise<Credential | undefined> {
    const [row] = await this.database.query<UserRow & { password_hash: string | null }>(
      isEmailLogin(login) ? BY_EMAIL : BY_USERNAME,
      [canonicalLogin(login)],
    );
    return row && { user: toUser(row), passwordHash: row.password_hash ?? undefined };
  }

  async findPasswordHash(id: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ password_hash: string | null }>(PASSWORD_HASH, [id]);
    return row?.password_hash ?? undefined;
  }

  /** Is it another account's name to sign in with? */
  async isEmailTaken(email: string, exceptId: string | undefined): Promise<boolean> {
    return (await this.database.query(EMAIL_TAKEN, [canonicalEmail(email), exceptId ?? null])).length > 0;
  }

  /** @param ownsEmail can the user sign in with the e-mail address? */
  async insert(tx: Transaction, user: StoredUser, passwordHash: string | undefined, ownsEmail: boolean): Promise<User> {
    const [row] = await tx.query<UserRow>(INSERT, [
      displayedUsername(user.username),
      canonicalUsername(user.username),
      user.email ?? null,
      user.email !== undefined && ownsEmail ? canonicalEmail(user.email) : null,
      user.emailVerified,
      passwordHash ?? null,
      user.roles,
      JSON.stringify(user.claims),
    ]);
    return toUser(row);
  }

  /** Takes the e-mail address, as a name to sign in with, from whoever never proved to have it. */
  async yieldEmail(tx: Transaction, email: string, to: string | undefined): Promise<void> {
    await tx.query(YIELD_EMAIL, [canonicalEmail(email), to ?? null]);
  }

  /** Reads and locks. */
  async lock(tx: Transaction, id: string): Promise<StoredUser | undefined> {
    const entity = await tx.manager.findOne(UserEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (!entity) return undefined;
    const { username, email, emailVerified, roles, claims } = entity;
    return { username, email: email ?? undefined, emailVerified, roles, claims };
  }

  /** Can the user sign in with the e-mail address? */
  async ownsEmail(tx: Transaction, id: string): Promise<boolean> {
    return (await tx.query(OWNS_EMAIL, [id])).length > 0;
  }

  async update(tx: Transaction, id: string, user: StoredUser, ownsEmail: boolean): Promise<void> {
    const { email, emailVerified, roles, claims } = user;
    await tx.manager.update(UserEntity, { id }, {
      username: displayedUsername(user.username),
      usernameCanonical: canonicalUsername(user.username),
      email: email ?? null,
      emailCanonical: email !== undefined && ownsEmail ? canonicalEmail(email) : null,
      emailVerified,
      roles: [...roles],
      claims,
    } as object);
  }

  /** @returns false when there is no such user */
  async setPassword(tx: Transaction, id: string, passwordHash: string): Promise<boolean> {
    return (await tx.query(SET_PASSWORD, [id, passwordHash])).length > 0;
  }

  /** @returns false when the user has one, or there is no such user */
  async setFirstPassword(tx: Transaction, id: string, passwordHash: string): Promise<boolean> {
    return (await tx.query(SET_FIRST_PASSWORD, [id, passwordHash])).length > 0;
  }

  /** Locks the account. @returns whether it has a password */
  async lockPassword(tx: Transaction, id: string): Promise<boolean> {
    const [row] = await tx.query<{ present: boolean }>(LOCK_PASSWORD, [id]);
    return row?.present === true;
  }

  /** @returns false when the password is no longer the present one */
  async replacePassword(tx: Transaction, id: string, present: string, next: string): Promise<boolean> {
    return (await tx.query(REPLACE_PASSWORD, [id, next, present])).length > 0;
  }

  async disable(tx: Transaction, id: string): Promise<boolean> {
    return (await tx.query(DISABLE, [id])).length > 0;
  }

  async enable(id: string): Promise<boolean> {
    return (await this.database.query(ENABLE, [id])).length > 0;
  }

  async delete(tx: Transaction, id: string): Promise<boolean> {
    return (await tx.query(DELETE, [id])).length > 0;
  }

  /** Keeps the account as it is until the end of the transaction. @returns false when it has changed or is disabled */
  async hold(tx: Transaction, user: User): Promise<boolean> {
    return (await tx.query(HOLD, [user.id, user.updatedAt])).length > 0;
  }

  async list(page: UserPage): Promise<User[]> {
    const search = page.search === undefined ? null : canonicalUsername(page.search);
    // Every name comes after the empty one.
    const after = canonicalUsername(page.after?.username ?? '');
    return (await this.database.query<UserRow>(LIST, [after, search, page.limit])).map(toUser);
  }

  async countAdministrators(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(COUNT_ADMINISTRATORS, [ADMINISTRATOR]);
    return row?.count ?? 0;
  }
}

function toUser(row: UserRow): User {
  return new User(
    row.id,
    row.username,
    row.email ?? undefined,
    row.email_verified,
    row.roles,
    row.claims,
    row.disabled,
    row.created_at,
    row.updated_at,
  );
}
