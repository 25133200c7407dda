// A plain OAuth 2.0 provider, as GitHub is one: no ID tokens, an API of its own, and odd answers where a test asks for
// them. It counts who asks for what.
// @see RFC 6749 §4.1, §4.4, §6 https://www.rfc-editor.org/rfc/rfc6749#section-4.1
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OAuthToken } from '../../src/relying-party/oauth-token.js';
import { onClose } from './cleanup.js';

export const PLAIN_CLIENT = { clientId: 'plain', clientSecret: 'plain-secret-of-the-tests' } as const;

/** A request as it came. */
export interface PlainRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  form: URLSearchParams;
}

type Answer = (request: PlainRequest, response: ServerResponse) => unknown;

/** In which ways it departs from the specification. */
export interface Oddities {
  /** Errors of the token endpoint come with 200. */
  errorsWith200?: boolean;
  /** The token endpoint answers `application/x-www-form-urlencoded`. */
  formEncoded?: boolean;
  noExpiresIn?: boolean;
  noTokenType?: boolean;
  /** `false`: the refresh token stays, and the answer does not name it. */
  rotates?: boolean;
  /** A refresh token that comes again after it was rotated is refused, and ends nothing. */
  forgivesReuse?: boolean;
  /** Milliseconds that the token endpoint takes. */
  delay?: number;
  /** Answers of the token endpoint with this status, and no JSON. */
  failsWith?: number;
  /** Seconds of an access token. */
  lifetime?: number;
}

export interface PlainToken extends OAuthToken {
  access_token: string;
  expires_at: number;
  refresh_token: string;
}

export interface PlainProvider {
  origin: string;
  /** What a client is registered with, the URLs and the credentials. */
  options: {
    clientId: string;
    clientSecret: string;
    authorizeUrl: string;
    accessTokenUrl: string;
    apiBaseUrl: string;
  };
  odd: Oddities;
  /** By path: what is answered instead of the usual. */
  answers: Map<string, Answer>;
  requests: PlainRequest[];
  /** How often a path was asked for. */
  hits(path: string): number;
  /** The last request to a path. */
  last(path: string): PlainRequest;
  /** Tokens as somebody has them who signed in. @param lifetime of the access token, in seconds */
  issue(user?: string, lifetime?: number): PlainToken;
  /** The access token is not valid any more, whatever the client was told. */
  withdraw(accessToken: string): void;
}

interface Grant {
  user: string;
  scope: string;
  refreshToken?: string;
  ended?: boolean;
}

interface Code {
  user: string;
  scope: string;
  redirectUri: string;
  challenge?: string;
}

