// An OpenID provider that the test has in its hands: honest until a test bends one of its answers.
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { onClose } from './cleanup.js';
import { newKey, type SigningKey } from './issuer.js';

export type Json = Record<string, unknown>;

/** Writes an answer of any kind. */
export type Answer = (response: ServerResponse) => void;

/** Gets the honest answer; gives the one that is sent. */
export interface Bends {
  metadata?: (document: Json) => Json | Answer;
  jwks?: (set: { keys: object[] }) => object | Answer;
  /** Changes the parameters with which the browser is sent back; `request` is what it was sent here with. */
  callback?: (parameters: URLSearchParams, request: URLSearchParams) => void;
  /** Of the answer as a JWT (JARM). */
  answer?: (claims: JWTPayload) => JWTPayload;
  /** Of the ID token of the token endpoint, and of refreshed ones. */
  claims?: (claims: JWTPayload) => JWTPayload;
  /** Of the ID token beside the code (hybrid flow). */
  frontClaims?: (claims: JWTPayload) => JWTPayload;
  /** Makes the JWS in the place of the honest one. */
  sign?: (claims: JWTPayload, header: JWTHeaderParameters) => string | Promise<string>;
  token?: (answer: Json, form: URLSearchParams) => Json | Answer;
  userinfo?: (claims: Json) => Json | Answer;
}

export interface HostileProvider {
  issuer: string;
  /** What is wrong at the moment: nothing, until a test says so. */
  bends: Bends;
  /** The first one signs; all are published. */
  keys: SigningKey[];
  /** `GET /jwks` and its like, one for every request. */
  requests: string[];
  /** How often this was asked for. */
  count(request: string): number;
}

interface Grant {
  request: URLSearchParams;
  authTime: number;
}

/** `at_hash` and `c_hash` (OIDC Core §3.1.3.6, §3.3.2.11) of algorithms with SHA-256. */
export function halfHash(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}

/** Answers as no provider should. */
export const ANSWERS = {
  status:
    (status: number, body: string | object = '', type = 'application/json'): Answer =>
    (response) =>
      void response
        .writeHead(status, { 'content-type': type })
        .end(typeof body === 'string' ? body : JSON.stringify(body)),
  html: (response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>We will be back soon.</html>'),
  redirect:
    (to: string): Answer =>
    (response) =>
      void response.writeHead(307, { location: to }).end(),
  /** The first bytes, then nothing. */
  silence: (response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
  /** JSON without end. */
  endless: (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"a":"');
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  },
} as const;

/**
 * Starts one; it ends with the spec. Everybody is signed in as alice at once.
 * @example provider.bends = { claims: (claims) => ({ ...claims, iss: 'https://else.example' }) };
 */
export async function startHostileProvider(): Promise<HostileProvider> {
  const grants = new Map<string, Grant>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.stack));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onClose(
    () =>
      new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      }),
  );
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: HostileProvider = {
    issuer,
    bends: {},
    keys: [await newKey('first')],
    requests: [],
    count: (request) => provider.requests.filter((one) => one === request).length,
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    provider.requests.push(`${request.method} ${url.pathname}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const { bends } = provider;
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return send(response, bends.metadata?.(metadata()) ?? metadata());
      case '/jwks': {
        const set = { keys: provider.keys.map(({ jwk }) => jwk) };
        return send(response, bends.jwks?.(set) ?? set);
      }
      case '/authorize':
        return authorize(response, url.searchParams);
      case '/token': {
        const honest = await tokens(form);
        return send(response, bends.token?.(honest, form) ?? honest);
      }
      case '/userinfo': {
        const claims = { sub: 'alice', email: 'alice@provider.example' };
        return send(response, bends.userinfo?.(claims) ?? claims);
      }
      default:
        response.writeHead(404).end();
    }
  }

  function metadata(): Json {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code', 'code id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      authorization_signing_alg_values_supported: ['ES256'],
      response_modes_supported: ['query', 'form_post', 'query.jwt'],
    };
  }

  async function authorize(response: ServerResponse, request: URLSearchParams): Promise<void> {
    const code = randomBytes(16).toString('base64url');
    const grant = { request, authTime: now() };
    grants.set(code, grant);
    const parameters = new URLSearchParams({ code, state: request.get('state') ?? '', iss: issuer });
    if (request.get('response_type') === 'code id_token') {
      const claims = { ...claimsOf(grant), c_hash: halfHash(code) };
      parameters.set('id_token', await sign(provider.bends.frontClaims?.(claims) ?? claims));
    }
    provider.bends.callback?.(parameters, request);
    const to = request.get('redirect_uri') ?? '';
    if (request.get('response_mode') === 'query.jwt') {
      const claims = { ...Object.fromEntries(parameters), aud: request.get('client_id') ?? '', exp: now() + 300 };
      const jwt = await sign(provider.bends.answer?.(claims) ?? claims);
      response.writeHead(303, { location: `${to}?response=${jwt}` }).end();
      return;
    }
    if (request.get('response_mode') !== 'form_post') {
      response.writeHead(303, { location: `${to}?${parameters.toString()}` }).end();
      return;
    }
    const inputs = [...parameters].map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
    response.setHeader('content-type', 'text/html');
    response.end(`<form method="post" action="${to}">${inputs.join('')}</form>`);
  }

  async function tokens(form: URLSearchParams): Promise<Json> {
    const isRefresh = form.get('grant_type') === 'refresh_token';
    const key = form.get(isRefresh ? 'refresh_token' : 'code') ?? '';
    const grant = grants.get(key);
    grants.delete(key);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!grant || (!isRefresh && grant.request.get('code_challenge') !== challenge)) return { error: 'invalid_grant' };
    const accessToken = randomBytes(16).toString('base64url');
    const refreshToken = randomBytes(16).toString('base64url');
    grants.set(refreshToken, grant);
    const claims = { ...claimsOf(grant), at_hash: halfHash(accessToken) };
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      refresh_token: refreshToken,
      id_token: await sign(provider.bends.claims?.(claims) ?? claims),
    };
  }

  function claimsOf({ request, authTime }: Grant): JWTPayload {
    return {
      iss: issuer,
      sub: 'alice',
      aud: request.get('client_id') ?? '',
      iat: now(),
      exp: now() + 300,
      nonce: request.get('nonce') ?? undefined,
      auth_time: authTime,
    };
  }

  async function sign(claims: JWTPayload): Promise<string> {
    const { jwk, privateKey } = provider.keys[0];
    const header = { alg: 'ES256', kid: jwk.kid };
    return provider.bends.sign?.(claims, header) ?? new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
  }

  return provider;
}

function send(response: ServerResponse, answer: object | Answer): void {
  if (typeof answer === 'function') return (answer as Answer)(response);
  response.writeHead('error' in answer ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
