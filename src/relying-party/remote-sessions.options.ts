// Options of the sessions that `@SignInWith` begins.
import type { InputFault } from '../common/input-error.js';
import type { SessionStore } from './session-store.js';

/** The session of one's own. */
export interface RemoteSessionOptions {
  /** Where sessions are kept. @default in memory, for one process: 10000 at a time, all gone when it ends */
  store?: SessionStore;
  /** On https, `__Host-` goes before it. @default "remote-session" */
  cookieName?: string;
  /** Seconds without a request after which a session ends. @default 28800 (8 hours) */
  idle?: number;
  /** Seconds after which it ends, whatever is done with it. @default 604800 (7 days) */
  absolute?: number;
  /**
   * Is the session at hand of `client.get(…)` where no request is named? It takes an AsyncLocalStorage, which on Node 20
   * and 22 makes every promise of the process a little dearer.
   * @default true
   */
  callChain?: boolean;
}

/** What is wrong with the options, per member. */
export function sessionFaults({ cookieName, idle, absolute }: RemoteSessionOptions = {}): InputFault[] {
  const faults: InputFault[] = [];
  for (const [member, seconds] of Object.entries({ idle, absolute })) {
    if (seconds !== undefined && (!Number.isSafeInteger(seconds) || seconds < 1))
      faults.push({ member: `session.${member}`, problem: 'must be a whole number of seconds, at least 1' });
  }
  // `__Host-` is put before it where it holds.
  if (cookieName !== undefined && !/^(?!__)[\w.-]{1,64}$/.test(cookieName))
    faults.push({
      member: 'session.cookieName',
      problem: 'must be letters, digits, ., _ and -, and must not begin with __',
    });
  return faults;
}
