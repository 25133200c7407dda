// What is refused before there is a request: bytes that are not HTTP, headers that are too long.
// @see RFC 9110 §15.5 https://www.rfc-editor.org/rfc/rfc9110#section-15.5
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The hooks that set these on every other answer do not run. */
const HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const;
const REASONS: Readonly<Record<string, [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The URL or the headers are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request took too long.'],
};

export function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  // Without a handshake there is nobody to whom an answer could be encrypted.
  if (socket instanceof TLSSocket && socket.getProtocol() === null) return void socket.destroy();
  const [status, phrase, description] = REASONS[error.code ?? ''] ?? [400, 'Bad Request', 'The request is malformed.'];
  const body = JSON.stringify({ error: 'invalid_request', error_description: description });
  const headers = {
    ...HEADERS,
    'content-type': 'application/json',
    'content-length': body.length,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}\r\n${body}`);
}
