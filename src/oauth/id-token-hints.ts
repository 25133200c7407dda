// An ID token of ours that comes back as a hint of who is meant; it may have expired.
// @see OIDC Core §3.1.2.1, RP-Initiated Logout §2 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type JWTPayload, jwtVerify } from 'jose';
import type { Client } from '../clients/client.js';
import { isJwe, joseHeader } from '../common/jose-header.js';
import { InvalidRequestError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { KeyStore } from '../tokens/keys/key-store.js';

const MAX_LENGTH = 16_384;
const TYPE = 'JWT';

/** What a hint says. */
export interface IdTokenHint {
  subject: string;
  clientId: string;
  sessionId?: string;
}

@Injectable()
export class IdTokenHints {
  constructor(
    private readonly keys: KeyStore,
    private readonly options: ServerOptions,
  ) {}

  /**
   * The subject of a hint that was issued to the client.
   * @throws InvalidRequestError when it is none of our ID tokens, or was issued to another client
   */
  async read(client: Client, hint: string | undefined): Promise<string | undefined> {
    if (hint === undefined) return undefined;
    const read = await this.verify(hint);
    if (read?.clientId !== client.id)
      throw new InvalidRequestError('The id_token_hint is not an ID token of ours for this client.');
    return read.subject;
  }

  /** @returns undefined when it is none of our ID tokens */
  async verify(hint: string): Promise<IdTokenHint | undefined> {
    const idToken = hint.length <= MAX_LENGTH ? await this.open(hint) : undefined;
    return idToken === undefined ? undefined : this.verifySigned(idToken);
  }

  /** A client that gets its ID tokens encrypted may encrypt what is inside for us (OIDC Core §3.1.2.1). */
  private async open(hint: string): Promise<string | undefined> {
    if (!isJwe(hint)) return hint;
    const opened = await this.keys.decrypt(hint);
    return opened && Buffer.from(opened).toString();
  }

  private async verifySigned(idToken: string): Promise<IdTokenHint | undefined> {
    const header = joseHeader(idToken);
    // Access tokens and logout tokens are ours as well, and are told apart by their type.
    const key = header?.typ === TYPE ? await this.keys.findVerificationKey(header) : undefined;
    const claims = key && (await claimsOf(idToken, key));
    if (!claims) return undefined;
    const { iss, sub, aud, sid, exp } = claims;
    // Signed userinfo never expires.
    if (iss !== this.options.issuer || !sub || typeof aud !== 'string' || exp === undefined) return undefined;
    return { subject: sub, clientId: aud, ...(typeof sid === 'string' && { sessionId: sid }) };
  }
}

/** @returns undefined when the signature is not the key's */
async function claimsOf(token: string, key: KeyObject): Promise<JWTPayload | undefined> {
  try {
    // It is a hint, however old it is (OIDC Core §3.1.2.1).
    return (await jwtVerify(token, key, { typ: TYPE, currentDate: new Date(0) })).payload;
  } catch {
    return undefined;
  }
}
