// Which errors say that the database is away for now, rather than that a statement is wrong.
import { isNativeError } from 'node:util/types';

const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const SQLSTATES = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: starting up, shutting down, recovering
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
  '25006', // read_only_sql_transaction: a fail-over is going on
  '57014', // query_canceled: statement_timeout
  '55P03', // lock_not_available: lock_timeout
]);
const SQLSTATE_CLASSES = new Set([
  '08', // connection exception
  '53', // insufficient resources: too many connections, disk full
]);

// What pg and pg-pool say without a code.
const MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'not queryable',
  'after calling end on the pool',
  'Driver not Connected',
];

const DEEPEST = 5;

/**
 * Is the database away (stopped, starting, overloaded, unreachable), so that the same request may work a moment later?
 * Looks inside the errors of TypeORM and of failed connection attempts. The HTTP layer answers 503 with `Retry-After`.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return look(error, 0);
}

function look(error: unknown, depth: number): boolean {
  if (!isNativeError(error) || depth > DEEPEST) return false;
  const { code, syscall, driverError, errors } = error as Error & {
    code?: unknown;
    syscall?: unknown;
    driverError?: unknown;
    errors?: unknown;
  };
  if (typeof code === 'string') {
    if (SYSTEM_CODES.has(code) || SQLSTATES.has(code)) return true;
    // A missing socket, not a missing file.
    if (code === 'ENOENT' && syscall === 'connect') return true;
    if (code.length === 5 && SQLSTATE_CLASSES.has(code.slice(0, 2))) return true;
  }
  if (code === undefined && MESSAGES.some((message) => error.message.includes(message))) return true;
  if (look(driverError, depth + 1) || look(error.cause, depth + 1)) return true;
  return Array.isArray(errors) && errors.some((one) => look(one, depth + 1));
}
