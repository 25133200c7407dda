// Software statements: client metadata signed by somebody whom the operator trusts.
// @see RFC 7591 §2.3, §3.1.1 https://www.rfc-editor.org/rfc/rfc7591#section-2.3
import { Injectable } from '@nestjs/common';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import { ClientKeys, type KeyHolder } from '../../clients/client-keys.js';
import { isClientMetadataMember } from '../../clients/client-metadata.js';
import { SIGNATURE_ALGORITHMS } from '../../common/algorithms.js';
import { InvalidSoftwareStatementError, UnapprovedSoftwareStatementError } from '../../common/oauth-error.js';
import { ServerOptions } from '../../config/options.js';
import { trustedIssuer } from '../trusted-issuers.js';

const OPTION = 'softwareStatementIssuers';
const MAX_LENGTH = 32 * 1024;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** Keys are those of the issuer, never what the statement brings along; no extension is known here. */
const REFUSED_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'];
/** Seconds by which clocks may differ. */
const SKEW = 10;

@Injectable()
export class SoftwareStatements {
  private readonly issuers: ReadonlyMap<string, KeyHolder>;

  constructor(
    private readonly keys: ClientKeys,
    private readonly options: ServerOptions,
  ) {
    const issuers = Object.entries(options.softwareStatementIssuers);
    this.issuers = new Map(
      issuers.map(([issuer, { jwks, jwks_uri: jwksUri }]) => [
        issuer,
        trustedIssuer(OPTION, issuer, { jwks, jwksUri }),
      ]),
    );
  }

  /**
   * The client metadata that the statement holds.
   * @throws UnapprovedSoftwareStatementError when it is of somebody who is not trusted here
   * @throws InvalidSoftwareStatementError
   */
  async read(statement: unknown): Promise<Record<string, unknown>> {
    const { jwt, header, issuer } = parse(statement);
    const signer = this.issuers.get(issuer);
    if (!signer) throw new UnapprovedSoftwareStatementError('The issuer of software_statement is not trusted here.');
    const key = await this.keys.findVerificationKey(signer, header);
    if (!key) throw invalid('there is no key that fits');
    let claims: JWTPayload;
    try {
      claims = (await jwtVerify(jwt, key, { algorithms: [header.alg], issuer, clockTolerance: SKEW })).payload;
    } catch {
      throw invalid('it does not verify');
    }
    // RFC 7519 §4.1.3: one that is for others is not for us.
    const audiences = [claims.aud ?? []].flat();
    if (audiences.length > 0 && !audiences.includes(this.options.issuer)) throw invalid('aud is not this server');
    return Object.fromEntries(Object.entries(claims).filter(([name]) => isClientMetadataMember(name)));
  }
}

function parse(statement: unknown): { jwt: string; header: { alg: string; kid?: string }; issuer: string } {
  if (typeof statement !== 'string' || statement.length > MAX_LENGTH || !COMPACT_JWS.test(statement))
    throw invalid('malformed');
  let header: Record<string, unknown>;
  let issuer: unknown;
  try {
    header = decodeProtectedHeader(statement);
    issuer = decodeJwt(statement).iss;
  } catch {
    throw invalid('malformed');
  }
  const { alg, kid } = header;
  const isKnown =
    typeof alg === 'string' &&
    (SIGNATURE_ALGORITHMS as readonly string[]).includes(alg) &&
    (kid === undefined || typeof kid === 'string') &&
    !REFUSED_HEADERS.some((name) => name in header);
  if (!isKnown) throw invalid('a header that is not allowed');
  // RFC 7591 §2.3: it MUST contain an iss claim.
  if (typeof issuer !== 'string') throw invalid('without iss');
  return { jwt: statement, header: { alg, kid }, issuer };
}

function invalid(reason: string): InvalidSoftwareStatementError {
  return new InvalidSoftwareStatementError('The software_statement is not valid.', { reason });
}
