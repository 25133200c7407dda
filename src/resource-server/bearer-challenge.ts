// The answers of a guard that refuses, with exactly the challenge that the RFC asks for.
// @see RFC 6750 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { HttpException } from '@nestjs/common';
import type { ScopeRequirement } from '../common/scope.js';

/** The part of a Fastify or Express reply that is written here. */
export interface HeaderReply {
  header(name: string, value: string): unknown;
}

/** A refused request; `challenge` goes into `WWW-Authenticate`. */
export class BearerError extends HttpException {
  constructor(
    status: number,
    body: string | object,
    readonly challenge: string,
  ) {
    super(body, status);
  }
}

/** Puts the challenge of a refusal on its way. */
export function addChallenge(reply: HeaderReply, { challenge }: BearerError): void {
  reply.header('WWW-Authenticate', challenge);
  reply.header('Cache-Control', 'no-store');
}

/** RFC 6750 §3.1: no token was sent, so the challenge says nothing about an error. */
export function tokenMissing(realm: string): BearerError {
  return new BearerError(401, { statusCode: 401, message: 'Unauthorized' }, challenge({ realm }));
}

export function invalidRequest(realm: string, description: string): BearerError {
  return bearerError(400, 'invalid_request', description, { realm });
}

export function invalidToken(realm: string): BearerError {
  return bearerError(
    401,
    'invalid_token',
    'The access token is unknown, expired, revoked or meant for another resource.',
    { realm },
  );
}

/** @param scopes what the resource asks for: the first alternative is told */
export function insufficientScope(realm: string, scopes: ScopeRequirement | undefined): BearerError {
  const [first = ''] = [scopes ?? []].flat();
  const scope = first.split(' ').filter(Boolean).join(' ');
  return bearerError(403, 'insufficient_scope', 'The access token does not carry the scope that is needed here.', {
    realm,
    scope,
  });
}

/** The client acts for itself where a user is needed: more than its token provides (RFC 6750 §3.1). */
export function userMissing(realm: string): BearerError {
  return bearerError(403, 'insufficient_scope', 'The access token does not belong to a user.', { realm });
}

function bearerError(
  status: number,
  error: string,
  description: string,
  attributes: { realm: string; scope?: string },
): BearerError {
  const { realm, ...others } = attributes;
  const text = challenge({ realm, error, error_description: description, ...others });
  return new BearerError(status, { error, error_description: description }, text);
}

function challenge(attributes: Record<string, string>): string {
  const quoted = Object.entries(attributes).map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`);
  return `Bearer ${quoted.join(', ')}`;
}
