// A request as it is on the wire, and all of the answer.
import { request } from 'node:http';

export interface RawRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** The answer without what differs from one moment to the next. */
export function send(port: number, { method = 'GET', path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  return new Promise((done, fail) => {
    const sent = request({ port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        const { date: _, ...others } = response.headers;
        done({ status: response.statusCode ?? 0, headers: others, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', fail);
    sent.end(body);
  });
}
