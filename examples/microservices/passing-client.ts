// A client of another service: the token of the request at hand goes along, and a refusal comes back as one.
import { type Type } from '@nestjs/common';
import { type ClientProviderOptions, type ClientProxy, ClientTCP } from '@nestjs/microservices';
import { BearerError, currentToken } from 'nest-authorization-server/resource-server';
import { HOST } from './shop.js';

/**
 * Await its answers (`firstValueFrom`): what an operator does behind `send()` runs where the answer came in, out of the
 * request, and there is no token at hand.
 */
export class PassingClient extends ClientTCP {
  constructor(options: { host: string; port: number }) {
    super(options);
    this.setOnDispatchHook((packet) => {
      const token = currentToken();
      if (token) packet.metadata = { authorization: `Bearer ${token.token}` };
    });
  }

  /** Thrown by a route, a BearerError is answered with its status and challenge; by a message handler, it goes on to the caller. */
  protected override serializeError(error: unknown): unknown {
    const { statusCode, challenge, error: code, error_description } = error as Record<string, unknown>;
    if (typeof challenge !== 'string') return error;
    return new BearerError(Number(statusCode), { error: code, error_description }, challenge);
  }
}

/** For `ClientsModule`, whose type takes a client of any transport and so none of a certain one. */
export function clientOf(name: string, port: number): ClientProviderOptions {
  return { name, customClass: PassingClient as unknown as Type<ClientProxy>, options: { host: HOST, port } };
}
