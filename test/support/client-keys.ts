// Keys of a client's own: what it publishes, what it signs and what it opens with them.
import { compactDecrypt, CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';

export interface ClientKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  /** As it is registered. */
  publicJwk: JWK;
}

/** A new key pair for one algorithm. */
export async function clientKey(alg: string, kid = `${alg}-key`, use: 'sig' | 'enc' = 'sig'): Promise<ClientKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use, alg } };
}

/** `jwks` as it is registered. */
export function jwksOf(...keys: ClientKey[]): { keys: JWK[] } {
  return { keys: keys.map(({ publicJwk }) => publicJwk) };
}

/** A compact JWS over claims, with whatever header. */
export function signClaims(key: ClientKey, claims: object, header: Record<string, unknown> = {}): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}

/** What a JWE holds, and its header. */
export async function openJwe(key: ClientKey, jwe: string): Promise<{ header: Record<string, unknown>; text: string }> {
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, key.privateKey);
  return { header: protectedHeader, text: Buffer.from(plaintext).toString() };
}
