// The verifier of an issuer that the options name: JWTs here, or by introspection, or both.
import type { CheckedIssuer } from '../checked-options.js';
import type { AccessToken, MaybePromise, TokenVerifier } from '../token-verifier.js';
import { readJwt, type UnverifiedJwt } from './compact-jwt.js';
import { IntrospectionVerifier } from './introspection-verifier.js';
import { GivenKeys, type IssuerKeys, PublishedKeys } from './issuer-keys.js';
import { IssuerMetadata } from './issuer-metadata.js';
import { JwtVerifier } from './jwt-verifier.js';

export class IssuerVerifier implements TokenVerifier {
  readonly issuer: string;
  readonly opaque: boolean;
  private readonly jwt?: JwtVerifier;
  private readonly introspection?: IntrospectionVerifier;

  constructor(settings: CheckedIssuer, audiences: readonly string[]) {
    const { issuer, jwt, introspection, timeout, cooldown, maxStale } = settings;
    this.issuer = issuer;
    this.opaque = introspection !== undefined;
    const metadata = new IssuerMetadata(issuer, timeout, { cooldown, maxStale });
    if (jwt) {
      const { jwks, jwksUri } = jwt;
      const published = (): IssuerKeys =>
        new PublishedKeys(
          () => (jwksUri === undefined ? metadata.endpoint('jwks_uri') : Promise.resolve(jwksUri)),
          timeout,
          {
            cooldown,
            maxStale,
          },
        );
      this.jwt = new JwtVerifier({ ...jwt, issuer, audiences }, jwks ? new GivenKeys(jwks) : published());
    }
    if (introspection) {
      const { endpoint } = introspection;
      this.introspection = new IntrospectionVerifier({ ...introspection, issuer, audiences, timeout }, () =>
        endpoint === undefined ? metadata.endpoint('introspection_endpoint') : Promise.resolve(endpoint),
      );
    }
  }

  verify(token: string, jwt: UnverifiedJwt | undefined = readJwt(token)): MaybePromise<AccessToken | undefined> {
    return jwt && this.jwt ? this.jwt.verify(token, jwt) : this.introspection?.verify(token);
  }
}
