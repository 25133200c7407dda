// Public keys of somebody else as a JWK Set: which of them fits. Keys that this server does not understand, or that are too
// weak or too costly, are as if they were not there.
// @see RFC 7517 §5, RFC 8725 §3.5 https://www.rfc-editor.org/rfc/rfc7517#section-5
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { sameAlgorithm } from './algorithms.js';

const MAX_KEYS = 100;
const MIN_RSA_BITS = 2048;
/** Larger ones make whoever verifies work. */
const MAX_RSA_BITS = 8192;
const MAX_RSA_EXPONENT = 2n ** 32n;

type KeyUse = 'sig' | 'enc';
/** What `key_ops` must name (RFC 7517 §4.3). */
const OPERATIONS: Readonly<Record<KeyUse, readonly string[]>> = {
  sig: ['verify'],
  enc: ['encrypt', 'wrapKey', 'deriveKey', 'deriveBits'],
};
const CURVES: Readonly<Record<string, readonly string[]>> = {
  ES256: ['P-256'],
  ES384: ['P-384'],
  ES512: ['P-521'],
  EdDSA: ['Ed25519'],
  Ed25519: ['Ed25519'],
};
const AGREEMENT_CURVES = ['P-256', 'P-384', 'P-521', 'X25519'];

/** A key with the name under which its owner finds the private half. */
export interface EncryptionKey {
  key: KeyObject;
  kid?: string;
}

export class JwkSet {
  private readonly imported = new Map<JWK, KeyObject | undefined>();

  private constructor(private readonly keys: readonly JWK[]) {}

  /** @param set anything; undefined when it is no JWK Set */
  static from(set: unknown): JwkSet | undefined {
    const keys = (set as { keys?: unknown } | null | undefined)?.keys;
    if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined;
    return new JwkSet(keys.filter((key) => typeof key === 'object' && key !== null) as JWK[]);
  }

  /** The key that the header names; without `kid` the only one that fits. */
  findVerificationKey({ alg, kid }: { alg: string; kid?: string }): KeyObject | undefined {
    const fitting = this.fitting('sig', alg).filter((key) => kid === undefined || key.kid === kid);
    return fitting.length === 1 ? this.import(fitting[0]) : undefined;
  }

  /** The first key that fits; one that is for encryption alone goes before. */
  findEncryptionKey(alg: string): EncryptionKey | undefined {
    const fitting = this.fitting('enc', alg);
    for (const jwk of [...fitting.filter(({ use }) => use === 'enc'), ...fitting.filter(({ use }) => use !== 'enc')]) {
      const key = this.import(jwk);
      if (key) return { key, kid: typeof jwk.kid === 'string' ? jwk.kid : undefined };
    }
    return undefined;
  }

  private fitting(use: KeyUse, alg: string): JWK[] {
    return this.keys.filter(
      (jwk) =>
        hasType(jwk, use, alg) &&
        (jwk.use === undefined || jwk.use === use) &&
        (jwk.alg === undefined || sameAlgorithm(jwk.alg, alg)) &&
        (!Array.isArray(jwk.key_ops) || jwk.key_ops.some((operation) => OPERATIONS[use].includes(operation))),
    );
  }

  private import(jwk: JWK): KeyObject | undefined {
    if (!this.imported.has(jwk)) this.imported.set(jwk, importPublicKey(jwk));
    return this.imported.get(jwk);
  }
}

/** Can the algorithm be used with keys of this type at all? */
function hasType({ kty, crv }: JWK, use: KeyUse, alg: string): boolean {
  if (use === 'enc') {
    if (/^RSA-OAEP(-256)?$/.test(alg)) return kty === 'RSA';
    return /^ECDH-ES(\+A\d{3}KW)?$/.test(alg) && isCurve(kty, crv, AGREEMENT_CURVES);
  }
  if (/^[RP]S(256|384|512)$/.test(alg)) return kty === 'RSA';
  return Object.hasOwn(CURVES, alg) && isCurve(kty, crv, CURVES[alg]);
}

function isCurve(kty: unknown, crv: unknown, curves: readonly string[]): boolean {
  return typeof crv === 'string' && kty === (crv.startsWith('P-') ? 'EC' : 'OKP') && curves.includes(crv);
}

function importPublicKey({ kty, crv, x, y, n, e }: JWK): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: { kty, crv, x, y, n, e } as JsonWebKey, format: 'jwk' });
    const { modulusLength: bits, publicExponent: exponent } = key.asymmetricKeyDetails ?? {};
    if (bits !== undefined && (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)) return undefined;
    if (exponent !== undefined && exponent > MAX_RSA_EXPONENT) return undefined;
    return key;
  } catch {
    return undefined;
  }
}
