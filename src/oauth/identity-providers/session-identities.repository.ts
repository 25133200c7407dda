// The SQL of the identities with which sessions were begun.
import { Injectable } from '@nestjs/common';
import { Database, statement, type Transaction } from '../../database/database.js';

const SAVE = statement(
  'session_identity.save',
  `INSERT INTO session_identities (session_id, user_id, issuer, subject, provider, sid, id_token_sealed)
   VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT (session_id) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject,
     provider = excluded.provider, sid = excluded.sid, id_token_sealed = excluded.id_token_sealed`,
);
const COLUMNS = 'session_id, user_id, issuer, subject, provider, sid, id_token_sealed';
const FIND = statement('session_identity.find', `SELECT ${COLUMNS} FROM session_identities WHERE session_id = $1`);
// Of a session whose provider did not tell its name nobody knows which one it is: it ends with any of its user.
const BY_SID = statement(
  'session_identity.by_sid',
  `SELECT ${COLUMNS} FROM session_identities WHERE issuer = $1
     AND (sid = $2 AND ($3::text IS NULL OR subject = $3) OR sid IS NULL AND subject = $3)
   ORDER BY session_id`,
);
const BY_SUBJECT = statement(
  'session_identity.by_subject',
  `SELECT ${COLUMNS} FROM session_identities WHERE issuer = $1 AND subject = $2 ORDER BY session_id`,
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

/** With which identity a session was begun. */
export interface SessionIdentity {
  sessionId: string;
  userId: string;
  issuer: string;
  subject: string;
  provider: string;
  sid?: string;
  idTokenSealed?: string;
}

@Injectable()
export class SessionIdentitiesRepository {
  constructor(private readonly database: Database) {}

  async save(tx: Transaction, identity: SessionIdentity): Promise<void> {
    const { sessionId, userId, issuer, subject, provider, sid, idTokenSealed } = identity;
    await tx.query(SAVE, [sessionId, userId, issuer, subject, provider, sid ?? null, idTokenSealed ?? null]);
  }

  async find(sessionId: string): Promise<SessionIdentity | undefined> {
    const [row] = await this.database.query<SessionIdentityRow>(FIND, [sessionId]);
    return row && toIdentity(row);
  }

  async findBySid(tx: Transaction, issuer: string, sid: string, subject?: string): Promise<SessionIdentity[]> {
    return (await tx.query<SessionIdentityRow>(BY_SID, [issuer, sid, subject ?? null])).map(toIdentity);
  }

  async findBySubject(tx: Transaction, issuer: string, subject: string): Promise<SessionIdentity[]> {
    return (await tx.query<SessionIdentityRow>(BY_SUBJECT, [issuer, subject])).map(toIdentity);
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
