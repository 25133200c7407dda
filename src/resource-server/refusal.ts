// A refusal in the form that the context understands: headers of a reply, or an exception of the package behind it.
// @see RFC 6750 §3, RFC 9110 §11.6.1 https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
import type { ExecutionContext } from '@nestjs/common';
import { addChallenge, BearerError, type HeaderReply } from './bearer-challenge.js';
import { replyOf } from './carrier.js';
import { TokenVerificationUnavailableError } from './unavailable-error.js';

type ExceptionOf = new (error: object) => Error;

/** Where a context of the kind exists, its package does: it is loaded with the first refusal. */
const EXCEPTIONS: Readonly<Record<string, { package: string; name: string }>> = {
  ws: { package: '@nestjs/websockets', name: 'WsException' },
  rpc: { package: '@nestjs/microservices', name: 'RpcException' },
};

/** @returns what is thrown instead of the error: for an answer by HTTP the same, and the headers are on their way */
export async function refusalFor(error: unknown, context: ExecutionContext): Promise<unknown> {
  if (error instanceof BearerError) {
    // Also where a filter of the application's own takes the place of ours.
    const reply = replyOf(context);
    if (isHeaderReply(reply)) addChallenge(reply, error);
  } else if (error instanceof TokenVerificationUnavailableError) {
    const reply = replyOf(context);
    if (isHeaderReply(reply)) reply.header('Retry-After', String(error.retryAfter));
  } else return error;
  const exception = EXCEPTIONS[context.getType<string>()];
  if (!exception) return error;
  const { [exception.name]: Exception } = (await import(exception.package)) as Record<string, ExceptionOf>;
  return new Exception(messageOf(error));
}

/** The answer to a message that is refused. */
export function messageOf(error: BearerError | TokenVerificationUnavailableError): object {
  const { message } = error;
  if (!(error instanceof BearerError)) return { status: 'error', message, statusCode: error.getStatus() };
  const { code: _code, ...told } = error.extensions;
  return { status: 'error', message, ...told };
}

function isHeaderReply(reply: object | undefined): reply is HeaderReply {
  return typeof (reply as Partial<HeaderReply> | undefined)?.header === 'function';
}
