// What PostgreSQL says of a statement that failed: five characters, also inside the errors of TypeORM.
// @see https://www.postgresql.org/docs/current/errcodes-appendix.html
import { isNativeError } from 'node:util/types';

/** The SQLSTATE of an error, e.g. `23505` for a duplicate key; undefined when it does not come from PostgreSQL. */
export function sqlState(error: unknown): string | undefined {
  if (!isNativeError(error)) return undefined;
  const { code, driverError, severity } = error as Error & {
    code?: unknown;
    driverError?: unknown;
    severity?: unknown;
  };
  if (driverError !== undefined) return sqlState(driverError);
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

/**
 * Was a prepared statement made for a schema that a migration has changed since, or forgotten by the server? Then the
 * same SQL works as soon as it is prepared anew.
 */
export function isStaleStatement(error: unknown): boolean {
  const state = sqlState(error);
  if (state === '26000') return true;
  const cause = (error as { driverError?: unknown }).driverError ?? error;
  // 0A000 says many things; the routine is the same in every language.
  return state === '0A000' && (cause as { routine?: string }).routine === 'RevalidateCachedQuery';
}

/** Did PostgreSQL end the transaction to let another one through? Then the same work succeeds when it is done again. */
export function isLostRace(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40P01' || state === '40001';
}
