// A provider of OAuth 1.0a written for the tests: it verifies signatures with code of its own, and believes nothing twice.
// @see RFC 5849
import { createHmac, createVerify, type KeyObject, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onClose } from './cleanup.js';

export interface OAuth1ProviderSettings {
  clientId: string;
  clientSecret: string;
  /** Of the client, for RSA-SHA1. */
  publicKey?: KeyObject;
  methods?: readonly string[];
}

/** Bends answers; nothing is bent until a test says so. */
export interface OAuth1Bends {
  /** Of the temporary and token credentials: changes the members that are answered. */
  initiate?: (members: URLSearchParams) => void;
  token?: (members: URLSearchParams) => void;
  /** Changes the parameters with which the browser is sent back. */
  callback?: (members: URLSearchParams) => void;
  /** In place of whatever would be answered. */
  answer?: (path: string, response: ServerResponse) => boolean;
}

export interface OAuth1Provider {
  url: string;
  bends: OAuth1Bends;
  /** Why requests were refused, in their order. */
  refusals: string[];
  /** The headers and bodies of all requests that were verified. */
  verified: { path: string; method: string; parameters: [string, string][]; body: string }[];
  /** The user says no from now on. */
  denies: boolean;
}

interface Credentials {
  secret: string;
  callback?: string;
  verifier?: string;
}

type Pairs = [string, string][];

const USER = { id: 42, screen_name: 'ada' };

/** As RFC 5849 §3.6 has it, byte by byte. */
function escape(text: string): string {
  let escaped = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    escaped += /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/** Pairs of a form or a query, decoded (§3.4.1.3.1). */
function pairsOf(text: string): Pairs {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name, ...value] = pair.split('=');
      const decode = (part: string): string => decodeURIComponent(part.replaceAll('+', '%20'));
      return [decode(name), decode(value.join('='))];
    });
}

function authorizationOf(header = ''): Pairs {
  if (!header.startsWith('OAuth ')) return [];
  return [...header.slice(6).matchAll(/([^=\s,]+)="([^"]*)"/g)].map(([, name, value]) => [
    decodeURIComponent(name),
    decodeURIComponent(value),
  ]);
}

