// openid-client, loaded when the first provider needs it: an application without providers starts no slower.
import type * as openid from 'openid-client';

export type OpenId = typeof openid;

/** @throws Error that says what to install */
export async function loadOpenId(): Promise<OpenId> {
  try {
    return await import('openid-client');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error("Signing in with others needs 'openid-client': npm install openid-client", { cause: error });
  }
}
