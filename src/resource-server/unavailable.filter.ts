// Tells when to come back where a token could not be verified at this moment.
// @see RFC 9110 §10.2.3 https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { HeaderReply } from './bearer-challenge.js';
import { TokenVerificationUnavailableError } from './unavailable-error.js';

@Catch(TokenVerificationUnavailableError)
export class UnavailableFilter extends BaseExceptionFilter<TokenVerificationUnavailableError> {
  override catch(error: TokenVerificationUnavailableError, host: ArgumentsHost): void {
    // Elsewhere there is no reply to write to; GraphQL tells of it with the message, and of its extensions.
    if (host.getType<string>() !== 'http') throw error;
    const reply = host.switchToHttp().getResponse<HeaderReply>();
    reply.header('Retry-After', String(error.retryAfter));
    reply.header('Cache-Control', 'no-store');
    super.catch(error, host);
  }
}
