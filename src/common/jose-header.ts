// The protected header of a JWS or JWE that somebody presents.
// @see RFC 7515 §4 https://www.rfc-editor.org/rfc/rfc7515#section-4
import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';

/** @returns undefined when the text is neither */
export function joseHeader(token: string): ProtectedHeaderParameters | undefined {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}

/** Is it a JWE in the compact serialization, as far as its form tells? (RFC 7516 §7.1) */
export function isJwe(token: string): boolean {
  return token.split('.', 6).length === 5;
}
