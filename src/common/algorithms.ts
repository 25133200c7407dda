// The algorithms of JWTs that this server has, by their names in the registry.
// @see RFC 7518 §3.1, §4.1, §5.1 https://www.rfc-editor.org/rfc/rfc7518#section-3.1

/** Signatures of clients, with a private key; Ed25519 is the newer name of EdDSA with that curve (RFC 9864). */
export const SIGNATURE_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
/** Signatures of others that can be verified: with a private key; none with a shared secret, and not `none` (RFC 8725 §3.1). */
export const VERIFICATION_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Signatures of clients, with the shared secret. */
export const MAC_ALGORITHMS = ['HS256'] as const;
/** How the key of what is encrypted for a client is told, to who has the private key. */
export const KEY_MANAGEMENT_ALGORITHMS = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A256KW',
] as const;
/** How the content of what is encrypted for a client is encrypted. */
export const CONTENT_ENCRYPTION_ALGORITHMS = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'] as const;
/** Where `alg` is registered without `enc` (OIDC Registration §2). */
export const DEFAULT_CONTENT_ENCRYPTION = 'A128CBC-HS256';
/** Where no algorithm is registered for ID tokens (OIDC Registration §2). */
export const DEFAULT_ID_TOKEN_ALGORITHM = 'RS256';

/** With Ed25519, EdDSA and Ed25519 are two names of the same (RFC 9864 §2.2). */
export function sameAlgorithm(one: string, other: string): boolean {
  const nameOf = (algorithm: string): string => (algorithm === 'EdDSA' ? 'Ed25519' : algorithm);
  return nameOf(one) === nameOf(other);
}

/** Also of algorithms that this server does not have. */
export function isMacAlgorithm(algorithm: string): boolean {
  return /^HS\d/.test(algorithm);
}

/** Also of algorithms that this server does not have. */
export function isSignatureAlgorithm(algorithm: string): boolean {
  return /^(RS|PS|ES)\d|^Ed/.test(algorithm);
}
