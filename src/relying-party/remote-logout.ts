// What a provider says has ended, on its way to the method that wants to know.

export const RECEIVE_LOGOUT = Symbol('receive-logout');
const NOTICE = Symbol('logout-notice');

export interface ReceiveLogoutRoute {
  /** Of the provider. */
  name: string;
  channel: 'back' | 'front';
}

/** What a provider says has ended: one session there, or with `subject` alone every session of a user. */
export interface RemoteLogoutNotice {
  /** The name under which the provider is registered. */
  provider: string;
  /** `iss`. */
  issuer: string;
  /** `sub`. */
  subject?: string;
  /** `sid` of the ID tokens. */
  sid?: string;
  /** The provider said so itself, or in the browser. */
  channel: 'back' | 'front';
}

export function rememberLogout(request: object, notice: RemoteLogoutNotice): void {
  Object.defineProperty(request, NOTICE, { value: notice, configurable: true });
}

export function remoteLogoutOf(request: object): RemoteLogoutNotice | undefined {
  return (request as { [NOTICE]?: RemoteLogoutNotice })[NOTICE];
}
