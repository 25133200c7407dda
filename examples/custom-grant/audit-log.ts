// Listens to what happens in the server; docs/events.md has all the events.
import { Injectable, Logger } from '@nestjs/common';
import { type OAuthEvents, OnOAuthEvent } from 'nest-authorization-server';

@Injectable()
export class AuditLog {
  private readonly logger = new Logger(AuditLog.name);

  @OnOAuthEvent('token.issued')
  issued({ clientId, userId, grantType, scope }: OAuthEvents['token.issued']): void {
    this.logger.log(`${clientId} got a token by ${grantType} for user ${userId ?? '–'}: ${scope}`);
  }
}
