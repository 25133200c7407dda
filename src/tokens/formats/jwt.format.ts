// JWT access tokens, which a resource server verifies by itself.
// @see RFC 9068 §2 https://www.rfc-editor.org/rfc/rfc9068#section-2
import { jwtVerify } from 'jose';
import { tokenIdentifier } from '../../common/credential.js';
import { joseHeader } from '../../common/jose-header.js';
import { ServerOptions } from '../../config/options.js';
import { acrOfGrant } from '../authentication-context.js';
import { KeyStore } from '../keys/key-store.js';
import { TokenFormat, type TokenFormatContext } from './token-format.js';

const TYPE = 'at+jwt';
/** Header `{"…` in base64url, and two dots. */
const COMPACT_JWS = /^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** JWT access tokens (RFC 9068). */
@TokenFormat('jwt')
export class JwtFormat implements TokenFormat {
  constructor(
    private readonly keys: KeyStore,
    private readonly options: ServerOptions,
  ) {}

  write({ value, lifetime, grant }: TokenFormatContext): Promise<string> {
    const expires = Math.floor(grant.expiresAt.getTime() / 1000);
    const { resources } = grant;
    return this.keys.sign(
      'ES256',
      { typ: TYPE },
      {
        iss: this.options.issuer,
        sub: grant.subject ?? grant.userId ?? grant.clientId,
        // RFC 9068 §3: without a resource the default one, which is the issuer.
        aud: resources.length === 0 ? this.options.issuer : resources.length === 1 ? resources[0] : resources,
        client_id: grant.clientId,
        scope: grant.scope.join(' '),
        jti: tokenIdentifier(value),
        iat: expires - lifetime,
        exp: expires,
        ...(grant.authTime && { auth_time: Math.floor(grant.authTime.getTime() / 1000) }),
        ...(grant.amr?.length && { amr: grant.amr, acr: acrOfGrant(grant, this.options) }),
      },
    );
  }

  recognizes(token: string): boolean {
    return COMPACT_JWS.test(token);
  }

  async identify(token: string): Promise<string | undefined> {
    const header = joseHeader(token);
    // Whatever is wrong with the token, it is none of ours; that the keys cannot be had is another matter.
    const key = header && (await this.keys.findVerificationKey(header));
    if (!key) return undefined;
    try {
      const { payload } = await jwtVerify(token, key, {
        typ: TYPE,
        issuer: this.options.issuer,
        algorithms: ['ES256'],
      });
      return typeof payload.jti === 'string' ? payload.jti : undefined;
    } catch {
      return undefined;
    }
  }
}
