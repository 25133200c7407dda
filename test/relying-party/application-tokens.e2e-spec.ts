import { createLocalJWKSet, exportJWK, exportPKCS8, generateKeyPair, type JWK, jwtVerify } from 'jose';
import type { OAuthClientError } from '../../src/relying-party/oauth-client-error.js';
import type { OAuthClientOptions } from '../../src/relying-party/oauth-client.options.js';
import type { OAuthToken } from '../../src/relying-party/oauth-token.js';
import { type PlainProvider, startPlainProvider } from '../support/plain-provider.js';
import { clientOf, failureOf, type TestedClient } from './plain-client.js';

let provider: PlainProvider;

beforeAll(async () => {
  provider = await startPlainProvider();
});
beforeEach(() => {
  provider.requests.length = 0;
  provider.answers.clear();
  for (const oddity of Object.keys(provider.odd)) Reflect.deleteProperty(provider.odd, oddity);
});

const clientWith = (options: OAuthClientOptions = {}): TestedClient =>
  clientOf({
    ...provider.options,
    metadata: { revocation_endpoint: `${provider.origin}/revoke` },
    ...options,
  });
const failing = (work: Promise<unknown>): Promise<OAuthClientError> => failureOf(work) as Promise<OAuthClientError>;
const asked = (): URLSearchParams[] =>
  provider.requests.filter(({ path }) => path === '/token').map(({ form }) => form);

describe('clientCredentials (RFC 6749 §4.4)', () => {
  it('gives a token of the application itself', async () => {
    const { client } = clientWith();
    const token = await client.clientCredentials({ scope: 'write' });
    expect(token).toMatchObject({ token_type: 'bearer', scope: 'write', expires_in: 3600 });
    expect(Object.fromEntries(asked()[0])).toEqual({ grant_type: 'client_credentials', scope: 'write' });
    const response = await client.get('things', { token });
    expect(await response.json()).toMatchObject({ user: 'plain' });
  });

  it('50 who ask at once, and who asks later: one request', async () => {
    provider.odd.delay = 20;
    const { client } = clientWith();
    const tokens = await Promise.all(Array.from({ length: 50 }, () => client.clientCredentials()));
    tokens.push(await client.clientCredentials());
    expect(new Set(tokens.map(({ access_token }) => access_token)).size).toBe(1);
    expect(asked()).toHaveLength(1);
  });

  it('each scope and each set of parameters has a token of its own', async () => {
    const { client } = clientWith({ accessTokenParams: { audience: 'things' } });
    const resource = ['https://a.example', 'https://b.example'];
    const tokens = [
      await client.clientCredentials({ scope: 'read' }),
      await client.clientCredentials({ scope: 'write' }),
      await client.clientCredentials({ scope: 'read', params: { resource } }),
      await client.clientCredentials({ scope: 'read', params: { audience: 'others' } }),
    ];
    expect(new Set(tokens.map(({ access_token }) => access_token)).size).toBe(4);
    expect(asked().map((form) => [form.get('scope'), form.getAll('resource'), form.get('audience')])).toEqual([
      ['read', [], 'things'],
      ['write', [], 'things'],
      ['read', resource, 'things'],
      ['read', [], 'others'],
    ]);
  });

  it.each([
    ['that of the options', 'read write', 'read write'],
    ['none, where that of the options is for people who sign in', 'openid profile', null],
  ])('the scope by default is %s', async (_what, scope, sent) => {
    const metadata = { issuer: provider.origin, jwks: { keys: [] } };
    await clientWith({ scope, metadata }).client.clientCredentials();
    expect(asked()[0].get('scope')).toBe(sent);
  });

  it('is renewed when it is about to end; updateToken and token.updated tell of it', async () => {
    const told: unknown[] = [];
    const { client, updates } = clientWith({ leeway: 10, updateToken: (...update) => void told.push(update) });
    provider.odd.lifetime = 0;
    const first = await client.clientCredentials();
    expect(told).toEqual([]);
    provider.odd.lifetime = 3600;
    const second = await client.clientCredentials();
    expect(second.access_token).not.toBe(first.access_token);
    expect(told).toEqual([[second, { accessToken: first.access_token }, {}]]);
    expect(updates).toEqual([{ provider: 'plain', grantType: 'client_credentials' }]);
    await client.clientCredentials();
    expect(asked()).toHaveLength(2);
  });

  it('a call with one that has ended has the next one, also where a copy was kept', async () => {
    const { client } = clientWith();
    provider.odd.lifetime = 0;
    const token = JSON.parse(JSON.stringify(await client.clientCredentials())) as OAuthToken;
    provider.odd.lifetime = 3600;
    expect((await client.get('things', { token })).status).toBe(200);
    expect(asked()).toHaveLength(2);
  });

  it('calls that are refused with invalid_token have the next one: one request', async () => {
    const { client } = clientWith({ fetchToken: () => client.clientCredentials() });
    const { access_token } = await client.clientCredentials();
    provider.withdraw(access_token!);
    const responses = await Promise.all(Array.from({ length: 20 }, () => client.get('things')));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(asked()).toHaveLength(2);
  });

  it('one that was revoked is not given again', async () => {
    const { client } = clientWith();
    const token = await client.clientCredentials();
    await client.revokeToken(token);
    expect((await client.clientCredentials()).access_token).not.toBe(token.access_token);
  });

  it('whoever has it cannot change what others get', async () => {
    const { client } = clientWith();
    const token = await client.clientCredentials();
    expect(() => (token.access_token = 'changed')).toThrow(TypeError);
    expect((await client.clientCredentials()).access_token).not.toBe('changed');
  });

  it('a failure is not kept, and has the code of the provider', async () => {
    const { client } = clientWith();
    provider.answers.set('/token', (_request, response) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_scope"}'),
    );
    const failures = await Promise.all([failing(client.clientCredentials()), failing(client.clientCredentials())]);
    expect(failures.map(({ code }) => code)).toEqual(['invalid_scope', 'invalid_scope']);
    expect(asked()).toHaveLength(1);
    provider.answers.clear();
    expect((await client.clientCredentials()).access_token).toBeDefined();
  });

  it('compliance.accessTokenResponse makes of the answer what is read', async () => {
    const accessTokenResponse = async (response: Response): Promise<Response> => {
      const { token } = (await response.json()) as { token: string };
      return Response.json({ access_token: token });
    };
    const { client } = clientWith({ compliance: { accessTokenResponse } });
    provider.answers.set('/token', (_request, response) => response.end('{"token":"wrapped"}'));
    expect(await client.clientCredentials()).toMatchObject({ access_token: 'wrapped', token_type: 'bearer' });
    expect(await client.assertionToken({ assertion: 'theirs' })).toMatchObject({ access_token: 'wrapped' });
  });

  it('of a public client it says who it is, and the provider refuses it', async () => {
    const { clientSecret: _, ...options } = provider.options;
    const { client } = clientOf(options);
    expect(await failing(client.clientCredentials())).toMatchObject({ code: 'invalid_client', status: 401 });
    expect(asked()[0].get('client_id')).toBe('plain');
  });
});

