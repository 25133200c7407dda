// What carries an access token in each kind of context, and which object stands for one request or message.
// Of the packages behind WebSocket gateways, GraphQL and microservices only the shapes of objects are used.
// @see RFC 6750 §2.1 https://www.rfc-editor.org/rfc/rfc6750#section-2.1
import type { ExecutionContext } from '@nestjs/common';
import type { BearerRequest } from './bearer-request.js';
import { handshakeOf } from './handshakes.js';

/**
 * Says where a request or message carries its credentials, where it is not the usual place.
 *
 * @returns what an `Authorization` header would hold, `Bearer …`; undefined: the usual place is looked at
 * @example
 * // A socket.io client that cannot set headers
 * const tokenExtractor: TokenExtractor = (context) => {
 *   if (context.getType() !== 'ws') return undefined;
 *   return `Bearer ${context.switchToWs().getClient().handshake.auth.token}`;
 * };
 */
export type TokenExtractor = (context: ExecutionContext) => string | undefined;

/** The object that lives as long as the request or message. */
export function carrierOf(context: ExecutionContext): object {
  switch (context.getType<string>()) {
    case 'http':
      return context.getArgByIndex<object>(0);
    case 'graphql':
      return graphqlRequestOf(context) ?? context.getArgByIndex<object>(2);
    case 'ws':
      return firstObject(context.switchToWs().getData(), context.switchToWs().getClient());
    default:
      return firstObject(context.switchToRpc().getContext(), context.switchToRpc().getData(), context.getArgs());
  }
}

/** The HTTP request, where there is one; a message has none. */
export function requestOf(context: ExecutionContext): BearerRequest | undefined {
  const type = context.getType<string>();
  if (type === 'http') return context.getArgByIndex<BearerRequest>(0);
  return type === 'graphql' ? graphqlRequestOf(context) : undefined;
}

/** What stands for the Authorization header of a message. */
export function authorizationOf(context: ExecutionContext): string | undefined {
  switch (context.getType<string>()) {
    case 'ws':
      return handshakeOf(context.switchToWs().getClient<object>())?.headers?.authorization;
    case 'rpc':
      return rpcAuthorizationOf(context.switchToRpc().getContext());
    default:
      return undefined;
  }
}

/** The reply that takes headers, where there is one. */
export function replyOf(context: ExecutionContext): object | undefined {
  const type = context.getType<string>();
  if (type === 'http') return context.getArgByIndex<object>(1);
  if (type !== 'graphql') return undefined;
  const { reply, res } = context.getArgByIndex<GraphqlContext | undefined>(2) ?? {};
  return reply ?? res;
}

interface GraphqlContext {
  req?: BearerRequest;
  request?: BearerRequest;
  reply?: { request?: BearerRequest };
  res?: object;
  /** graphql-ws: the request of the handshake. */
  extra?: { request?: BearerRequest };
}

function graphqlRequestOf(context: ExecutionContext): BearerRequest | undefined {
  const { req, request, reply, extra } = context.getArgByIndex<GraphqlContext | undefined>(2) ?? {};
  const found = req ?? request ?? reply?.request ?? extra?.request;
  return found?.headers && found;
}

/** The contexts of the transports; gRPC has its metadata themselves. */
interface RpcContext {
  /** TCP, Redis. */
  getMetadata?(): unknown;
  /** NATS. */
  getHeaders?(): unknown;
  /** Kafka, RabbitMQ. */
  getMessage?(): { headers?: unknown; properties?: { headers?: unknown } } | undefined;
  /** MQTT 5. */
  getPacket?(): { properties?: { userProperties?: unknown } } | undefined;
}

function rpcAuthorizationOf(context: RpcContext | undefined): string | undefined {
  const message = context?.getMessage?.();
  const places = [
    context?.getMetadata?.(),
    context?.getHeaders?.(),
    message?.headers,
    message?.properties?.headers,
    context?.getPacket?.()?.properties?.userProperties,
    context,
  ];
  for (const place of places) {
    const found = readHeader(place);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `authorization` of plain objects, and of the header collections of NATS and gRPC. */
function readHeader(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const { get } = headers as { get?: unknown };
  const value: unknown =
    typeof get === 'function'
      ? (get as (name: string) => unknown).call(headers, 'authorization')
      : ((headers as Record<string, unknown>).authorization ?? (headers as Record<string, unknown>).Authorization);
  const [first, ...others] = [value].flat();
  // Two of them are none: which one counts would be a guess.
  if (others.length > 0 || first === undefined || first === null || first === '') return undefined;
  return Buffer.isBuffer(first) ? first.toString() : typeof first === 'string' ? first : undefined;
}

function firstObject(...candidates: readonly unknown[]): object {
  return candidates.find((one) => typeof one === 'object' && one !== null) as object;
}
