// The HTTP request that opened a WebSocket: the ws package hands it to whoever is there when it opens, and forgets it.

interface Handshake {
  headers?: { authorization?: string };
}

const remembered = new WeakMap<object, Handshake>();

/** @param request of the handshake, as `handleConnection` is given it */
export function rememberHandshake(client: object, request: unknown): void {
  if (typeof request === 'object' && request !== null && 'headers' in request)
    remembered.set(client, request as Handshake);
}

/** Of a client of `ws`, or of socket.io, which keeps it itself. */
export function handshakeOf(client: object): Handshake | undefined {
  return remembered.get(client) ?? (client as { handshake?: Handshake }).handshake;
}