describe('assertionToken (RFC 7523 §2.1)', () => {
  const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  let key: JWK;
  let pem: string;
  let verify: (jwt: string) => ReturnType<typeof jwtVerify>;

  beforeAll(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    key = { ...(await exportJWK(pair.privateKey)), kid: 'mine', alg: 'ES256' };
    pem = await exportPKCS8(pair.privateKey);
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'mine' }] });
    verify = (jwt) => jwtVerify(jwt, keys);
  });

  it('an assertion is made, with all that §3 demands, and signed with privateKey', async () => {
    const { client } = clientWith({ privateKey: key });
    const claims = { team: '7' };
    const token = await client.assertionToken({ subject: 'alice', scope: 'read', claims });
    expect(token.token_type).toBe('bearer');
    const [form] = asked();
    expect([form.get('grant_type'), form.get('scope')]).toEqual([JWT_BEARER, 'read']);
    const { payload, protectedHeader } = await verify(form.get('assertion')!);
    expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: 'mine' });
    expect(payload).toEqual({
      iss: 'plain',
      sub: 'alice',
      aud: `${provider.origin}/token`,
      team: '7',
      iat: expect.any(Number) as number,
      exp: payload.iat! + 300,
      jti: expect.any(String) as string,
    });
  });

  it('the claims of the specification are not to be changed by others', async () => {
    const { client } = clientWith({ privateKey: key });
    await client.assertionToken({
      subject: 'alice',
      issuer: 'service',
      audience: 'https://id.example',
      claims: { sub: 'bob', exp: 1 },
    });
    const { payload } = await verify(asked()[0].get('assertion')!);
    expect(payload).toMatchObject({ iss: 'service', sub: 'alice', aud: 'https://id.example' });
    expect(payload.exp).toBeGreaterThan(Date.now() / 1000);
  });

  it('by default it is about the client, for the issuer of the provider; the key may be PEM', async () => {
    const { client } = clientWith({ privateKey: pem, metadata: { issuer: 'https://id.example' } });
    await client.assertionToken({});
    const { payload } = await verify(asked()[0].get('assertion')!);
    expect(payload).toMatchObject({ iss: 'plain', sub: 'plain', aud: 'https://id.example' });
  });

  it('the token is kept for the same assertion, and renewed with a new one', async () => {
    const { client, updates } = clientWith({ privateKey: key });
    provider.odd.lifetime = 0;
    await client.assertionToken({ subject: 'alice' });
    provider.odd.lifetime = 3600;
    await Promise.all(Array.from({ length: 20 }, () => client.assertionToken({ subject: 'alice' })));
    await client.assertionToken({ subject: 'bob' });
    expect(asked()).toHaveLength(3);
    expect(new Set(asked().map((form) => form.get('assertion'))).size).toBe(3);
    expect(updates).toEqual([{ provider: 'plain', grantType: 'jwt-bearer' }]);
  });

  it('an assertion of somebody else is sent as it is; a function makes one for every renewal', async () => {
    const { client } = clientWith();
    let made = 0;
    const assertion = (): string => `assertion-${++made}`;
    provider.odd.lifetime = 0;
    await client.assertionToken({ assertion: 'theirs' });
    await client.assertionToken({ assertion });
    const old = await client.assertionToken({ assertion });
    provider.odd.lifetime = 3600;
    await client.get('things', { token: old });
    expect(asked().map((form) => form.get('assertion'))).toEqual([
      'theirs',
      'assertion-1',
      'assertion-2',
      'assertion-3',
    ]);
  });

  it('without a key and an assertion it is unsupported', async () => {
    expect((await failing(clientWith().client.assertionToken({ subject: 'alice' }))).code).toBe('unsupported');
    expect(provider.requests).toHaveLength(0);
  });
});
