// Errors as the JSON of the protocol.
// @see RFC 6749 §5.2 https://www.rfc-editor.org/rfc/rfc6749#section-5.2
import { Injectable, Logger } from '@nestjs/common';
import { jsonResponse, NO_STORE, type OAuthResponse } from '../../common/http.js';
import { OAuthError, ServerError, TemporarilyUnavailableError } from '../../common/oauth-error.js';
import { ServerOptions } from '../../config/options.js';
import { isDatabaseUnavailable } from '../../database/unavailable.js';
import { BearerError } from '../../resource-server/bearer-challenge.js';

@Injectable()
export class ErrorResponses {
  private readonly logger = new Logger('OAuth');

  constructor(private readonly options: ServerOptions) {}

  /**
   * What is no protocol error is logged and told apart only by its status.
   * @param reference names the request in the log
   */
  of(error: unknown, reference = ''): OAuthResponse {
    if (error instanceof BearerError) return this.ofBearer(error, reference);
    const { code, description, details, status } = this.toOAuthError(error, reference);
    const uri = this.options.errorUris[code];
    const body = {
      error: code,
      ...(description && { error_description: description }),
      ...(uri && { error_uri: uri }),
      ...details.members,
    };
    return jsonResponse(status, body, { ...NO_STORE, ...details.headers });
  }

  /** RFC 6750 §3 */
  private ofBearer(error: BearerError, reference: string): OAuthResponse {
    this.logger.log({ reference, reason: error.challenge }, 'refused');
    const body = error.getResponse() as object;
    return jsonResponse(error.getStatus(), body, { ...NO_STORE, 'www-authenticate': error.challenge });
  }

  private toOAuthError(error: unknown, reference: string): OAuthError {
    if (error instanceof OAuthError) {
      this.logger.log({ reference, error: error.code, reason: error.details.reason ?? error.description }, 'refused');
      return error;
    }
    if (isDatabaseUnavailable(error)) {
      this.logger.warn({ reference }, 'the database is away');
      return new TemporarilyUnavailableError('The service is not available at this moment.', 5);
    }
    this.logger.error({ reference, err: error }, 'unexpected error');
    return new ServerError('The server made a mistake.');
  }
}
