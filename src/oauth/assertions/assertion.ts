// A JWT that somebody presents to be believed, read with a bound before any cryptography: nothing of it is proven yet.
// @see RFC 7523 §3, RFC 8725 §3.10, §3.11 https://www.rfc-editor.org/rfc/rfc7523#section-3
import { decodeJwt } from 'jose';
import { joseHeader } from '../../common/jose-header.js';
import { isStorableText } from '../../common/parameters.js';

const MAX_LENGTH = 8192;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** Keys are known here, never what an assertion brings along (RFC 8725 §3.10); no extension is known here. */
const REFUSED_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'];

/** What the header says of the key. */
export interface AssertionHeader {
  alg: string;
  kid?: string;
}

/** An assertion of which nothing is proven yet. */
export interface Assertion {
  jwt: string;
  header: AssertionHeader;
  /** `iss`; absent when it is no text. */
  issuer?: string;
  /** `sub`; absent when it is no text. */
  subject?: string;
}

/**
 * Reads an assertion.
 *
 * @param types what `typ` may be, in lower case, where it is there: JWTs of another kind are no assertion (RFC 8725 §3.11)
 * @returns a text when it is none: why
 */
export function readAssertion(jwt: string, types: readonly string[]): Assertion | string {
  if (jwt.length > MAX_LENGTH) return `longer than ${MAX_LENGTH} characters`;
  const header = COMPACT_JWS.test(jwt) ? joseHeader(jwt) : undefined;
  if (!header) return 'malformed';
  const { alg, kid, typ } = header;
  const known =
    typeof alg === 'string' &&
    (kid === undefined || typeof kid === 'string') &&
    (typ === undefined || (typeof typ === 'string' && types.includes(typ.toLowerCase()))) &&
    !REFUSED_HEADERS.some((name) => name in header);
  if (!known) return 'with a header that is not allowed';
  try {
    const { iss, sub } = decodeJwt(jwt);
    return { jwt, header: { alg, kid }, issuer: nameOf(iss), subject: nameOf(sub) };
  } catch {
    return 'malformed';
  }
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && isStorableText(value) ? value : undefined;
}
