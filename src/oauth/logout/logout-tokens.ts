// Logout tokens: what a client is told when a session has ended.
// @see OpenID Connect Back-Channel Logout §2.4 https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { ServerOptions } from '../../config/options.js';
import { ClientJwts } from '../client-jwts.js';
import { SubjectIdentifiers } from '../subject-identifiers.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Seconds: §2.4 recommends at most two minutes. */
const LIFETIME = 120;

@Injectable()
export class LogoutTokens {
  constructor(
    private readonly jwts: ClientJwts,
    private readonly subjects: SubjectIdentifiers,
    private readonly options: ServerOptions,
  ) {}

  async issue(client: Client, { userId, sessionId }: { userId: string; sessionId: string }): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return this.jwts.issueLogoutToken(client, {
      iss: this.options.issuer,
      sub: await this.subjects.of(client, userId),
      aud: client.id,
      iat: now,
      exp: now + LIFETIME,
      jti: randomUUID(),
      events: { [EVENT]: {} },
      sid: await this.subjects.ofSession(client, sessionId),
    });
  }
}
