// Secrets that the server itself must know: those of clients that sign with them. Of all others only the hash is kept.
// @see OIDC Core §9 https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
import { Injectable } from '@nestjs/common';
import { Sealer } from '../common/sealer.js';
import type { Client } from './client.js';
import { type ClientMetadata, signsWithSecret } from './client-metadata.js';

const PURPOSE = 'client-secret';

interface Sealed {
  clientId: string;
  secret: string;
}

/**
 * Secrets that the server itself must know: those of clients that sign with them. Of all others only the hash is kept.
 */
@Injectable()
export class SealedSecrets {
  constructor(private readonly sealer: Sealer) {}

  /** The secret as it is kept beside its hash; undefined when the client does not sign with it. */
  async seal(clientId: string, metadata: ClientMetadata, secret: string): Promise<string | undefined> {
    return signsWithSecret(metadata) ? this.sealer.seal(PURPOSE, { clientId, secret } satisfies Sealed) : undefined;
  }

  /** The live secrets that can be opened with SECRET_KEYS. */
  async open(client: Client): Promise<string[]> {
    const sealed = client.usableSecrets.flatMap((one) => one.sealed ?? []);
    const opened = await Promise.all(sealed.map((one) => this.sealer.open<Sealed>(PURPOSE, one)));
    return opened.flatMap((one) => (one?.clientId === client.id ? one.secret : []));
  }
}
