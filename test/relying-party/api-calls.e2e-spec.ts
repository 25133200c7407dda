import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { ServerResponse } from 'node:http';
import { OAuthClientError } from '../../src/relying-party/oauth-client-error.js';
import type { OAuth2Client } from '../../src/relying-party/oauth2-client.js';
import type { OAuthClientOptions } from '../../src/relying-party/oauth-client.options.js';
import type { OAuthToken } from '../../src/relying-party/oauth-token.js';
import { type PlainProvider, type PlainRequest, startPlainProvider } from '../support/plain-provider.js';
import { clientOf, failureOf } from './plain-client.js';

let provider: PlainProvider;
let token: OAuthToken;

beforeAll(async () => {
  provider = await startPlainProvider();
  token = provider.issue();
});
beforeEach(() => {
  provider.requests.length = 0;
  provider.answers.clear();
});

const client = (options: OAuthClientOptions = {}): OAuth2Client =>
  clientOf({ ...provider.options, fetchToken: () => token, ...options }).client;
const failing = (work: Promise<unknown>): Promise<OAuthClientError> => failureOf(work) as Promise<OAuthClientError>;
const only = (): PlainRequest => {
  expect(provider.requests).toHaveLength(1);
  return provider.requests[0];
};

describe('what is sent', () => {
  it.each(['get', 'post', 'put', 'patch', 'delete'] as const)('%s has its method and the token', async (method) => {
    const response = await client()[method]('things/1');
    expect(response.status).toBe(200);
    expect(only()).toMatchObject({
      method: method.toUpperCase(),
      path: '/api/things/1',
      headers: { authorization: `Bearer ${token.access_token}` },
    });
  });

  it('request takes any method, in any case', async () => {
    await client().request('options', 'things');
    expect(only().method).toBe('OPTIONS');
  });

  it.each([
    ['a path', 'things', '/api/things'],
    ['a path that begins with a slash', '/things', '/api/things'],
    ['nothing', '', '/api/'],
    ['what looks like a host', '//other.example/x', '/api/other.example/x'],
    ['what looks like a scheme', 'users:search', '/api/users:search'],
  ])('%s is relative to apiBaseUrl', async (_what, path, requested) => {
    await client().get(path);
    expect(only().path).toBe(requested);
  });

  it('a URL at the origin of apiBaseUrl is called as it is', async () => {
    await client().get(`${provider.origin}/api/v2/things`);
    expect(only().path).toBe('/api/v2/things');
  });

  it.each([
    ['another host', 'https://other.example/things'],
    ['another port', 'http://127.0.0.1:1/things'],
    ['another scheme', 'https://127.0.0.1/things'],
    ['a user name', 'http://user@127.0.0.1/things'],
    ['a path out of apiBaseUrl', '../token'],
    ['one that is encoded', '%2e%2e/token'],
    ['one with a backslash', '..\\token'],
  ])('nothing goes to %s, with or without the token', async (_what, path) => {
    for (const withholdToken of [false, true]) {
      const error = await failing(client().get(path, { withholdToken }));
      expect(error).toMatchObject({ name: 'OAuthClientError', code: 'invalid_request' });
    }
    expect(provider.requests).toHaveLength(0);
  });

  it('without apiBaseUrl there is nothing to call', async () => {
    const { apiBaseUrl: _, ...options } = provider.options;
    const { client: other } = clientOf({ ...options, fetchToken: () => token });
    expect((await failing(other.get('things'))).code).toBe('unsupported');
    expect((await failing(other.get(`${provider.origin}/api/things`))).code).toBe('unsupported');
  });

  it('parameters of the query are added, a list repeatedly', async () => {
    await client().get('things?a=1&b=2', { query: { b: '3', c: ['4', '5'], d: undefined } });
    expect(only().query.toString()).toBe('a=1&b=3&c=4&c=5');
  });

  it('json is sent as JSON', async () => {
    await client().post('things', { json: { name: 'ü' } });
    expect(only()).toMatchObject({ body: '{"name":"ü"}', headers: { 'content-type': 'application/json' } });
  });

  it('a form is sent as one, a list repeatedly', async () => {
    await client().put('things', { form: { a: '1 &', b: ['2', '3'] } });
    expect(only().headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(only().body).toBe('a=1+%26&b=2&b=3');
  });

  it.each([
    ['text', 'plain text'],
    ['bytes', new TextEncoder().encode('plain text')],
  ])('a body of %s is sent as it is, with the headers of the call', async (_what, body) => {
    await client().patch('things', { body, headers: { 'content-type': 'text/x-own', 'x-own': 'yes' } });
    expect(only()).toMatchObject({ body: 'plain text', headers: { 'content-type': 'text/x-own', 'x-own': 'yes' } });
  });

  it('several bodies, and a body with GET, are mistakes', async () => {
    expect((await failing(client().post('things', { json: {}, body: 'x' }))).code).toBe('invalid_request');
    expect((await failing(client().get('things', { json: {} }))).code).toBe('invalid_request');
    expect(provider.requests).toHaveLength(0);
  });

  it('the user agent is that of the options', async () => {
    await client({ userAgent: 'notes/1.0' }).get('things');
    expect(only().headers['user-agent']).toBe('notes/1.0');
  });

  it('compliance.protectedRequest changes what is sent', async () => {
    const protectedRequest = (request: Request): Request => {
      const changed = new Request(request);
      changed.headers.set('x-api-version', '7');
      return changed;
    };
    await client({ compliance: { protectedRequest } }).post('things', { json: { kept: true } });
    expect(only()).toMatchObject({ body: '{"kept":true}', headers: { 'x-api-version': '7' } });
    expect(only().headers.authorization).toBe(`Bearer ${token.access_token}`);
  });
});

describe('whose token', () => {
  it('fetchToken is asked with the name of the provider and the request at hand', async () => {
    const asked: unknown[] = [];
    const request = { url: '/page' };
    const one = client({
      fetchToken: (...args) => {
        asked.push(args);
        return Promise.resolve(token);
      },
    });
    await one.get('things', { request });
    expect(asked).toEqual([['plain', { request }]]);
  });

  it('a token that is given goes before that of fetchToken', async () => {
    const given = provider.issue('somebody');
    const response = await client().get('things', { token: given });
    expect(await response.json()).toMatchObject({ user: 'somebody' });
  });

  it.each<[string, OAuthClientOptions]>([
    ['without fetchToken', { fetchToken: undefined }],
    ['when fetchToken has none', { fetchToken: () => null }],
  ])('%s it is missing_token, and nothing is sent', async (_what, options) => {
    expect((await failing(client(options).get('things'))).code).toBe('missing_token');
    expect(provider.requests).toHaveLength(0);
  });

  it.each(['hush\nhush', 'hush\u20achush'])(
    'a token that is none is neither sent nor told: %j',
    async (access_token) => {
      const error = await failing(client().get('things', { token: { access_token } }));
      expect(error.code).toBe('token_invalid');
      expect(error.message).not.toContain('hush');
      expect(provider.requests).toHaveLength(0);
    },
  );

  it('withholdToken sends none and asks for none', async () => {
    const fetchToken = (): never => {
      throw new Error('asked');
    };
    const response = await client({ fetchToken }).get('things', { withholdToken: true });
    expect(response.status).toBe(401);
    expect(only().headers.authorization).toBeUndefined();
  });
});

describe('where the token goes (RFC 6750 §2)', () => {
  it('tokenPlacement uri: into the query', async () => {
    await client({ tokenPlacement: 'uri' }).get('things', { query: { a: '1', access_token: 'mine' } });
    expect(only().query.toString()).toBe(`a=1&access_token=${token.access_token}`);
    expect(only().headers.authorization).toBeUndefined();
  });

  it('tokenPlacement body: into the form', async () => {
    await client({ tokenPlacement: 'body' }).post('things', { form: { a: '1' } });
    expect(only().body).toBe(`a=1&access_token=${token.access_token}`);
    expect(only().headers.authorization).toBeUndefined();
  });

  it('tokenPlacement body: into a form of its own where there is no body', async () => {
    await client({ tokenPlacement: 'body' }).delete('things');
    expect(only().form.get('access_token')).toBe(token.access_token);
  });

  it.each<[string, (one: OAuth2Client) => Promise<Response>]>([
    ['GET', (one) => one.get('things')],
    ['JSON', (one) => one.post('things', { json: {} })],
  ])('tokenPlacement body: into the header with %s, which has no form', async (_what, call) => {
    await call(client({ tokenPlacement: 'body' }));
    expect(only().headers.authorization).toBe(`Bearer ${token.access_token}`);
  });
});

describe('what comes back', () => {
  const answerWith = (status: number, headers: Record<string, string> = {}, body = ''): void =>
    void provider.answers.set('/api/things', (_request: PlainRequest, response: ServerResponse) =>
      response.writeHead(status, headers).end(body),
    );

  it.each([204, 404, 422, 500, 503])('status %i is an answer', async (status) => {
    answerWith(status);
    expect((await client().get('things')).status).toBe(status);
  });

  it('a redirect is an answer: the token does not follow it', async () => {
    answerWith(302, { location: '/api/other' });
    const response = await client().get('things');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/api/other']);
    expect(provider.hits('/api/other')).toBe(0);
  });

  it('an answer without end is cut off', async () => {
    answerWith(200, {}, 'x'.repeat(2 * 1024 * 1024));
    expect((await failing(client().get('things'))).code).toBe('provider_unavailable');
  });

  it('an API that does not answer in time is not available', async () => {
    provider.answers.set('/api/things', () => undefined);
    expect((await failing(client({ timeout: 50 }).get('things'))).code).toBe('provider_unavailable');
  });

  it('an API that is away is not available, and the error holds no token', async () => {
    const error = await failing(client({ apiBaseUrl: 'http://127.0.0.1:1/' }).get('things'));
    expect(error.code).toBe('provider_unavailable');
    expect(JSON.stringify([error.message, error.stack])).not.toContain(token.access_token);
  });

  it('whoever calls can end it', async () => {
    provider.answers.set('/api/things', () => undefined);
    const ending = new AbortController();
    const call = failureOf(client().get('things', { signal: ending.signal }));
    ending.abort();
    expect(await call).toMatchObject({ name: 'AbortError' });
  });
});

describe('sender-constrained tokens (RFC 9449 §7)', () => {
  let key: JWK;
  const bound = (): OAuthToken => ({ ...token, token_type: 'dpop' });
  const proofOf = ({ headers }: PlainRequest): string => headers.dpop as string;

  beforeAll(async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    key = await exportJWK(privateKey);
  });

  it('a call proves possession of the key, for this URL and this token', async () => {
    provider.answers.set('/api/things', (_request, response) => response.end('{}'));
    await client({ dpop: key, fetchToken: bound }).post('things?a=1', { json: {} });
    const request = only();
    expect(request.headers.authorization).toBe(`DPoP ${token.access_token}`);
    expect(decodeJwt(proofOf(request))).toMatchObject({
      htm: 'POST',
      htu: `${provider.origin}/api/things`,
      ath: createHash('sha256').update(token.access_token!).digest('base64url'),
    });
    const { jwk } = decodeProtectedHeader(proofOf(request));
    expect(await calculateJwkThumbprint(jwk!)).toBe(await calculateJwkThumbprint(key));
  });

  it('the nonce that the API wants is in the next proof (§9)', async () => {
    const nonce = randomUUID();
    provider.answers.set('/api/things', (request, response) => {
      if (decodeJwt(proofOf(request)).nonce === nonce) return response.end('once more');
      const headers = { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': nonce };
      return response.writeHead(401, headers).end();
    });
    const one = client({ dpop: key, fetchToken: bound });
    const response = await one.put('things', { body: 'the body' });
    expect([response.status, await response.text()]).toEqual([200, 'once more']);
    expect(provider.requests.map(({ body }) => body)).toEqual(['the body', 'the body']);
    await one.get('things');
    expect(provider.hits('/api/things')).toBe(3);
  });

  it('whoever calls can end it', async () => {
    provider.answers.set('/api/things', () => undefined);
    const ending = new AbortController();
    const one = client({ dpop: key, fetchToken: bound });
    const call = failureOf(one.get('things', { signal: ending.signal }));
    ending.abort();
    expect(await call).toMatchObject({ name: 'AbortError' });
  });

  it('an answer that refuses the proof is an answer', async () => {
    provider.answers.set('/api/things', (_request, response) =>
      response.writeHead(401, { 'www-authenticate': 'DPoP error="invalid_dpop_proof"' }).end('why'),
    );
    const response = await client({ dpop: key, fetchToken: bound }).get('things');
    expect([response.status, await response.text()]).toEqual([401, 'why']);
  });

  it('a token that the provider has not bound is a bearer token', async () => {
    await client({ dpop: key }).get('things');
    expect(only().headers.authorization).toBe(`Bearer ${token.access_token}`);
    expect(only().headers.dpop).toBeUndefined();
  });
});
