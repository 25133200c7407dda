// Answers of an authorization endpoint that are a JWT.
// @see JWT Secured Authorization Response Mode (JARM) §2.4 https://openid.net/specs/oauth-v2-jarm-final.html#section-2.4
import type { Provider } from './provider.js';
import { asymmetric } from './published-keys.js';

export class SignedAnswers {
  constructor(private readonly provider: Provider) {}

  /**
   * The parameters in it.
   * @throws OAuthClientError `invalid_response`, `mismatching_issuer`
   */
  async read(response: string): Promise<ReadonlyMap<string, string>> {
    const { provider } = this;
    const { clientId, clockTolerance } = provider.settings;
    const { issuer, authorization_signing_alg_values_supported: supported } = await provider.metadata();
    const { claims } = await provider.keys.verify(response, asymmetric(supported));
    if (issuer === undefined || claims.iss !== issuer)
      throw provider.error('mismatching_issuer', 'The answer is of another issuer than the one that was asked.');
    const audiences: unknown[] = [claims.aud].flat();
    if (!audiences.includes(clientId)) throw provider.error('invalid_response', 'The answer is for somebody else.');
    if (typeof claims.exp !== 'number' || claims.exp <= Date.now() / 1000 - clockTolerance)
      throw provider.error('invalid_response', 'The answer has expired.');
    const texts = Object.entries(claims).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return new Map(texts);
  }
}
