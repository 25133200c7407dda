// What a provider says of itself and the keys that it publishes: where they are looked for, what is believed, how often
// they are asked for.
// @see OIDC Discovery §4, RFC 8414 §3, OIDC Core §10.1.1 https://www.rfc-editor.org/rfc/rfc8414#section-3
import { jest } from '@jest/globals';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { OAuthClientOptions } from 'nest-authorization-server/relying-party';
import { IdTokens } from '../../src/relying-party/id-tokens.js';
import { Provider } from '../../src/relying-party/provider.js';
import { type ProviderSettings, settingsOf } from '../../src/relying-party/provider-settings.js';
import { onClose } from '../support/cleanup.js';
import { newKey } from '../support/issuer.js';
import { ALL_BUT_DATE } from './relying-party.js';
import { ANSWERS, type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';

const DOCUMENT = 'GET /.well-known/openid-configuration';

let remote: HostileProvider;

beforeEach(async () => (remote = await startHostileProvider()));
afterEach(() => jest.useRealTimers());

const providerWith = (options: OAuthClientOptions = {}, allowInsecureHosts: string[] = []): Provider =>
  new Provider(
    settingsOf('op', { clientId: 'rp', serverMetadataUrl: remote.issuer, ...options }, { allowInsecureHosts }),
  );

/** Only the time of day: requests go on as ever. */
function travel(seconds: number): void {
  const now = Date.now();
  jest.useFakeTimers({
    now: now + seconds * 1000,
    doNotFake: [...ALL_BUT_DATE],
  });
}

/** A server with documents by path. */
async function documents(
  answers: (origin: string) => Record<string, object>,
): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ url = '' }: IncomingMessage, response: ServerResponse) => {
    asked.push(url);
    const body = answers(origin)[url];
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onClose(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, asked };
}

