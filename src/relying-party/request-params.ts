// Parameters as they are sent: a list repeats its parameter.
import type { RequestParams } from './oauth-client.options.js';

/** @param params a member that is undefined is not sent */
export function repeated(params: RequestParams): URLSearchParams {
  const sent = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'string' ? [value] : value) sent.append(name, one);
  }
  return sent;
}
