// A private key of this application as WebCrypto has it: from PEM or a JWK, with the algorithm that it signs with.
// @see RFC 7517, RFC 7518 §3.1 https://www.rfc-editor.org/rfc/rfc7518#section-3.1
import { createPrivateKey } from 'node:crypto';
import { type CryptoKey, importJWK, type JWK } from 'jose';

export interface PrivateKey {
  key: CryptoKey;
  kid?: string;
  /** Of JWS. */
  alg: string;
}

const CURVES: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'EdDSA',
};

/**
 * @param supported algorithms of the provider, where it tells them: with RSA the first of them that fits
 * @throws Error when it is no private key that signs
 */
export async function privateKeyOf(given: string | JWK, supported?: unknown): Promise<PrivateKey> {
  const jwk = typeof given === 'string' ? (createPrivateKey(given).export({ format: 'jwk' }) as JWK) : given;
  const alg = jwk.alg ?? algorithmOf(jwk, supported);
  if (jwk.d === undefined || alg === undefined) throw new Error('The private key is none that signs.');
  const key = (await importJWK({ ...jwk, key_ops: undefined, ext: true }, alg)) as CryptoKey;
  return { key, kid: jwk.kid, alg };
}

function algorithmOf({ kty, crv = '' }: JWK, supported: unknown): string | undefined {
  if (kty !== 'RSA') return Object.hasOwn(CURVES, crv) ? CURVES[crv] : undefined;
  const known = Array.isArray(supported) ? (supported as unknown[]).filter((one) => typeof one === 'string') : [];
  return known.includes('RS256') ? 'RS256' : (known.find((one) => /^[RP]S(256|384|512)$/.test(one)) ?? 'RS256');
}
