// The back-channel logout endpoint of a client: keeps what it was sent, and answers as it is told.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onClose } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';

export interface Received {
  path: string;
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  /** `127.0.0.1:port`, for the allow-list. */
  host: string;
  url(path: string): string;
  /** Everything that came to a path. */
  at(path: string): Received[];
  /** Waits for the n-th request to a path and answers its logout token. */
  token(path: string, n?: number): Promise<string>;
}

/** An instance looks every ten seconds for what another one has left behind. */
const PATIENCE = 40_000;

type Answer = (response: ServerResponse) => void;

/** @param answers by path; without one it is 200 */
export async function startReceiver(answers: Record<string, Answer> = {}): Promise<Receiver> {
  const received: Received[] = [];
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url!;
      received.push({
        path,
        method: request.method!,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      const answer = answers[path];
      if (answer) answer(response);
      else response.end();
    });
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  onClose(() => {
    http.closeAllConnections();
    http.close();
  });
  const host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const at = (path: string): Received[] => received.filter((one) => one.path === path);
  return {
    host,
    url: (path) => `http://${host}${path}`,
    at,
    token: async (path, n = 1) => {
      const { body } = await eventually(() => at(path)[n - 1], PATIENCE);
      return new URLSearchParams(body).get('logout_token')!;
    },
  };
}
