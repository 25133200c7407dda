// Opens what a client encrypted with one of the server's public keys: a compact JWE, and nothing that costs more.
// @see RFC 7516 §5.2 https://www.rfc-editor.org/rfc/rfc7516#section-5.2
import { compactDecrypt, decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';
import type { LoadedKey } from './key-ring.js';

/** Encryption of the content. */
export const CONTENT_ENCRYPTIONS: readonly string[] = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'];
/** Characters. */
const MAX_LENGTH = 64 * 1024;
const COMPACT_JWE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$/;

/** The plaintext; undefined when the text is malformed, or encrypted for none of the keys. */
export async function decryptWith(keys: readonly LoadedKey[], jwe: string): Promise<Uint8Array | undefined> {
  const header = headerOf(jwe);
  if (!header) return undefined;
  for (const { use, kid, algorithm, privateKey } of keys) {
    if (use !== 'enc' || algorithm !== header.alg || !privateKey) continue;
    // A client may leave out which of the published keys it has taken.
    if (header.kid !== undefined && header.kid !== kid) continue;
    try {
      const { plaintext } = await compactDecrypt(jwe, privateKey, {
        keyManagementAlgorithms: [algorithm],
        contentEncryptionAlgorithms: [...CONTENT_ENCRYPTIONS],
      });
      return plaintext;
    } catch {
      // Changed, or for another key.
    }
  }
  return undefined;
}

function headerOf(jwe: string): ProtectedHeaderParameters | undefined {
  if (jwe.length > MAX_LENGTH || !COMPACT_JWE.test(jwe)) return undefined;
  try {
    const header = decodeProtectedHeader(jwe);
    // A few bytes can become very many (RFC 8725 §3.6), and compression tells about what is encrypted.
    return 'zip' in header ? undefined : header;
  } catch {
    return undefined;
  }
}