/** Starts one; it ends with the spec. */
export async function startPlainProvider(): Promise<PlainProvider> {
  const requests: PlainRequest[] = [];
  const answers = new Map<string, Answer>();
  const odd: Oddities = {};
  const codes = new Map<string, Code>();
  const accessTokens = new Map<string, { grant: Grant; until: number }>();
  const refreshTokens = new Map<string, { grant: Grant; used: boolean }>();

  const newTokens = (grant: Grant, lifetime: number, refreshable: boolean): PlainToken => {
    const access = `access-${randomUUID()}`;
    accessTokens.set(access, { grant, until: Date.now() + lifetime * 1000 });
    if (refreshable && (odd.rotates !== false || !grant.refreshToken)) {
      grant.refreshToken = `refresh-${randomUUID()}`;
      refreshTokens.set(grant.refreshToken, { grant, used: false });
    }
    return {
      access_token: access,
      token_type: 'Bearer',
      expires_in: lifetime,
      expires_at: Math.floor(Date.now() / 1000) + lifetime,
      refresh_token: grant.refreshToken ?? '',
      scope: grant.scope,
    };
  };

  const answerTokens = (response: ServerResponse, members: Record<string, unknown>, status = 200): void => {
    const body = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''));
    if (odd.noExpiresIn) delete body.expires_in;
    if (odd.noTokenType) delete body.token_type;
    response.statusCode = odd.errorsWith200 ? 200 : status;
    if (odd.formEncoded) {
      const form = new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)]));
      response.setHeader('content-type', 'application/x-www-form-urlencoded').end(form.toString());
    } else response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, error: string, status = 400): void =>
    answerTokens(response, { error, error_description: `${error} it is`, error_uri: 'https://docs.example/e' }, status);
  const grantTokens = (response: ServerResponse, grant: Grant, refreshable: boolean): void => {
    const { expires_at: _, ...answer } = newTokens(grant, odd.lifetime ?? 3600, refreshable);
    const refresh_token = refreshable && odd.rotates !== false ? answer.refresh_token : undefined;
    answerTokens(response, { ...answer, refresh_token });
  };

  const redeem = ({ form }: PlainRequest, response: ServerResponse): void => {
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const proven = !code?.challenge || s256(form.get('code_verifier') ?? '') === code.challenge;
    if (!code || code.redirectUri !== form.get('redirect_uri') || !proven) return refuse(response, 'invalid_grant');
    const grant: Grant = { user: code.user, scope: code.scope };
    const tokens = newTokens(grant, odd.lifetime ?? 3600, true);
    answerTokens(response, { ...tokens, expires_at: undefined });
  };
  const refresh = ({ form }: PlainRequest, response: ServerResponse): void => {
    const found = refreshTokens.get(form.get('refresh_token') ?? '');
    // A rotated one that comes again ends what it was for (RFC 9700 §4.14.2).
    if (found?.used && !odd.forgivesReuse) found.grant.ended = true;
    if (!found || found.used || found.grant.ended) return refuse(response, 'invalid_grant');
    if (odd.rotates !== false) found.used = true;
    grantTokens(response, found.grant, true);
  };
  const token = async (request: PlainRequest, response: ServerResponse): Promise<void> => {
    if (odd.delay) await sleep(odd.delay);
    if (odd.failsWith) return void response.writeHead(odd.failsWith, { 'content-type': 'text/html' }).end('<p>no</p>');
    if (!isClient(request)) return refuse(response, 'invalid_client', 401);
    const { form } = request;
    const scope = form.get('scope') ?? 'read';
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return redeem(request, response);
      case 'refresh_token':
        return refresh(request, response);
      case 'client_credentials':
        return grantTokens(response, { user: PLAIN_CLIENT.clientId, scope }, false);
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        if (!form.get('assertion')) return refuse(response, 'invalid_grant');
        return grantTokens(response, { user: 'asserted', scope }, false);
      default:
        return refuse(response, 'unsupported_grant_type');
    }
  };

  const authorize = ({ query }: PlainRequest, response: ServerResponse): void => {
    const back = new URL(query.get('redirect_uri') ?? '');
    const code = randomUUID();
    codes.set(code, {
      user: 'octocat',
      scope: query.get('scope') ?? '',
      redirectUri: back.href,
      challenge: query.get('code_challenge') ?? undefined,
    });
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state') ?? '');
    response.writeHead(302, { location: back.href }).end();
  };
  const tokenOf = ({ headers, query, form }: PlainRequest): string =>
    /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ??
    query.get('access_token') ??
    form.get('access_token') ??
    '';
  const holderOf = (token: string): Grant | undefined => {
    const found = accessTokens.get(token);
    return found && found.until > Date.now() && !found.grant.ended ? found.grant : undefined;
  };
  const json = (response: ServerResponse, body: unknown): unknown =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  const api = (request: PlainRequest, response: ServerResponse): unknown => {
    const grant = holderOf(tokenOf(request));
    if (!grant)
      return response.writeHead(401, { 'www-authenticate': 'Bearer realm="plain", error="invalid_token"' }).end();
    if (request.path === '/api/user')
      return json(response, { id: 583231, login: grant.user, avatar_url: 'https://a.example/1' });
    return json(response, { user: grant.user, method: request.method, path: request.path, body: request.body });
  };

  const endpoints: Record<string, Answer> = {
    '/authorize': authorize,
    '/token': token,
    '/token/refresh': token,
    '/revoke': (request, response) => {
      if (!isClient(request)) return refuse(response, 'invalid_client', 401);
      const value = request.form.get('token') ?? '';
      accessTokens.delete(value);
      const found = refreshTokens.get(value);
      if (found) found.grant.ended = true;
      return response.end();
    },
    '/introspect': (request, response) => {
      if (!isClient(request)) return refuse(response, 'invalid_client', 401);
      const value = request.form.get('token') ?? '';
      const grant = holderOf(value) ?? refreshTokens.get(value)?.grant;
      return json(
        response,
        grant && !grant.ended ? { active: true, sub: grant.user, scope: grant.scope } : { active: false },
      );
    },
  };

  const server = createServer((incoming, response) => {
    const answer = async (): Promise<void> => {
      const request = await read(incoming);
      requests.push(request);
      const { path } = request;
      const missing: Answer = () => response.writeHead(404).end();
      await (answers.get(path) ?? endpoints[path] ?? (path.startsWith('/api/') ? api : missing))(request, response);
    };
    answer().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onClose(
    () =>
      new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      }),
  );
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const at = (path: string): PlainRequest[] => requests.filter((one) => one.path === path);
  return {
    origin,
    options: {
      ...PLAIN_CLIENT,
      authorizeUrl: `${origin}/authorize`,
      accessTokenUrl: `${origin}/token`,
      apiBaseUrl: `${origin}/api/`,
    },
    odd,
    answers,
    requests,
    hits: (path) => at(path).length,
    last: (path) => at(path).at(-1)!,
    issue: (user = 'octocat', lifetime = 3600) => newTokens({ user, scope: 'read' }, lifetime, true),
    withdraw: (accessToken) => void accessTokens.delete(accessToken),
  };
}

async function read(incoming: IncomingMessage): Promise<PlainRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost');
  const body = Buffer.concat(chunks).toString();
  const isForm = incoming.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return {
    method: incoming.method ?? '',
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    body,
    form: new URLSearchParams(isForm ? body : ''),
  };
}

function isClient({ headers, form }: PlainRequest): boolean {
  const { clientId, clientSecret } = PLAIN_CLIENT;
  const [, credentials = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
  // Both halves are form-encoded (RFC 6749 §2.3.1).
  const [id, secret] = Buffer.from(credentials, 'base64')
    .toString()
    .split(':')
    .map((half) => new URLSearchParams(`=${half}`).get(''));
  if (headers.authorization) return id === clientId && secret === clientSecret;
  return form.get('client_id') === clientId && form.get('client_secret') === clientSecret;
}

const s256 = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');
