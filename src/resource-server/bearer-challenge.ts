// The answers of a guard that refuses, with exactly the challenge that the RFCs ask for.
// @see RFC 6750 §3, RFC 9470 §3, RFC 9728 §5.1 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { HttpException } from '@nestjs/common';
import type { ScopeRequirement } from '../common/scope.js';

/** The part of a Fastify or Express reply that is written here. */
export interface HeaderReply {
  header(name: string, value: string): unknown;
}

/** What all challenges of a guard have in common (RFC 9110 §11.5). */
export interface ProtectionSpace {
  realm: string;
  /** Authentication scheme. @default "Bearer" */
  scheme?: string;
  /** URL of the metadata of the resource (RFC 9728 §5.1). */
  resourceMetadata?: string;
}

/** Of GraphQL errors, as its servers name them. */
const GRAPHQL_CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
};

/**
 * A refused request; `challenge` goes into `WWW-Authenticate`.
 *
 * @example catch (error) { if (error instanceof BearerError) reply.header('WWW-Authenticate', error.challenge); }
 */
export class BearerError extends HttpException {
  constructor(
    status: number,
    body: string | object,
    /** The value of `WWW-Authenticate`. */
    readonly challenge: string,
  ) {
    super(body, status);
  }

  /** `error` of RFC 6750 §3.1 or RFC 9470 §3; undefined where no token was sent. */
  get error(): string | undefined {
    return (this.getResponse() as { error?: string }).error;
  }

  /** What GraphQL puts beside the message of the error. */
  get extensions(): Record<string, unknown> {
    const body = this.getResponse();
    const status = this.getStatus();
    return {
      code: GRAPHQL_CODES[status],
      statusCode: status,
      ...(typeof body === 'object' && body),
      challenge: this.challenge,
    };
  }
}

/** Puts the challenge of a refusal on its way. */
export function addChallenge(reply: HeaderReply, { challenge }: BearerError): void {
  reply.header('WWW-Authenticate', challenge);
  reply.header('Cache-Control', 'no-store');
}

/**
 * RFC 6750 §3.1: no token was sent, so the challenge says nothing about an error.
 *
 * @param scopes told where the challenge leads a client to the authorization server
 */
export function tokenMissing(space: string | ProtectionSpace, scopes?: ScopeRequirement): BearerError {
  const leads = typeof space !== 'string' && space.resourceMetadata !== undefined;
  const body = { statusCode: 401, message: 'Unauthorized' };
  return new BearerError(401, body, challenge(space, leads ? { scope: toldScope(scopes) } : {}));
}

/** A refusal of a request that is malformed (RFC 6750 §3.1). */
export function invalidRequest(space: string | ProtectionSpace, description: string): BearerError {
  return bearerError(space, 400, 'invalid_request', description);
}

export function invalidToken(space: string | ProtectionSpace): BearerError {
  const description = 'The access token is unknown, expired, revoked or meant for another resource.';
  return bearerError(space, 401, 'invalid_token', description);
}

/** @param scopes what the resource asks for: the first alternative is told */
export function insufficientScope(space: string | ProtectionSpace, scopes: ScopeRequirement | undefined): BearerError {
  const description = 'The access token does not carry the scope that is needed here.';
  return bearerError(space, 403, 'insufficient_scope', description, { scope: toldScope(scopes) });
}

/** The client acts for itself where a user is needed: more than its token provides (RFC 6750 §3.1). */
export function userMissing(space: string | ProtectionSpace): BearerError {
  return bearerError(space, 403, 'insufficient_scope', 'The access token does not belong to a user.');
}

/** A role, a group or an entitlement is missing: more than the token provides (RFC 6750 §3.1); a new one would not have it either. */
export function membershipMissing(space: string | ProtectionSpace): BearerError {
  const description = 'Whoever the access token belongs to lacks the role, group or entitlement that is needed here.';
  return bearerError(space, 403, 'insufficient_scope', description);
}

/**
 * The user has to sign in again, or in another way.
 *
 * @param acr classes that would do; empty: any
 * @param maxAge seconds since the sign-in that would do
 * @see RFC 9470 §3 https://www.rfc-editor.org/rfc/rfc9470#section-3
 */
export function insufficientAuthentication(
  space: string | ProtectionSpace,
  { acr, maxAge }: { acr: readonly string[]; maxAge?: number },
): BearerError {
  const description = 'The user has to sign in anew, or in a stronger way.';
  return bearerError(space, 401, 'insufficient_user_authentication', description, {
    acr_values: acr.join(' '),
    max_age: maxAge?.toString(),
  });
}

function toldScope(scopes: ScopeRequirement | undefined): string {
  const [first = ''] = [scopes ?? []].flat();
  return first.split(' ').filter(Boolean).join(' ');
}

function bearerError(
  space: string | ProtectionSpace,
  status: number,
  error: string,
  description: string,
  attributes: Attributes = {},
): BearerError {
  const body = { error, error_description: description };
  return new BearerError(status, body, challenge(space, { ...body, ...attributes }));
}

type Attributes = Record<string, string | undefined>;

function challenge(space: string | ProtectionSpace, attributes: Attributes): string {
  const { realm, scheme = 'Bearer', resourceMetadata } = typeof space === 'string' ? { realm: space } : space;
  const all = Object.entries({ realm, ...attributes, resource_metadata: resourceMetadata });
  const told = all.filter(([name, value]) => value !== undefined && (value !== '' || name === 'realm'));
  const quoted = told.map(([name, value]) => `${name}="${(value as string).replace(/[\\"]/g, '\\$&')}"`);
  return `${scheme} ${quoted.join(', ')}`;
}
