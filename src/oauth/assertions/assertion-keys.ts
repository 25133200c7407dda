// What verifies what a client has signed: its public keys, or its secrets where it is registered to sign with them.
// @see RFC 7523 §3, OIDC Core §9 https://www.rfc-editor.org/rfc/rfc7523#section-3
import { createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { ClientKeys } from '../../clients/client-keys.js';
import { SealedSecrets } from '../../clients/sealed-secrets.js';
import { isMacAlgorithm } from '../../common/algorithms.js';
import type { AssertionHeader } from './assertion.js';

/** Finds what verifies what a client has signed. */
@Injectable()
export class AssertionKeys {
  constructor(
    private readonly keys: ClientKeys,
    private readonly secrets: SealedSecrets,
  ) {}

  /** None when the client has nothing that fits the header. */
  async of(client: Client, header: AssertionHeader): Promise<KeyObject[]> {
    if (isMacAlgorithm(header.alg)) {
      const secrets = await this.secrets.open(client);
      return secrets.map((secret) => createSecretKey(secret, 'utf8'));
    }
    const key = await this.keys.findVerificationKey(client, header);
    return key ? [key] : [];
  }
}
