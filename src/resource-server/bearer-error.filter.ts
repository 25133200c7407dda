// Adds the challenge to a refusal that a handler throws, e.g. by acquiring a token of too little scope.
// @see RFC 6750 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { addChallenge, BearerError, type HeaderReply } from './bearer-challenge.js';

@Catch(BearerError)
export class BearerErrorFilter extends BaseExceptionFilter<BearerError> {
  override catch(error: BearerError, host: ArgumentsHost): void {
    addChallenge(host.switchToHttp().getResponse<HeaderReply>(), error);
    super.catch(error, host);
  }
}
