// A provider whose every answer can be wrong: each is refused, for the reason that is there, and the same flow without the
// fault, or with a harmless one, succeeds.
// @see OpenID Connect Core §3.1.3.7 https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
// @see JARM §2.4 https://openid.net/specs/oauth-v2-jarm-final.html#section-2.4
// @see RFC 9700 §4 https://www.rfc-editor.org/rfc/rfc9700#section-4
import { createHmac, KeyObject, sign } from 'node:crypto';
import { inspect } from 'node:util';
import { exportJWK, exportSPKI, importJWK, type JWTPayload, SignJWT } from 'jose';
import type { OAuthClient, OAuthClientOptions } from 'nest-authorization-server/relying-party';
import {
  ANSWERS,
  type Bends,
  halfHash,
  type HostileProvider,
  startHostileProvider,
} from '../support/hostile-provider.js';
import { newKey } from '../support/issuer.js';
import { type Outcome, outcomeOf, type RelyingParty, startRelyingParty } from './application.js';
import { type Step, Visitor } from '../support/visitor.js';

const CLIENT_ID = 'the-application';
const SECRET = 'the-secret-of-the-application';

let provider: HostileProvider;
let other: HostileProvider;
let host: RelyingParty;

beforeAll(async () => {
  [provider, other, host] = await Promise.all([startHostileProvider(), startHostileProvider(), startRelyingParty()]);
});
afterEach(() => {
  provider.bends = {};
  other.bends = {};
});

function register(options: OAuthClientOptions = {}, of: HostileProvider = provider): OAuthClient {
  return host.register({
    clientId: CLIENT_ID,
    clientSecret: SECRET,
    serverMetadataUrl: `${of.issuer}/.well-known/openid-configuration`,
    scope: 'openid email',
    timeout: 2500,
    ...options,
  });
}

const atCallback = ({ url }: Step): boolean => url.pathname.startsWith('/callback/');

/** Signs in with a new browser. */
async function signIn(client: OAuthClient, visitor = new Visitor()): Promise<Outcome> {
  return outcomeOf(await visitor.open(`${host.url}/login/${client.name}`));
}

/** As far as the provider's answer, which the browser has not sent yet. */
function goAndCome(client: OAuthClient, visitor: Visitor): Promise<Step> {
  return visitor.until(atCallback, `${host.url}/login/${client.name}`);
}

const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset;
const signedIn = { token: { userinfo: { sub: 'alice' } } };

interface Case {
  title: string;
  bends: Bends;
  options?: OAuthClientOptions;
  code: string;
  /** What the description names. */
  why: RegExp;
  /** In place of `bends`: what succeeds. Default: nothing bent. */
  control?: Bends;
}

/** Refused with the code and for the reason; the control signs alice in. */
function itRefuses(cases: readonly Case[]): void {
  it.each(cases)('$title', async ({ bends, options, code, why, control = {} }) => {
    provider.bends = control;
    expect(await signIn(register(options))).toMatchObject(signedIn);
    provider.bends = bends;
    const refused = await signIn(register(options));
    expect(refused).toEqual({ error: code, description: expect.stringMatching(why) as string });
  });
}

/** Changes claims of the ID token; undefined takes one away. */
const claim = (change: JWTPayload): Bends => ({ claims: (claims) => ({ ...claims, ...change }) });
const HYBRID: OAuthClientOptions = { responseType: 'code id_token' };
const front = (change: JWTPayload): Bends => ({ frontClaims: (claims) => ({ ...claims, ...change }) });

