// The SQL of logout notifications: written with the end of the session, worked off by whichever instance comes first.
import { Injectable } from '@nestjs/common';
import { ServerOptions } from '../../config/options.js';
import { Database, statement, type Transaction } from '../../database/database.js';

/** A client that is to be told that a session has ended. */
export interface LogoutNotification {
  id: string;
  clientId: string;
  sessionId: string;
  userId: string;
  /** With this one. */
  attempts: number;
}

interface LogoutNotificationRow {
  id: string;
  client_id: string;
  session_id: string;
  user_id: string;
  attempts: number;
}

/** What one claim may take. */
export interface ClaimLimits {
  total: number;
  perClient: number;
  /** Clients that somebody is telling something at this moment. */
  except: readonly string[];
  /** Seconds from one try to the next; longer than a try takes. */
  delays: readonly number[];
}

// Of a client of the host it is known only at the delivery whether it wants to know.
const CREATE = statement(
  'logout_notification.create',
  `INSERT INTO logout_notifications (client_id, session_id, user_id)
   SELECT DISTINCT g.client_id, g.session_id, g.user_id
   FROM grants g LEFT JOIN clients c ON c.client_id = g.client_id
   WHERE g.session_id = ANY ($1::uuid[]) AND g.user_id IS NOT NULL
     AND CASE WHEN c.client_id IS NULL THEN $2::boolean ELSE c.disabled_at IS NULL AND c.metadata ->> 'backchannel_logout_uri' IS NOT NULL END
   RETURNING id`,
);

// Whoever claims a row has moved its next try already: one that is lost with its instance is tried again by another.
const CLAIM = statement(
  'logout_notification.claim',
  `WITH claimed AS MATERIALIZED (
     SELECT due.id
     FROM (SELECT DISTINCT client_id FROM logout_notifications WHERE due_at <= now() AND client_id <> ALL ($3::text[])) client
     CROSS JOIN LATERAL (
       SELECT id FROM logout_notifications WHERE client_id = client.client_id AND due_at <= now()
       ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
     ) due
     LIMIT $1
   )
   UPDATE logout_notifications SET attempts = attempts + 1,
     due_at = now() + make_interval(secs => ($4::integer[])[least(attempts + 1, cardinality($4::integer[]))])
   WHERE id IN (SELECT id FROM claimed)
   RETURNING id, client_id, session_id, user_id, attempts`,
);

const REMOVE_OF_CLIENTS = statement(
  'logout_notification.remove_of_clients',
  'DELETE FROM logout_notifications WHERE client_id = ANY ($1::text[])',
);

const REMOVE = statement('logout_notification.remove', 'DELETE FROM logout_notifications WHERE id = $1');

@Injectable()
export class LogoutNotificationsRepository {
  constructor(
    private readonly database: Database,
    private readonly options: ServerOptions,
  ) {}

  /** One for each client that the user signed in to in one of the sessions and that wants to know. @returns how many */
  async create(tx: Transaction, sessionIds: readonly string[]): Promise<number> {
    return (await tx.query(CREATE, [sessionIds, this.options.queryClient !== undefined])).length;
  }

  /** Those that are due, each for one instance alone. */
  async claim({ total, perClient, except, delays }: ClaimLimits): Promise<LogoutNotification[]> {
    const rows = await this.database.query<LogoutNotificationRow>(CLAIM, [total, perClient, except, delays]);
    return rows.map((row) => ({
      id: row.id,
      clientId: row.client_id,
      sessionId: row.session_id,
      userId: row.user_id,
      attempts: row.attempts,
    }));
  }

  async removeOf(tx: Transaction, clientIds: readonly string[]): Promise<void> {
    await tx.query(REMOVE_OF_CLIENTS, [clientIds]);
  }

  async remove(id: string): Promise<void> {
    await this.database.query(REMOVE, [id]);
  }
}
