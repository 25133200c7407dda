// A web server of a client's, where it publishes keys and request objects; it counts who asks.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onClose } from './cleanup.js';

type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void);

export interface ClientSite {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** What is at which path; a text, or whatever answers. */
  content: Map<string, Answer>;
  /** How often a path was asked for. */
  hits(path: string): number;
}

/** Starts one; it ends with the spec. */
export async function startClientSite(): Promise<ClientSite> {
  const content = new Map<string, Answer>();
  const asked: string[] = [];
  const site = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const answer = content.get(path);
    if (typeof answer === 'function') answer(request, response);
    else response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening));
  onClose(
    () =>
      new Promise((closed) => {
        site.close(closed);
        site.closeAllConnections();
      }),
  );
  const { port } = site.address() as { port: number };
  return {
    origin: `http://127.0.0.1:${port}`,
    content,
    hits: (path) => asked.filter((one) => one === path).length,
  };
}