describe('metadata', () => {
  it('is loaded when it is needed, once, however many wait', async () => {
    const provider = providerWith();
    expect(remote.requests).toEqual([]);
    await Promise.all(Array.from({ length: 20 }, () => provider.metadata()));
    await provider.metadata();
    expect(remote.count(DOCUMENT)).toBe(1);
  });

  it('is loaded again after ten minutes', async () => {
    const provider = providerWith();
    await provider.metadata();
    travel(599);
    await provider.metadata();
    expect(remote.count(DOCUMENT)).toBe(1);
    travel(2);
    remote.bends.metadata = (document) => ({ ...document, userinfo_endpoint: `${remote.issuer}/moved` });
    await expect(provider.metadata()).resolves.toMatchObject({ userinfo_endpoint: `${remote.issuer}/moved` });
    expect(remote.count(DOCUMENT)).toBe(2);
  });

  it('stays good while the provider cannot be asked again', async () => {
    const provider = providerWith();
    const known = await provider.metadata();
    remote.bends.metadata = () => ANSWERS.status(503);
    travel(601);
    await expect(provider.metadata()).resolves.toBe(known);
    await provider.metadata();
    expect(remote.count(DOCUMENT)).toBe(2);
  });

  it('that could not be loaded is asked for the next time', async () => {
    const provider = providerWith();
    remote.bends.metadata = () => ANSWERS.status(503);
    await expect(provider.metadata()).rejects.toMatchObject({ code: 'provider_unavailable', status: 503 });
    remote.bends = {};
    await expect(provider.metadata()).resolves.toMatchObject({ issuer: remote.issuer });
  });

  it.each([
    ['another issuer', { issuer: 'https://else.example' }, 'mismatching_issuer'],
    ['no issuer', { issuer: undefined }, 'mismatching_issuer'],
    ['a list as issuer', { issuer: [] }, 'mismatching_issuer'],
    ['a token endpoint over http', { token_endpoint: 'http://op.example/token' }, 'invalid_response'],
    ['keys in a file', { jwks_uri: 'file:///etc/passwd' }, 'invalid_response'],
    ['an authorization endpoint in a script', { authorization_endpoint: 'javascript:alert(1)' }, 'invalid_response'],
    ['an endpoint with a password', { userinfo_endpoint: 'https://a:b@op.example/' }, 'invalid_response'],
  ])('with %s is refused', async (_name, change, code) => {
    remote.bends.metadata = (document) => ({ ...document, ...change });
    await expect(providerWith().metadata()).rejects.toMatchObject({ code });
  });

  it.each([
    ['text', ANSWERS.html],
    ['a list', ANSWERS.status(200, [])],
    ['another place', ANSWERS.redirect('https://else.example/')],
    ['more than a megabyte', ANSWERS.endless],
  ])('that is %s is not read', async (_name, answer) => {
    remote.bends.metadata = () => answer;
    await expect(providerWith().metadata()).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('is waited for no longer than the options say', async () => {
    remote.bends.metadata = () => ANSWERS.silence;
    const failure = providerWith({ timeout: 200 }).metadata();
    await expect(failure).rejects.toMatchObject({
      code: 'provider_unavailable',
      description: 'The provider does not answer in time.',
    });
  });

  it('is under what the options say', async () => {
    const metadata = { userinfo_endpoint: 'https://else.example/me', own_member: 'x' };
    await expect(providerWith({ metadata }).metadata()).resolves.toMatchObject({ issuer: remote.issuer, ...metadata });
  });

  it('needs no document where the options have the URLs', async () => {
    const provider = providerWith({
      serverMetadataUrl: undefined,
      authorizeUrl: 'https://op.example/authorize',
      accessTokenUrl: 'https://op.example/token',
    });
    await expect(provider.metadata()).resolves.toEqual({
      authorization_endpoint: 'https://op.example/authorize',
      token_endpoint: 'https://op.example/token',
    });
    expect(remote.requests).toEqual([]);
  });

  it.each([
    ['OpenID Connect, by the issuer', '/.well-known/openid-configuration', '', ''],
    ['OpenID Connect, by an issuer with a path', '/tenant/.well-known/openid-configuration', '/tenant', '/tenant'],
    [
      'OpenID Connect, by the document',
      '/t/.well-known/openid-configuration',
      '/t/.well-known/openid-configuration',
      '/t',
    ],
    ['OpenID Connect, of an issuer that ends in /', '/t/.well-known/openid-configuration', '/t/', '/t/'],
    ['RFC 8414, by the issuer', '/.well-known/oauth-authorization-server/tenant', '/tenant', '/tenant'],
    [
      'RFC 8414, by the document',
      '/.well-known/oauth-authorization-server/tenant',
      '/.well-known/oauth-authorization-server/tenant',
      '/tenant',
    ],
  ])('is found as in %s', async (_name, path, given, issuer) => {
    const { origin } = await documents((at) => ({ [path]: { issuer: at + issuer } }));
    const provider = providerWith({ serverMetadataUrl: origin + given });
    await expect(provider.metadata()).resolves.toMatchObject({ issuer: origin + issuer });
  });

  it('of another tenant at the same host is refused', async () => {
    const path = '/a/.well-known/openid-configuration';
    const { origin } = await documents((at) => ({ [path]: { issuer: `${at}/b` } }));
    await expect(providerWith({ serverMetadataUrl: `${origin}/a` }).metadata()).rejects.toMatchObject({
      code: 'mismatching_issuer',
    });
  });
});

describe('requests', () => {
  it('name the application', async () => {
    const agents: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      agents.push(headers['user-agent']);
      response.end('{}');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onClose(() => void server.close());
    await providerWith({ userAgent: 'my-app/1.0' }).fetch(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    );
    expect(agents).toEqual(['my-app/1.0']);
  });

  it.each([
    'http://op.example/',
    'ftp://op.example/',
    'data:application/json,{}',
    'https://user@op.example/',
    'http://169.254.169.254/latest/meta-data/',
  ])('to %s are not made', async (url) => {
    const failure = providerWith().fetch(url);
    await expect(failure).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it.each([
    'https://localhost/',
    'https://127.0.0.1:8443/',
    'https://[::1]/',
    'https://10.1.2.3/',
    'https://[fd00::1]/',
  ])('of a provider out there to %s are not made', async (url) => {
    const provider = providerWith({ serverMetadataUrl: 'https://op.example' });
    await expect(provider.fetch(url)).rejects.toMatchObject({
      description: expect.stringContaining('leads into an internal network') as string,
    });
  });

  it('may go over http where the operator allows it', () => {
    const provider = providerWith({ serverMetadataUrl: 'http://op.internal' }, ['op.internal']);
    expect(provider.requests.urlFault('http://op.internal/token')).toBeUndefined();
    expect(provider.requests.urlFault('http://else.internal/token')).toBe('must be https');
  });
});

describe('keys', () => {
  const jwt = async (key = remote.keys[0]): Promise<string> =>
    new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: 'ES256', kid: key.jwk.kid }).sign(key.privateKey);
  const verify = async (provider: Provider, key = remote.keys[0]): Promise<unknown> =>
    (await provider.keys.verify(await jwt(key), ['ES256'])).claims.sub;

  it('are loaded once, however many wait', async () => {
    const provider = providerWith();
    await Promise.all(Array.from({ length: 20 }, () => verify(provider)));
    expect(remote.count('GET /jwks')).toBe(1);
  });

  it('are loaded again at once for one that is not known', async () => {
    const provider = providerWith();
    await verify(provider);
    remote.keys = [await newKey('second')];
    await expect(verify(provider)).resolves.toBe('alice');
    expect(remote.count('GET /jwks')).toBe(2);
  });

  it('are loaded once a minute at most for those that nobody knows', async () => {
    const provider = providerWith();
    await verify(provider);
    const unknown = await newKey('unknown');
    for (let attempt = 1; attempt <= 5; attempt++)
      await expect(verify(provider, unknown)).rejects.toMatchObject({ code: 'invalid_response' });
    expect(remote.count('GET /jwks')).toBe(2);
    travel(61);
    await expect(verify(provider, unknown)).rejects.toMatchObject({ code: 'invalid_response' });
    expect(remote.count('GET /jwks')).toBe(3);
  });

  it('are not asked for where the options have them', async () => {
    const provider = providerWith({ metadata: { jwks: { keys: remote.keys.map(({ jwk }) => jwk) } } });
    await expect(verify(provider)).resolves.toBe('alice');
    expect(remote.count('GET /jwks')).toBe(0);
  });

  it.each([
    ['no set', () => ANSWERS.status(200, { keys: 'none' }), 'invalid_response'],
    ['not there', () => ANSWERS.status(404), 'provider_unavailable'],
    ['endless', () => ANSWERS.endless, 'provider_unavailable'],
  ])('that are %s verify nothing', async (_name, jwks, code) => {
    remote.bends.jwks = jwks;
    await expect(verify(providerWith())).rejects.toMatchObject({ code });
  });

  it.each([
    ['none', (token: string) => `${btoa('{"alg":"none"}')}.${token.split('.')[1]}.`],
    ['an algorithm that is not allowed', (token: string) => token.replace(/^[^.]+/, btoa('{"alg":"RS256"}'))],
    ['a secret', (token: string) => token.replace(/^[^.]+/, btoa('{"alg":"HS256"}'))],
    ['other claims', (token: string) => token.replace(/\.[^.]+/, `.${btoa('{"sub":"root"}')}`)],
    ['no signature', (token: string) => token.replace(/[^.]+$/, '')],
    ['nothing', () => 'nothing'],
  ])('refuse a JWT with %s', async (_name, change) => {
    const provider = providerWith();
    const changed = change(await jwt()).replaceAll('=', '');
    await expect(provider.keys.verify(changed, ['ES256'])).rejects.toMatchObject({ code: 'invalid_response' });
    await expect(verify(provider)).resolves.toBe('alice');
  });
});

describe('an issuer that is a template', () => {
  const TEMPLATE = '/{tenant}/v2.0';
  const templated = (issuerOf: ProviderSettings['issuerOf']): IdTokens => {
    remote.bends.metadata = (document) => ({ ...document, issuer: remote.issuer + TEMPLATE });
    const settings = settingsOf('op', { clientId: 'rp', serverMetadataUrl: remote.issuer });
    return new IdTokens(new Provider({ ...settings, issuerOf }));
  };
  const idToken = (claims: object): Promise<string> =>
    new SignJWT({ sub: 'alice', aud: 'rp', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: remote.keys[0].jwk.kid })
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(remote.keys[0].privateKey);
  const fill: ProviderSettings['issuerOf'] = ({ tid }, issuer) =>
    typeof tid === 'string' ? issuer.replace('{tenant}', tid) : undefined;

  it('is that of the tenant which the ID token names', async () => {
    const token = await idToken({ tid: 'a', iss: `${remote.issuer}/a/v2.0` });
    await expect(templated(fill).verify(token, {})).resolves.toMatchObject({ sub: 'alice' });
  });

  it.each([
    ['another tenant', { tid: 'a', iss: '/b/v2.0' }],
    ['no tenant', { iss: '/a/v2.0' }],
    ['the template itself', { tid: 'a', iss: TEMPLATE }],
  ])('is not that of %s', async (_name, { iss, ...claims }) => {
    const token = await idToken({ ...claims, iss: remote.issuer + iss });
    await expect(templated(fill).verify(token, {})).rejects.toMatchObject({ code: 'mismatching_issuer' });
  });

  it('is not believed of another host', async () => {
    const tokens = templated(fill);
    remote.bends.metadata = (document) => ({ ...document, issuer: `https://else.example${TEMPLATE}` });
    const token = await idToken({ tid: 'a', iss: 'https://else.example/a/v2.0' });
    await expect(tokens.verify(token, {})).rejects.toMatchObject({ code: 'mismatching_issuer' });
  });
});

describe('ID tokens', () => {
  it('change no prototype', async () => {
    const { jwk, privateKey } = remote.keys[0];
    const now = Math.floor(Date.now() / 1000);
    const claims = `{"iss":"${remote.issuer}","aud":"rp","sub":"alice","iat":${now},"exp":${now + 60},"__proto__":{"admin":true}}`;
    const token = await new CompactSign(Buffer.from(claims))
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
      .sign(privateKey);
    const verified = await new IdTokens(providerWith()).verify(token, {});
    expect(verified.sub).toBe('alice');
    expect(Object.assign({}, verified).admin).toBeUndefined();
  });

  it('may be signed under either name of Ed25519 (RFC 9864)', async () => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'ed' }] };
    const tokens = new IdTokens(providerWith({ metadata: { jwks }, idTokenSigningAlgs: ['EdDSA'] }));
    for (const alg of ['EdDSA', 'Ed25519']) {
      const token = await new SignJWT({ sub: alg, aud: 'rp', iss: remote.issuer })
        .setProtectedHeader({ alg, kid: 'ed' })
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(privateKey);
      await expect(tokens.verify(token, {})).resolves.toMatchObject({ sub: alg });
    }
  });

  const verify = async (typ?: string): Promise<unknown> => {
    const token = await new SignJWT({ sub: 'alice', aud: 'rp', iss: remote.issuer })
      .setProtectedHeader({ alg: 'ES256', kid: remote.keys[0].jwk.kid, typ })
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(remote.keys[0].privateKey);
    return (await new IdTokens(providerWith()).verify(token, {})).sub;
  };

  it.each([undefined, 'JWT', 'jwt'])('may have the type %s', async (typ) => {
    await expect(verify(typ)).resolves.toBe('alice');
  });

  it.each(['at+jwt', 'logout+jwt', 'application/at+jwt'])('are not what has the type %s', async (typ) => {
    await expect(verify(typ)).rejects.toMatchObject({ code: 'invalid_response' });
  });
});

describe('ID tokens with a secret', () => {
  const SECRET = 'a-secret-of-the-client-a-secret-of-the-client';
  const verify = async (options: OAuthClientOptions, secret = SECRET): Promise<unknown> => {
    const token = await new SignJWT({ sub: 'alice', aud: 'rp', iss: remote.issuer })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(new TextEncoder().encode(secret));
    return (await new IdTokens(providerWith({ clientSecret: SECRET, ...options })).verify(token, {})).sub;
  };

  it('are believed where the options say so', async () => {
    await expect(verify({ idTokenSigningAlgs: ['HS256'] })).resolves.toBe('alice');
    await expect(verify({ idTokenSigningAlgs: ['HS256'] }, 'x'.repeat(40))).rejects.toMatchObject({
      code: 'invalid_response',
    });
  });

  it('are not believed because the provider says so', async () => {
    remote.bends.metadata = (document) => ({ ...document, id_token_signing_alg_values_supported: ['HS256', 'ES256'] });
    await expect(verify({})).rejects.toMatchObject({ code: 'invalid_response' });
  });
});
