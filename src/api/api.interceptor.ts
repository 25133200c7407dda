// What holds for every request and answer of the JSON APIs, once the guard has let it through.
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { type HttpReply, type HttpRequest, NO_STORE } from '../common/http.js';
import { InputError } from '../common/input-error.js';
import { jsonFault } from '../common/json.js';
import { ApiError } from './api-error.js';

interface ParsedRequest extends HttpRequest {
  body?: unknown;
  query: object;
  params: object;
}

@Injectable()
export class ApiInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<ParsedRequest>();
    const reply = http.getResponse<HttpReply>();
    // Answers hold secrets, or what was true a moment ago.
    for (const [name, value] of Object.entries(NO_STORE)) reply.header(name, value);
    checkBody(request);
    const fault = jsonFault(request.params) ?? jsonFault(request.query) ?? jsonFault(request.body);
    if (fault) throw new InputError([fault]);
    return next.handle();
  }
}

/** @throws ApiError when there is a body that is no JSON object */
function checkBody(request: ParsedRequest): void {
  if (request.body === undefined) {
    request.body = {};
    return;
  }
  const type = request.headers['content-type']?.split(';')[0].trim().toLowerCase();
  if (type !== 'application/json')
    throw new ApiError(415, 'unsupported_media_type', 'Send the body as application/json.');
  if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body))
    throw new ApiError(400, 'invalid_request', 'The body must be a JSON object.');
}
