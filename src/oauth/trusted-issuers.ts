// Who signs what this server believes besides itself and its clients: the operator names them with their keys.
import type { KeyHolder } from '../clients/client-keys.js';
import { JwkSet } from '../common/jwk-set.js';

/**
 * The keys of an issuer as an option has them.
 * @throws Error naming the option when they are not one of the two, or no JWK Set
 */
export function trustedIssuer(
  option: string,
  issuer: string,
  { jwks, jwksUri }: { jwks?: object; jwksUri?: string },
): KeyHolder {
  if ((jwks === undefined) === (jwksUri === undefined) || (jwks && !JwkSet.from(jwks)))
    throw new Error(`${option}: ${issuer} must have either a JWK Set or the URL of one.`);
  return { id: issuer, metadata: { jwks, jwks_uri: jwksUri } };
}
