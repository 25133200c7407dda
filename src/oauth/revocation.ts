// A client gives a token back: an access token ends alone, a refresh token ends its whole grant.
// @see RFC 7009 §2.1 https://www.rfc-editor.org/rfc/rfc7009#section-2.1
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { credentialKey } from '../common/credential.js';
import { InvalidGrantError } from '../common/oauth-error.js';
import { GrantsService } from '../tokens/grants.service.js';
import { LocalTokenVerifier } from '../tokens/local-token-verifier.js';

const NO_KEY = Buffer.alloc(0);

/** Takes tokens back from clients: an access token ends alone, a refresh token ends its whole grant. */
@Injectable()
export class Revocation {
  constructor(
    private readonly verifier: LocalTokenVerifier,
    private readonly grants: GrantsService,
  ) {}

  /**
   * A token of either kind is found whatever the hint says; one that is unknown is as good as revoked (§2.2).
   * @throws InvalidGrantError when it is another client's, which stays untouched
   */
  async revoke(client: Client, token: string): Promise<void> {
    const accessTokenKey = (await this.verifier.keyOf(token)) ?? NO_KEY;
    const refreshTokenKey = credentialKey(token);
    if (await this.grants.revokeAccessToken(accessTokenKey, client.id, 'client_request')) return;
    if (await this.grants.revokeByRefreshToken(refreshTokenKey, client.id, 'client_request')) return;
    const owner = await this.grants.findOwner(accessTokenKey, refreshTokenKey);
    if (owner !== undefined && owner !== client.id)
      throw new InvalidGrantError('The token was issued to another client.');
  }
}
