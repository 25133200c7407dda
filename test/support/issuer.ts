// An issuer that the test has in its hands: metadata, keys and introspection over HTTP, and keys of which it makes what
// no honest issuer would sign.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { onClose } from './cleanup.js';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;

export interface SigningKey {
  privateKey: CryptoKey;
  /** As it is published. */
  jwk: JWK;
}

export interface TestIssuer {
  issuer: string;
  /** What is published now. */
  keys: SigningKey[];
  /** By path: what is answered instead of the usual. */
  answers: Map<string, Answer>;
  /** The paths of all requests so far. */
  requests: string[];
  /** A token of the first key, as RFC 9068 has it; `undefined` takes a claim or a header member away. */
  sign(claims?: object, options?: { key?: SigningKey; header?: object }): Promise<string>;
  /** Nobody listens any more, until {@link TestIssuer.back}. */
  away(): Promise<void>;
  back(): Promise<void>;
}

export const AUDIENCE = 'https://api.example';

export async function newKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A JWT with these claims and no others. */
export function signWith({ privateKey, jwk: { kid, alg } }: SigningKey, claims: object): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: alg as string, kid }).sign(privateKey);
}

/** @param path of the issuer, e.g. `/tenant` */
export async function startIssuer(path = ''): Promise<TestIssuer> {
  const requests: string[] = [];
  const answers = new Map<string, Answer>();
  const keys = [await newKey('first')];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(pathname);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = answers.get(pathname);
      if (answer) return answer(request, response, Buffer.concat(chunks).toString());
      response.statusCode = 404;
      response.end();
    });
  });
  const listen = (port: number): Promise<number> =>
    new Promise((done, fail) => {
      server.once('error', fail);
      server.listen(port, '127.0.0.1', () => done((server.address() as AddressInfo).port));
    });
  const port = await listen(0);
  const origin = `http://127.0.0.1:${port}`;
  const issuer = origin + path;
  const away = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  onClose(away);
  const json = (response: ServerResponse, body: unknown): unknown =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  answers.set(`/.well-known/oauth-authorization-server${path}`, (_request, response) =>
    json(response, { issuer, jwks_uri: `${issuer}/jwks`, introspection_endpoint: `${issuer}/introspect` }),
  );
  answers.set(`${path}/jwks`, (_request, response) => json(response, { keys: keys.map(({ jwk }) => jwk) }));
  return {
    issuer,
    keys,
    answers,
    requests,
    away,
    back: async () => void (await listen(port)),
    sign: async (claims = {}, { key = keys[0], header = {} } = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        iss: issuer,
        sub: 'alice',
        aud: AUDIENCE,
        client_id: 'web',
        scope: 'read write',
        jti: 'an-id',
        iat: now,
        exp: now + 300,
        ...claims,
      };
      const { kid, alg } = key.jwk;
      return new SignJWT(payload)
        .setProtectedHeader({ alg: alg as string, kid, typ: 'at+jwt', ...header })
        .sign(key.privateKey);
    },
  };
}
