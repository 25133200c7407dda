// Has somebody just proven who they are? What changes how an account is reached asks for it.
import type { Session } from '../sessions/session.js';

/** Milliseconds. */
const FRESH = 10 * 60_000;

export function isFresh({ authTime }: Pick<Session, 'authTime'>): boolean {
  return Date.now() - authTime.getTime() < FRESH;
}
