// Answers a refusal, also one that a handler throws, e.g. by acquiring a token of too little scope.
// @see RFC 6750 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Observable, throwError } from 'rxjs';
import { addChallenge, BearerError, type HeaderReply } from './bearer-challenge.js';
import { messageOf } from './refusal.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';
import type { BearerErrorResponse } from './resource-server.options.js';

@Catch(BearerError)
export class BearerErrorFilter implements ExceptionFilter<BearerError> {
  private readonly logger = new Logger('ResourceServer');

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(RESOURCE_SERVER_OPTIONS) private readonly options: CheckedOptions,
  ) {}

  catch(error: BearerError, host: ArgumentsHost): Observable<never> | Promise<void> {
    const type = host.getType<string>();
    if (type === 'http') return this.answer(error, host);
    if (type === 'rpc') return throwError(() => messageOf(error));
    // GraphQL tells of it with the message, and of its extensions.
    throw error;
  }

  private async answer(error: BearerError, host: ArgumentsHost): Promise<void> {
    const adapter = this.adapterHost.httpAdapter;
    const reply = host.switchToHttp().getResponse<HeaderReply>();
    const { body = error.getResponse(), headers = {} } = await this.responseTo(error, host);
    if (adapter.isHeadersSent(reply)) return adapter.end(reply) as void;
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    addChallenge(reply, error);
    adapter.reply(reply, body, error.getStatus());
  }

  /** Whatever becomes of the host's words, the request is refused. */
  private async responseTo(error: BearerError, host: ArgumentsHost): Promise<BearerErrorResponse> {
    try {
      const response = (await this.options.errorResponse?.(error, host)) ?? {};
      checkWritable(response);
      return response;
    } catch (fault) {
      this.logger.error({ err: fault }, 'errorResponse failed');
      return {};
    }
  }
}

/** @throws Error when an adapter could not send it: then nobody would be answered */
function checkWritable({ body, headers = {} }: BearerErrorResponse): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  if (typeof body === 'object') JSON.stringify(body);
}