describe('the claims of an ID token (OIDC Core §3.1.3.7)', () => {
  itRefuses([
    {
      title: 'another issuer',
      bends: claim({ iss: 'https://else.example' }),
      code: 'mismatching_issuer',
      why: /ID token/,
    },
    { title: 'no issuer', bends: claim({ iss: undefined }), code: 'mismatching_issuer', why: /ID token/ },
    { title: 'another audience', bends: claim({ aud: 'another-client' }), code: 'invalid_response', why: /\baud\b/ },
    { title: 'no audience', bends: claim({ aud: undefined }), code: 'invalid_response', why: /\baud\b/ },
    {
      title: 'audiences without this client, whatever azp says',
      bends: claim({ aud: ['another-client', 'a-third'], azp: CLIENT_ID }),
      code: 'invalid_response',
      why: /\baud\b/,
      control: claim({ aud: [CLIENT_ID], azp: CLIENT_ID }),
    },
    {
      title: 'several audiences without azp',
      bends: claim({ aud: [CLIENT_ID, 'another-client'] }),
      code: 'invalid_response',
      why: /\bazp\b/,
      control: claim({ aud: [CLIENT_ID, 'another-client'], azp: CLIENT_ID }),
    },
    {
      title: 'several audiences, given to another one',
      bends: claim({ aud: [CLIENT_ID, 'another-client'], azp: 'another-client' }),
      code: 'invalid_response',
      why: /\bazp\b/,
      control: claim({ aud: [CLIENT_ID, 'another-client'], azp: CLIENT_ID }),
    },
    {
      title: 'one audience, given to another one',
      bends: claim({ azp: 'another-client' }),
      code: 'invalid_response',
      why: /\bazp\b/,
      control: claim({ azp: CLIENT_ID }),
    },
    {
      title: 'another nonce',
      bends: claim({ nonce: 'of-another-request' }),
      code: 'invalid_response',
      why: /\bnonce\b/,
    },
    { title: 'no nonce', bends: claim({ nonce: undefined }), code: 'invalid_response', why: /\bnonce\b/ },
    {
      title: 'it has expired, clocks differing by less than two minutes',
      bends: claim({ exp: seconds(-180) }),
      code: 'invalid_response',
      why: /\bexp\b/,
      control: claim({ exp: seconds(-60) }),
    },
    { title: 'no expiry', bends: claim({ exp: undefined }), code: 'invalid_response', why: /\bexp\b/ },
    {
      title: 'issued in the future',
      bends: claim({ iat: seconds(600) }),
      code: 'invalid_response',
      why: /\biat\b/,
      control: claim({ iat: seconds(60) }),
    },
    { title: 'not issued at any time', bends: claim({ iat: undefined }), code: 'invalid_response', why: /\biat\b/ },
    {
      title: 'not valid yet',
      bends: claim({ nbf: seconds(600) }),
      code: 'invalid_response',
      why: /\bnbf\b/,
      control: claim({ nbf: seconds(60) }),
    },
    { title: 'nobody', bends: claim({ sub: undefined }), code: 'invalid_response', why: /\bsub\b/ },
    { title: 'an empty subject', bends: claim({ sub: '' }), code: 'invalid_response', why: /\bsub\b/ },
    {
      title: 'a subject that is no text',
      bends: claim({ sub: 7 as unknown as string }),
      code: 'invalid_response',
      why: /\bsub\b/,
    },
    {
      title: 'the hash of another access token',
      bends: claim({ at_hash: halfHash('another token') }),
      code: 'invalid_response',
      why: /\bat_hash\b/,
      control: claim({ at_hash: undefined }),
    },
  ]);

  it('is nothing to a plain OAuth 2.0 provider, which has no ID token', async () => {
    provider.bends = { token: ({ id_token: _, ...answer }) => answer };
    const { token } = await signIn(register({ scope: 'email' }));
    expect(token).toMatchObject({ access_token: expect.any(String) as string });
    expect(token).not.toHaveProperty('userinfo');
  });

  it('is missed where openid was asked for', async () => {
    expect(await signIn(register())).toMatchObject(signedIn);
    provider.bends = { token: ({ id_token: _, ...answer }) => answer };
    expect(await signIn(register())).toEqual({
      error: 'invalid_response',
      description: expect.stringMatching(/id_token|ID token/i) as string,
    });
  });
});

