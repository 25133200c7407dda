// The SQL of the identities with which sessions were begun.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../../database/database.js';

// A session that has ended meanwhile leaves nothing behind.
const SAVE = statement(
  'session_identity.save',
  `INSERT INTO session_identities (session_id, user_id, issuer, subject, provider, sid, id_token_sealed)
   SELECT id, user_id, $2, $3, $4, $5, $6 FROM sessions WHERE id = $1 FOR SHARE
   ON CONFLICT (session_id) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject,
     provider = excluded.provider, sid = excluded.sid, id_token_sealed = excluded.id_token_sealed`,
);
const COLUMNS = 'session_id, user_id, issuer, subject, provider, sid, id_token_sealed';
const FIND = statement('session_identity.find', `SELECT ${COLUMNS} FROM session_identities WHERE session_id = $1`);
// Of a session whose provider did not tell its name nobody knows which one it is: it ends with any of its user.
const BY_SID = statement(
  'session_identity.by_sid',
  `SELECT ${COLUMNS} FROM session_identities WHERE issuer = $1
     AND (sid = $2 AND ($3::text IS NULL OR subject = $3) OR sid IS NULL AND subject = $3)`,
);
const BY_SUBJECT = statement(
  'session_identity.by_subject',
  `SELECT ${COLUMNS} FROM session_identities WHERE issuer = $1 AND subject = $2`,
);
const DELETE = statement(
  'session_identity.delete',
  'DELETE FROM session_identities WHERE session_id = ANY ($1::uuid[])',
);

interface SessionIdentityRow {
  session_id: string;
  user_id: string;
  issuer: string;
  subject: string;
  provider: string;
  sid: string | null;
  id_token_sealed: string | null;
}

/** What is kept of a session. */
export interface NewSessionIdentity {
  sessionId: string;
  issuer: string;
  subject: string;
  provider: string;
  sid?: string;
  idTokenSealed?: string;
}

/** With which identity a session was begun. */
export interface SessionIdentity extends NewSessionIdentity {
  userId: string;
}

@Injectable()
export class SessionIdentitiesRepository {
  constructor(private readonly database: Database) {}

  async save({ sessionId, issuer, subject, provider, sid, idTokenSealed }: NewSessionIdentity): Promise<void> {
    const values = [sessionId, issuer, subject, provider, sid ?? null, idTokenSealed ?? null];
    await this.database.query(SAVE, values);
  }

  async find(sessionId: string): Promise<SessionIdentity | undefined> {
    const [row] = await this.database.query<SessionIdentityRow>(FIND, [sessionId]);
    return row && toIdentity(row);
  }

  async findBySid(issuer: string, sid: string, subject: string | undefined): Promise<SessionIdentity[]> {
    return (await this.database.query<SessionIdentityRow>(BY_SID, [issuer, sid, subject ?? null])).map(toIdentity);
  }

  async findBySubject(issuer: string, subject: string): Promise<SessionIdentity[]> {
    return (await this.database.query<SessionIdentityRow>(BY_SUBJECT, [issuer, subject])).map(toIdentity);
  }

  async delete(tx: Transaction, sessionIds: readonly string[]): Promise<void> {
    await tx.query(DELETE, [sessionIds]);
  }
}

function toIdentity(row: SessionIdentityRow): SessionIdentity {
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    issuer: row.issuer,
    subject: row.subject,
    provider: row.provider,
    sid: row.sid ?? undefined,
    idTokenSealed: row.id_token_sealed ?? undefined,
  };
}
