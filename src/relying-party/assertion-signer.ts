// Assertions that this application makes about a subject, and signs with its private key.
// @see RFC 7523 §3 https://www.rfc-editor.org/rfc/rfc7523#section-3
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { AssertionOptions } from './oauth-client.js';
import { privateKeyOf } from './private-key.js';
import type { Provider } from './provider.js';

/** Seconds. */
const LIFETIME = 300;

export class AssertionSigner {
  constructor(private readonly provider: Provider) {}

  /** @throws OAuthClientError `unsupported` without a private key */
  async sign(options: Pick<AssertionOptions, 'issuer' | 'subject' | 'audience' | 'claims'>): Promise<string> {
    const { privateKey, keyId, clientId } = this.provider.settings;
    if (!privateKey) throw this.provider.error('unsupported', 'An assertion is signed with privateKey.');
    const { key, alg, ...named } = await privateKeyOf(privateKey);
    const kid = keyId ?? named.kid;
    const { issuer: server, token_endpoint: tokenEndpoint } = await this.provider.metadata();
    const { issuer = clientId, subject = issuer, audience = server ?? String(tokenEndpoint), claims } = options;
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg, ...(kid && { kid }) })
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + LIFETIME)
      .setJti(randomUUID())
      .sign(key);
  }
}
