// Grant types that are told apart by who may give them to a client.

/** Advised against (RFC 9700 §2.1.2, §2.4). */
export const LEGACY_GRANT_TYPES: readonly string[] = ['password', 'implicit'];

/** Assertions as grants (RFC 7523 §2.1): who has it may get tokens for users who are not there. */
export const JWT_BEARER_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Given by an administrator only. */
export const ADMINISTERED_GRANT_TYPES: readonly string[] = [...LEGACY_GRANT_TYPES, JWT_BEARER_GRANT_TYPE];
