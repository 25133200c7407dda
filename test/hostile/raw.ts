// Requests that fetch would not send: any bytes in the URL, the headers and the body.
import { request } from 'node:http';

export interface RawRequest {
  method?: string;
  /** Sent as it stands. */
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

export interface RawResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export function send(base: string, { method = 'GET', path, headers = {}, body }: RawRequest): Promise<RawResponse> {
  const { hostname, port } = new URL(base);
  // Node frames the body of a GET or DELETE only when it is told its length.
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path, headers: { ...headers, ...length }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const JSON_TYPE = { 'content-type': 'application/json' };

/** What no answer may show, whatever was sent. */
const LEAKS = [
  /\bat (?:async )?[\w.<>]+ \((?:file:|\/|node:)/, // a stack
  /\/(?:dist|src|node_modules)\//,
  /\b(?:SELECT|INSERT INTO|UPDATE \w+ SET|pg_|syntax error at)\b/,
  /ECONN|ENOENT|SQLSTATE|invalid byte sequence/,
];

/** The rules that hold for every answer (security.md, "Every request"). */
export function expectSound(response: RawResponse, sent: string): void {
  expect(response.status).toBeLessThan(500);
  expect(response.headers['x-content-type-options']).toBe('nosniff');
  for (const leak of LEAKS) expect(response.body).not.toMatch(leak);
  if (!String(response.headers['content-type']).includes('json') || response.status < 400) return;
  const { error_description: description } = JSON.parse(response.body) as { error_description?: string };
  if (description === undefined) return;
  // RFC 6749 §5.2
  expect(description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
  if (sent.length > 6) expect(description).not.toContain(sent);
}