describe('the signature of an ID token', () => {
  const unsigned = (claims: JWTPayload, alg = 'none'): string =>
    `${[{ alg }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
  const signedBy = (key: CryptoKey, header: object, claims: object): string => {
    const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(input), { key: KeyObject.from(key), dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  };
  const withSecret = (claims: JWTPayload, secret: string | Uint8Array): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'first' })
      .sign(typeof secret === 'string' ? Buffer.from(secret) : secret);

  itRefuses([
    { title: 'none', bends: { sign: (claims) => unsigned(claims) }, code: 'invalid_response', why: /algorithm/ },
    {
      title: 'none, in other letters',
      bends: { sign: (claims) => unsigned(claims, 'NoNe') },
      code: 'invalid_response',
      why: /algorithm/,
    },
    {
      title: 'an HMAC with the secret of a client that is not registered so',
      bends: { sign: (claims) => withSecret(claims, SECRET) },
      code: 'invalid_response',
      why: /algorithm/,
    },
    {
      title: 'cut off',
      bends: {
        sign: async (claims, header) => {
          const jws = await new SignJWT(claims).setProtectedHeader(header).sign(provider.keys[0].privateKey);
          return jws.slice(0, jws.lastIndexOf('.') + 1);
        },
      },
      code: 'invalid_response',
      why: /signature/i,
    },
    {
      title: 'of other claims',
      bends: {
        sign: async (claims, header) => {
          const jws = await new SignJWT(claims).setProtectedHeader(header).sign(provider.keys[0].privateKey);
          const [head, , signature] = jws.split('.');
          const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'administrator' })).toString('base64url');
          return [head, forged, signature].join('.');
        },
      },
      code: 'invalid_response',
      why: /signature/i,
    },
    {
      title: 'with a header extension that nobody understands',
      bends: {
        sign: (claims, header) =>
          signedBy(provider.keys[0].privateKey, { ...header, crit: ['bound'], bound: 1 }, claims),
      },
      code: 'invalid_response',
      why: /signature/i,
    },
    { title: 'no JWT at all', bends: { sign: () => 'no.jwt' }, code: 'invalid_response', why: /should be a JWT/ },
  ]);

  it('may not be none by the options either', () => {
    expect(() => register({ idTokenSigningAlgs: ['ES256', 'none'] })).toThrow(/idTokenSigningAlgs: must not hold none/);
  });

  it('is made by hand here as an honest one', async () => {
    provider.bends = { sign: (claims, header) => signedBy(provider.keys[0].privateKey, header, claims) };
    expect(await signIn(register())).toMatchObject(signedIn);
  });

  it('is not checked with the public key as a secret', async () => {
    const { jwk } = provider.keys[0];
    const publicKey = (await importJWK(jwk, 'ES256', { extractable: true })) as CryptoKey;
    const pem = await exportSPKI(publicKey);
    for (const secret of [pem, pem.trim(), JSON.stringify(jwk), JSON.stringify(await exportJWK(publicKey))]) {
      provider.bends = { sign: (claims) => withSecret(claims, secret) };
      expect(await signIn(register())).toMatchObject({ error: 'invalid_response' });
    }
  });

  it('is refused with an algorithm that the provider does not name, though the key is published', async () => {
    const rsa = await newKey('rsa', 'RS256');
    provider.bends = {
      jwks: ({ keys }) => ({ keys: [...keys, rsa.jwk] }),
      sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).sign(rsa.privateKey),
    };
    expect(await signIn(register({ idTokenSigningAlgs: ['RS256'] }))).toMatchObject(signedIn);
    expect(await signIn(register())).toEqual({
      error: 'invalid_response',
      description: expect.stringMatching(/algorithm/) as string,
    });
  });

  it('counts by the published key, not by one in the header', async () => {
    const foreign = await newKey('first');
    provider.bends = {
      sign: (claims, header) =>
        new SignJWT(claims)
          .setProtectedHeader({ ...header, jwk: foreign.jwk, jku: `${other.issuer}/jwks` })
          .sign(foreign.privateKey),
    };
    const before = other.count('GET /jwks');
    expect(await signIn(register())).toEqual({
      error: 'invalid_response',
      description: expect.stringMatching(/signature/i) as string,
    });
    expect(other.count('GET /jwks')).toBe(before);
  });
});

describe('the keys of a provider (OIDC Core §10.1.1)', () => {
  it('are fetched once, and once more for one that is not known', async () => {
    const rotating = await startHostileProvider();
    const client = register({}, rotating);
    await signIn(client);
    await signIn(client);
    expect(rotating.count('GET /jwks')).toBe(1);
    rotating.keys[0] = await newKey('second');
    expect(await signIn(client)).toMatchObject(signedIn);
    expect(rotating.count('GET /jwks')).toBe(2);
  });

  it('are not fetched again and again for keys that are never published', async () => {
    const rotating = await startHostileProvider();
    const client = register({}, rotating);
    expect(await signIn(client)).toMatchObject(signedIn);
    let made = 0;
    rotating.bends = {
      sign: async (claims) => {
        const { jwk, privateKey } = await newKey(`made-up-${++made}`);
        return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: jwk.kid }).sign(privateKey);
      },
    };
    for (let attempt = 0; attempt < 4; attempt++)
      expect(await signIn(client)).toMatchObject({ error: 'invalid_response' });
    expect(rotating.count('GET /jwks')).toBe(2);
    rotating.bends = {};
    expect(await signIn(client)).toMatchObject(signedIn);
  });

  it.each([
    ['a page', ANSWERS.html, 'provider_unavailable'],
    ['an error', ANSWERS.status(500), 'provider_unavailable'],
    ['nothing', ANSWERS.silence, 'provider_unavailable'],
    ['no end', ANSWERS.endless, 'provider_unavailable'],
    ['a redirect', ANSWERS.redirect('http://127.0.0.1:1/'), 'provider_unavailable'],
    ['no list', ANSWERS.status(200, { keys: {} }), 'invalid_response'],
  ])('in the place of the keys: %s', async (_, answer, error) => {
    provider.bends = { jwks: () => answer };
    const client = register();
    expect(await signIn(client)).toMatchObject({ error });
    provider.bends = {};
    expect(await signIn(client)).toMatchObject(signedIn);
  });
});

describe('the ID token beside the code (OIDC Core §3.3.2)', () => {
  itRefuses([
    {
      title: 'the hash of another code',
      options: HYBRID,
      bends: front({ c_hash: halfHash('another code') }),
      code: 'invalid_response',
      why: /\bc_hash\b/,
    },
    {
      title: 'no hash of the code',
      options: HYBRID,
      bends: front({ c_hash: undefined }),
      code: 'invalid_response',
      why: /\bc_hash\b/,
    },
    {
      title: 'another nonce',
      options: HYBRID,
      bends: front({ nonce: 'another' }),
      code: 'invalid_response',
      why: /\bnonce\b/,
    },
    {
      title: 'no nonce',
      options: HYBRID,
      bends: front({ nonce: undefined }),
      code: 'invalid_response',
      why: /\bnonce\b/,
    },
    {
      title: 'another issuer',
      options: HYBRID,
      bends: front({ iss: 'https://else.example' }),
      code: 'mismatching_issuer',
      why: /ID token/,
    },
    {
      title: 'another issuer, where the answer leaves it to the ID token to say (RFC 9207 §2.4)',
      options: HYBRID,
      bends: {
        callback: (parameters) => parameters.delete('iss'),
        frontClaims: (claims) => ({ ...claims, iss: 'https://else.example' }),
      },
      code: 'mismatching_issuer',
      why: /ID token/,
      control: { callback: (parameters) => parameters.delete('iss') },
    },
    {
      title: 'another audience',
      options: HYBRID,
      bends: front({ aud: 'another-client' }),
      code: 'invalid_response',
      why: /\baud\b/,
    },
    {
      title: 'given to another one',
      options: HYBRID,
      bends: front({ azp: 'another-client' }),
      code: 'invalid_response',
      why: /\bazp\b/,
    },
    {
      title: 'expired',
      options: HYBRID,
      bends: front({ exp: seconds(-600) }),
      code: 'invalid_response',
      why: /\bexp\b/,
    },
    {
      title: 'about somebody else than that of the token endpoint (§3.3.3.6)',
      options: HYBRID,
      bends: front({ sub: 'mallory' }),
      code: 'invalid_response',
      why: /different users/,
    },
    {
      title: 'taken away',
      options: HYBRID,
      bends: { callback: (parameters) => parameters.delete('id_token') },
      code: 'invalid_response',
      why: /id_token|ID token/,
    },
    {
      title: 'of another request of the same browser',
      options: HYBRID,
      bends: { callback: (parameters) => parameters.set('code', 'another-code') },
      code: 'invalid_response',
      why: /\bc_hash\b/,
    },
  ]);
});

describe('the token endpoint', () => {
  itRefuses([
    { title: '500', bends: { token: () => ANSWERS.status(500) }, code: 'provider_unavailable', why: /500/ },
    { title: 'a page', bends: { token: () => ANSWERS.html }, code: 'provider_unavailable', why: /./ },
    { title: 'no end', bends: { token: () => ANSWERS.endless }, code: 'provider_unavailable', why: /./ },
    { title: 'nothing', bends: { token: () => ANSWERS.silence }, code: 'provider_unavailable', why: /./ },
    {
      title: 'JSON that is none',
      bends: { token: () => ANSWERS.status(200, '{"access_token":') },
      code: 'provider_unavailable',
      why: /./,
    },
    {
      title: 'no access token',
      bends: { token: ({ access_token: _, ...answer }) => answer },
      code: 'invalid_response',
      why: /access_token/,
    },
    {
      title: 'an access token that is no text',
      bends: { token: (answer) => ({ ...answer, access_token: ['a', 'b'] }) },
      code: 'invalid_response',
      why: /access_token/,
    },
    {
      title: 'a refusal',
      bends: {
        token: () => ({
          error: 'invalid_grant',
          error_description: 'The code is not known',
          error_uri: 'https://e.example/',
        }),
      },
      code: 'invalid_grant',
      why: /^The code is not known$/,
    },
  ]);

  it('is not followed elsewhere with the code and the secret', async () => {
    const client = register();
    expect(await signIn(client)).toMatchObject(signedIn);
    provider.bends = { token: () => ANSWERS.redirect(`${other.issuer}/token`) };
    expect(await signIn(client)).toMatchObject({ error: 'provider_unavailable' });
    expect(other.count('POST /token')).toBe(0);
  });
});

describe('userinfo (OIDC Core §5.3)', () => {
  async function userinfo(bends: Bends): Promise<object> {
    const client = register();
    const { token } = await signIn(client);
    provider.bends = bends;
    return client.userinfo(token);
  }

  it('is about whom the ID token is about', async () => {
    expect(await userinfo({})).toMatchObject({ sub: 'alice', email: 'alice@provider.example' });
    await expect(userinfo({ userinfo: (claims) => ({ ...claims, sub: 'mallory' }) })).rejects.toMatchObject({
      code: 'mismatching_subject',
    });
  });

  it.each([
    ['nobody', () => ({ email: 'alice@provider.example' }), 'invalid_response'],
    ['an empty subject', () => ({ sub: '' }), 'invalid_response'],
    ['a page', () => ANSWERS.html, 'invalid_response'],
    ['500', () => ANSWERS.status(500), 'provider_unavailable'],
    ['no end', () => ANSWERS.endless, 'provider_unavailable'],
    ['nothing', () => ANSWERS.silence, 'provider_unavailable'],
  ])('%s is refused', async (_, answer, code) => {
    await expect(userinfo({ userinfo: answer })).rejects.toMatchObject({ code });
  });

  it('is not followed elsewhere with the token', async () => {
    await expect(userinfo({ userinfo: () => ANSWERS.redirect(`${other.issuer}/userinfo`) })).rejects.toMatchObject({
      name: 'OAuthClientError',
    });
    expect(other.count('GET /userinfo')).toBe(0);
  });
});

describe('a refreshed ID token (OIDC Core §12.2)', () => {
  it('is about the same user of the same issuer', async () => {
    const client = register();
    const { token } = await signIn(client);
    const renewed = await client.refreshToken(token!);
    expect(renewed.access_token).not.toBe(token!.access_token);
    for (const [change, code] of [
      [{ sub: 'mallory' }, 'mismatching_subject'],
      [{ iss: 'https://else.example' }, 'mismatching_issuer'],
      [{ aud: 'another-client' }, 'invalid_response'],
    ] as const) {
      const { token: again } = await signIn(client);
      provider.bends = claim(change);
      await expect(client.refreshToken(again!)).rejects.toMatchObject({ code });
      provider.bends = {};
    }
  });
});

describe('the way back to the application', () => {
  const duplicate =
    (name: string) =>
    (parameters: URLSearchParams): void =>
      parameters.append(name, parameters.get(name) ?? '');

  itRefuses([
    {
      title: 'from another issuer (RFC 9207 §2.4)',
      bends: { callback: (parameters) => parameters.set('iss', 'https://else.example') },
      code: 'mismatching_issuer',
      why: /./,
    },
    {
      title: 'without the issuer that the provider promises',
      bends: { callback: (parameters) => parameters.delete('iss') },
      code: 'mismatching_issuer',
      why: /./,
      control: {
        callback: (parameters) => parameters.delete('iss'),
        metadata: (document) => ({ ...document, authorization_response_iss_parameter_supported: undefined }),
      },
    },
    {
      title: 'without that issuer, with an ID token that was not asked for',
      bends: {
        callback: (parameters) => {
          parameters.delete('iss');
          parameters.set('id_token', 'of.some.body');
        },
      },
      code: 'mismatching_issuer',
      why: /./,
    },
    {
      title: 'from another issuer although the provider promises none',
      bends: {
        callback: (parameters) => parameters.set('iss', 'https://else.example'),
        metadata: (document) => ({ ...document, authorization_response_iss_parameter_supported: undefined }),
      },
      code: 'mismatching_issuer',
      why: /./,
    },
    { title: 'with two states', bends: { callback: duplicate('state') }, code: 'invalid_response', why: /twice/ },
    { title: 'with two codes', bends: { callback: duplicate('code') }, code: 'invalid_response', why: /twice/ },
    { title: 'with two issuers', bends: { callback: duplicate('iss') }, code: 'invalid_response', why: /twice/ },
    {
      title: 'without a code',
      bends: { callback: (parameters) => parameters.delete('code') },
      code: 'missing_code',
      why: /./,
    },
    {
      title: 'without a state',
      bends: { callback: (parameters) => parameters.delete('state') },
      code: 'mismatching_state',
      why: /./,
    },
    {
      title: 'with a state of its own',
      bends: { callback: (parameters) => parameters.set('state', 'of-nobody') },
      code: 'mismatching_state',
      why: /./,
    },
    {
      title: 'with an error',
      bends: { callback: refuse },
      code: 'access_denied',
      why: /^Not today$/,
    },
    {
      title: 'with an error and a state of its own: not believed',
      bends: {
        callback: (parameters) => {
          refuse(parameters);
          parameters.set('state', 'of-nobody');
        },
      },
      code: 'mismatching_state',
      why: /^(?!.*Not today)/,
    },
    {
      title: 'with an error from another issuer: not believed',
      bends: {
        callback: (parameters) => {
          refuse(parameters);
          parameters.set('iss', 'https://else.example');
        },
      },
      code: 'mismatching_issuer',
      why: /^(?!.*Not today)/,
    },
  ]);

  function refuse(parameters: URLSearchParams): void {
    parameters.delete('code');
    parameters.set('error', 'access_denied');
    parameters.set('error_description', 'Not today');
  }

  it('asks the token endpoint nothing where the answer is refused', async () => {
    const client = register();
    provider.bends = { callback: (parameters) => parameters.set('state', 'of-nobody') };
    const before = provider.count('POST /token');
    expect(await signIn(client)).toMatchObject({ error: 'mismatching_state' });
    expect(provider.count('POST /token')).toBe(before);
  });

  it.each(['query', 'form_post'] as const)(
    'counts once, also with the cookies of before (%s)',
    async (responseMode) => {
      const client = register({ responseMode });
      const visitor = new Visitor();
      const step = await goAndCome(client, visitor);
      expect(step.method).toBe(responseMode === 'query' ? 'GET' : 'POST');
      const thief = new Visitor();
      const jar = visitor.jar(host.url);
      for (const name of jar.names()) thief.jar(host.url).set(name, jar.get(name) ?? '');
      expect(outcomeOf(await visitor.send(step))).toMatchObject(signedIn);
      expect(outcomeOf(await visitor.send(step))).toMatchObject({ error: 'mismatching_state' });
      expect(outcomeOf(await thief.send(step))).toMatchObject({ error: 'mismatching_state' });
    },
  );

  it.each(['query', 'form_post'] as const)('is of no use in another browser (%s)', async (responseMode) => {
    const client = register({ responseMode });
    const visitor = new Visitor();
    const step = await goAndCome(client, visitor);
    const stranger = new Visitor();
    await goAndCome(client, stranger);
    expect(outcomeOf(await stranger.send(step))).toMatchObject({ error: 'mismatching_state' });
    expect(outcomeOf(await visitor.send(step))).toMatchObject(signedIn);
  });

  it('counts once, also when it is sent many times at once', async () => {
    const client = register();
    const visitor = new Visitor();
    const step = await goAndCome(client, visitor);
    const before = provider.count('POST /token');
    const outcomes = (await Promise.all(Array.from({ length: 8 }, () => visitor.send(step)))).map(outcomeOf);
    expect(outcomes.filter(({ token }) => token)).toHaveLength(1);
    expect(outcomes.filter(({ error }) => error === 'mismatching_state')).toHaveLength(7);
    expect(provider.count('POST /token')).toBe(before + 1);
  });

  it('is not the one of another client of the same application', async () => {
    const [first, second] = [register(), register()];
    const visitor = new Visitor();
    const step = await goAndCome(first, visitor);
    const elsewhere = { ...step, url: new URL(step.url.href.replace(first.name, second.name)) };
    expect(outcomeOf(await visitor.send(elsewhere))).toMatchObject({ error: 'mismatching_state' });
    expect(outcomeOf(await visitor.send(step))).toMatchObject(signedIn);
  });

  it('takes parameters for parameters only', async () => {
    const client = register();
    provider.bends = {
      callback: (parameters) => {
        parameters.set('__proto__', 'polluted');
        parameters.set('constructor', 'polluted');
      },
    };
    expect(await signIn(client)).toMatchObject(signedIn);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('an answer that is a JWT (JARM §2.4)', () => {
  const SIGNED: OAuthClientOptions = { responseMode: 'query.jwt' };
  const answer = (change: JWTPayload): Bends => ({ answer: (claims) => ({ ...claims, ...change }) });

  itRefuses([
    {
      title: 'of another issuer',
      options: SIGNED,
      bends: answer({ iss: 'https://else.example' }),
      code: 'mismatching_issuer',
      why: /./,
    },
    {
      title: 'for another client',
      options: SIGNED,
      bends: answer({ aud: 'another-client' }),
      code: 'invalid_response',
      why: /somebody else/,
    },
    {
      title: 'expired',
      options: SIGNED,
      bends: answer({ exp: seconds(-600) }),
      code: 'invalid_response',
      why: /expired/,
    },
    {
      title: 'with another state',
      options: SIGNED,
      bends: answer({ state: 'of-nobody' }),
      code: 'mismatching_state',
      why: /./,
    },
  ]);

  it('signed by nobody is refused, and so are parameters beside it or in its place', async () => {
    const client = register(SIGNED);
    const visitor = new Visitor();
    const step = await goAndCome(client, visitor);
    const [head, claims] = step.url.searchParams.get('response')!.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const { state } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { state: string };
    const before = provider.count('POST /token');
    for (const [query, error] of [
      [`response=${none}.${claims}.`, 'invalid_response'],
      [`response=${head}.${claims}.`, 'invalid_response'],
      [`code=of-somebody-else&state=${state}&iss=${provider.issuer}`, 'invalid_response'],
    ]) {
      const url = new URL(`${host.callback(client.name)}?${query}`);
      expect(outcomeOf(await visitor.send({ method: 'GET', url }))).toMatchObject({ error });
    }
    expect(provider.count('POST /token')).toBe(before);
    expect(outcomeOf(await visitor.send(step))).toMatchObject(signedIn);
  });
});

describe('two providers, one of which is mixed up with the other (RFC 9700 §4.4)', () => {
  let honest: OAuthClient;
  let attacker: OAuthClient;
  beforeAll(() => {
    honest = register();
    attacker = register({ clientId: 'another-registration', clientSecret: 'known to the attacker' }, other);
  });

  it("the honest provider's code does not reach the attacker's token endpoint", async () => {
    const visitor = new Visitor();
    const mine = await goAndCome(attacker, visitor);
    const stolen = await goAndCome(honest, visitor);
    const mixed = new URL(host.callback(attacker.name));
    mixed.search = stolen.url.search;
    mixed.searchParams.set('state', mine.url.searchParams.get('state') ?? '');
    const before = other.count('POST /token');
    expect(outcomeOf(await visitor.send({ method: 'GET', url: mixed }))).toMatchObject({ error: 'mismatching_issuer' });
    expect(other.count('POST /token')).toBe(before);
    expect(outcomeOf(await visitor.send(stolen))).toMatchObject(signedIn);
  });

  it("a state of one is nothing at the other's callback", async () => {
    const visitor = new Visitor();
    const step = await goAndCome(honest, visitor);
    const mixed = { ...step, url: new URL(step.url.href.replace(honest.name, attacker.name)) };
    expect(outcomeOf(await visitor.send(mixed))).toMatchObject({ error: 'mismatching_state' });
  });

  it("an ID token of one is nothing from the other's token endpoint", async () => {
    expect(await signIn(attacker)).toMatchObject(signedIn);
    let stolen: unknown;
    provider.bends = {
      token: (answer) => {
        stolen = answer.id_token;
        return answer;
      },
    };
    await signIn(honest);
    other.bends = { token: (answer) => ({ ...answer, id_token: stolen }) };
    expect(await signIn(attacker)).toMatchObject({ error: 'invalid_response' });
  });
});

describe('the metadata of a provider (OIDC Discovery §4.3)', () => {
  const metadata = (change: object): Bends => ({ metadata: (document) => ({ ...document, ...change }) });

  it.each<[string, Bends, string]>([
    ['another issuer', metadata({ issuer: 'https://else.example' }), 'mismatching_issuer'],
    ['an issuer at another port', metadata({ issuer: 'http://127.0.0.1:1' }), 'mismatching_issuer'],
    ['no issuer', metadata({ issuer: undefined }), 'mismatching_issuer'],
    [
      'an authorization endpoint over http elsewhere',
      metadata({ authorization_endpoint: 'http://else.example/authorize' }),
      'invalid_response',
    ],
    [
      'a page of scripts as the authorization endpoint',
      metadata({ authorization_endpoint: 'javascript:alert(1)' }),
      'invalid_response',
    ],
    [
      'a token endpoint over http elsewhere',
      metadata({ token_endpoint: 'http://else.example/token' }),
      'invalid_response',
    ],
    ['a file as the token endpoint', metadata({ token_endpoint: 'file:///etc/passwd' }), 'invalid_response'],
    [
      'userinfo over http elsewhere',
      metadata({ userinfo_endpoint: 'http://169.254.169.254/userinfo' }),
      'invalid_response',
    ],
    ['keys over http elsewhere', metadata({ jwks_uri: 'http://169.254.169.254/latest/meta-data' }), 'invalid_response'],
    ['keys in a file', metadata({ jwks_uri: 'data:application/json,{"keys":[]}' }), 'invalid_response'],
    ['a page', { metadata: () => ANSWERS.html }, 'provider_unavailable'],
    ['a list', { metadata: () => ANSWERS.status(200, []) }, 'provider_unavailable'],
    ['null', { metadata: () => ANSWERS.status(200, 'null') }, 'provider_unavailable'],
    ['404', { metadata: () => ANSWERS.status(404) }, 'provider_unavailable'],
    ['500', { metadata: () => ANSWERS.status(500) }, 'provider_unavailable'],
    ['nothing', { metadata: () => ANSWERS.silence }, 'provider_unavailable'],
    ['no end', { metadata: () => ANSWERS.endless }, 'provider_unavailable'],
  ])('%s is refused, and asked for anew afterwards', async (_, bends, error) => {
    const client = register();
    provider.bends = bends;
    expect(await signIn(client)).toMatchObject({ error });
    provider.bends = {};
    expect(await signIn(client)).toMatchObject(signedIn);
  });

  it('has an authorization endpoint', async () => {
    provider.bends = metadata({ authorization_endpoint: undefined });
    expect(await signIn(register())).toMatchObject({ error: 'unsupported' });
  });

  it('is not fetched elsewhere', async () => {
    provider.bends = { metadata: () => ANSWERS.redirect(`${other.issuer}/.well-known/openid-configuration`) };
    const before = other.requests.length;
    expect(await signIn(register())).toMatchObject({ error: 'provider_unavailable' });
    expect(other.requests.length).toBe(before);
  });

  it('is fetched once by all who ask at once', async () => {
    const fresh = await startHostileProvider();
    const client = register({}, fresh);
    await Promise.all(Array.from({ length: 8 }, () => client.serverMetadata()));
    expect(fresh.count('GET /.well-known/openid-configuration')).toBe(1);
  });
});

describe('what is thrown', () => {
  it('holds neither secrets nor codes nor tokens', async () => {
    const secrets: string[] = [SECRET];
    const remember: NonNullable<Bends['token']> = (answer) => {
      for (const name of ['access_token', 'refresh_token', 'id_token']) secrets.push(String(answer[name]));
      return answer;
    };
    const callback: NonNullable<Bends['callback']> = (parameters) => void secrets.push(parameters.get('code') ?? '');
    const before = host.errors.length;
    const faults: Bends[] = [
      claim({ nonce: 'another' }),
      claim({ sub: 'alice', aud: 'another' }),
      { sign: (claims) => createHmac('sha256', SECRET).update(JSON.stringify(claims)).digest('base64url') },
      { token: (answer) => ({ ...remember(answer, new URLSearchParams()), token_type: 'mac' }) },
      { token: (answer) => ANSWERS.status(400, { ...answer, error: 'invalid_grant', error_description: 'no' }) },
      { token: (answer) => ANSWERS.status(500, answer) },
      { token: (answer) => ANSWERS.status(200, `<html>${JSON.stringify(answer)}`, 'text/html') },
    ];
    for (const fault of faults) {
      const { token = remember } = fault;
      provider.bends = {
        ...fault,
        callback,
        token: (answer, form) => token(remember(answer, form) as typeof answer, form),
      };
      expect(await signIn(register())).toMatchObject({ error: expect.any(String) as string });
    }
    const thrown = host.errors.slice(before);
    expect(thrown).toHaveLength(faults.length);
    expect(secrets.length).toBeGreaterThan(2 * faults.length);
    for (const error of thrown) {
      const all = inspect(error, { depth: 12, showHidden: true, maxStringLength: Infinity }) + JSON.stringify(error);
      expect(secrets.filter((secret) => secret && all.includes(secret))).toEqual([]);
    }
  });
});