export async function startOAuth1Provider(settings: OAuth1ProviderSettings): Promise<OAuth1Provider> {
  const temporary = new Map<string, Credentials>();
  const tokens = new Map<string, Credentials>();
  const seen = new Set<string>();
  const methods = settings.methods ?? ['HMAC-SHA1', 'RSA-SHA1'];
  const provider: OAuth1Provider = { url: '', bends: {}, refusals: [], verified: [], denies: false };

  class Refused extends Error {
    constructor(
      readonly status: number,
      readonly problem: string,
    ) {
      super(problem);
    }
  }

  /** The parameters of the protocol of a request whose signature is right (§3.2). */
  function verify(
    request: IncomingMessage,
    body: string,
    known: Map<string, Credentials> | undefined,
  ): Map<string, string> {
    const [path, query = ''] = (request.url ?? '').split('?');
    const oauth = authorizationOf(request.headers.authorization);
    const protocol = new Map(oauth);
    if (protocol.size !== oauth.length) throw new Refused(400, 'parameter_rejected');
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
    const sent = [...pairsOf(query), ...(isForm ? pairsOf(body) : [])];
    const one = (name: string): string => {
      const value = protocol.get(name);
      if (value === undefined) throw new Refused(400, 'parameter_absent');
      return value;
    };
    if (one('oauth_consumer_key') !== settings.clientId) throw new Refused(401, 'consumer_key_unknown');
    const method = one('oauth_signature_method');
    if (!methods.includes(method)) throw new Refused(400, 'signature_method_rejected');
    if ((protocol.get('oauth_version') ?? '1.0') !== '1.0') throw new Refused(400, 'version_rejected');
    let secret = '';
    if (known) {
      const found = known.get(one('oauth_token'));
      if (!found) throw new Refused(401, 'token_rejected');
      secret = found.secret;
    }
    const pairs = [...sent, ...oauth.filter(([name]) => name !== 'oauth_signature' && name !== 'realm')]
      .map(([name, value]): [string, string] => [escape(name), escape(value)])
      .sort(
        (a, b) =>
          Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])) || Buffer.compare(Buffer.from(a[1]), Buffer.from(b[1])),
      );
    const host = (request.headers.host ?? '').toLowerCase().replace(/:80$/, '');
    const base = [
      request.method ?? '',
      `http://${host}${path}`,
      pairs.map(([name, value]) => `${name}=${value}`).join('&'),
    ]
      .map(escape)
      .join('&');
    const signature = one('oauth_signature');
    const key = `${escape(settings.clientSecret)}&${escape(secret)}`;
    const isRight =
      method === 'PLAINTEXT'
        ? signature === key
        : method === 'RSA-SHA1'
          ? createVerify('SHA1').update(base).verify(settings.publicKey!, signature, 'base64')
          : signature === createHmac('sha1', key).update(base).digest('base64');
    if (!isRight) throw new Refused(401, 'signature_invalid');
    const timestamp = one('oauth_timestamp');
    if (!/^[1-9]\d*$/.test(timestamp) || Math.abs(Number(timestamp) - Date.now() / 1000) > 300)
      throw new Refused(401, 'timestamp_refused');
    const use = [timestamp, one('oauth_nonce'), protocol.get('oauth_token') ?? ''].join(' ');
    if (seen.has(use)) throw new Refused(401, 'nonce_used');
    seen.add(use);
    provider.verified.push({ path, method: request.method ?? '', parameters: sent, body });
    return protocol;
  }

  function initiate(request: IncomingMessage, body: string): URLSearchParams {
    const protocol = verify(request, body, undefined);
    const callback = protocol.get('oauth_callback');
    if (callback === undefined) throw new Refused(400, 'parameter_absent');
    const [key, secret] = [randomBytes(8).toString('hex'), `${randomBytes(8).toString('hex')}&/+`];
    temporary.set(key, { secret, callback });
    const members = new URLSearchParams({
      oauth_token: key,
      oauth_token_secret: secret,
      oauth_callback_confirmed: 'true',
    });
    provider.bends.initiate?.(members);
    return members;
  }

  /** The page on which the user would decide. */
  function authorize(query: string): string {
    const key = new URLSearchParams(query).get('oauth_token') ?? '';
    const found = temporary.get(key);
    if (!found?.callback) throw new Refused(400, 'token_rejected');
    found.verifier = randomBytes(8).toString('hex');
    const members = new URLSearchParams(
      provider.denies ? { denied: key } : { oauth_token: key, oauth_verifier: found.verifier },
    );
    provider.bends.callback?.(members);
    return `${found.callback}${found.callback.includes('?') ? '&' : '?'}${members}`;
  }

  function exchange(request: IncomingMessage, body: string): URLSearchParams {
    const protocol = verify(request, body, temporary);
    const key = protocol.get('oauth_token') ?? '';
    const verifier = temporary.get(key)?.verifier;
    temporary.delete(key);
    if (verifier === undefined || protocol.get('oauth_verifier') !== verifier)
      throw new Refused(401, 'verifier_invalid');
    const [token, secret] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
    tokens.set(token, { secret });
    const members = new URLSearchParams({
      oauth_token: token,
      oauth_token_secret: secret,
      user_id: String(USER.id),
      screen_name: USER.screen_name,
    });
    provider.bends.token?.(members);
    return members;
  }

  function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const [path, query = ''] = (request.url ?? '').split('?');
    if (provider.bends.answer?.(path, response)) return;
    if (path === '/authorize') return void response.writeHead(302, { location: authorize(query) }).end();
    if (path === '/initiate' || path === '/token') {
      const members = path === '/initiate' ? initiate(request, body) : exchange(request, body);
      return void response
        .writeHead(200, { 'content-type': 'application/x-www-form-urlencoded' })
        .end(members.toString());
    }
    const json = (status: number, value: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (path === '/api/public') return json(200, { authorization: request.headers.authorization ?? null });
    verify(request, body, tokens);
    if (path === '/api/elsewhere') return void response.writeHead(302, { location: `${provider.url}/api/me` }).end();
    json(200, path === '/api/me' ? USER : { method: request.method, url: request.url, body });
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      try {
        answer(request, response, Buffer.concat(chunks).toString());
      } catch (error) {
        const { status, problem } = error instanceof Refused ? error : new Refused(500, String(error));
        provider.refusals.push(problem);
        response
          .writeHead(status, { 'content-type': 'application/x-www-form-urlencoded' })
          .end(`oauth_problem=${problem}`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onClose(() => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()));
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return provider;
}
