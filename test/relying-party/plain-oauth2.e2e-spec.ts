import type { OAuthClientError } from '../../src/relying-party/oauth-client-error.js';
import type { OAuth2Client } from '../../src/relying-party/oauth2-client.js';
import type { OAuthClientOptions } from '../../src/relying-party/oauth-client.options.js';
import type { OAuthToken } from '../../src/relying-party/oauth-token.js';
import { newKey, type SigningKey, signWith } from '../support/issuer.js';
import { type Oddities, type PlainProvider, startPlainProvider } from '../support/plain-provider.js';
import { Visitor } from '../support/visitor.js';
import { clientOf, failureOf } from './plain-client.js';
import { answerIn, type CallbackAnswer, type RelyingParty, startRelyingParty } from './relying-party.js';

let provider: PlainProvider;
let host: RelyingParty;
let registered = 0;

beforeAll(async () => {
  provider = await startPlainProvider();
  host = await startRelyingParty();
});
beforeEach(() => {
  provider.requests.length = 0;
  provider.answers.clear();
  for (const oddity of Object.keys(provider.odd)) Reflect.deleteProperty(provider.odd, oddity);
});

const login = (json: unknown): { sub: string } => ({ sub: (json as { login: string }).login });
const failing = (work: Promise<unknown>): Promise<OAuthClientError> => failureOf(work) as Promise<OAuthClientError>;

async function signIn(options: OAuthClientOptions = {}): Promise<CallbackAnswer & { client: OAuth2Client }> {
  const name = `plain${++registered}`;
  const client = host.add(name, { ...provider.options, ...options });
  return { ...answerIn(await new Visitor().open(`${host.url}/login/${name}`)), client };
}

describe('signing in', () => {
  it('gives a token, without anything of OpenID Connect', async () => {
    const { token } = await signIn({ scope: 'read' });
    expect(token).toMatchObject({ token_type: 'bearer', scope: 'read', expires_in: 3600 });
    expect(token!.expires_at).toBeGreaterThan(Date.now() / 1000 + 3000);
    expect(token).not.toHaveProperty('userinfo');
    const { query } = provider.last('/authorize');
    expect([query.get('scope'), query.has('nonce'), query.get('code_challenge_method')]).toEqual([
      'read',
      false,
      'S256',
    ]);
    expect(provider.last('/token').form.get('code_verifier')).toBeTruthy();
  });

  it('compliance.accessTokenResponse makes of the answer what is read', async () => {
    provider.answers.set('/token', (_request, response) => response.end('{"token":"wrapped"}'));
    const accessTokenResponse = async (response: Response): Promise<Response> => {
      const { token } = (await response.json()) as { token: string };
      return Response.json({ access_token: token });
    };
    expect((await signIn({ compliance: { accessTokenResponse } })).token).toMatchObject({ access_token: 'wrapped' });
  });

  it('who it is is asked at userinfo, and made claims by compliance.userinfo', async () => {
    const metadata = { userinfo_endpoint: `${provider.origin}/api/user` };
    const { token, client } = await signIn({ metadata, compliance: { userinfo: login } });
    expect(await client.userinfo(token)).toEqual({ sub: 'octocat' });
  });

  it('the preset for GitHub reads what GitHub answers', async () => {
    const metadata = { userinfo_endpoint: `${provider.origin}/api/user` };
    const { token, client } = await signIn({ preset: 'github', metadata });
    const user = { sub: '583231', preferred_username: 'octocat' };
    // What the list of addresses is refused to says none.
    expect(await client.userinfo(token)).toEqual({ ...user, picture: 'https://a.example/1' });
    provider.answers.set('/api/user/emails', (_request, response) =>
      response.end(
        JSON.stringify([
          { email: 'old@octo.example', primary: false, verified: true },
          { email: 'cat@octo.example', primary: true, verified: true },
        ]),
      ),
    );
    expect(await client.userinfo(token)).toMatchObject({ ...user, email: 'cat@octo.example', email_verified: true });
    provider.odd.errorsWith200 = true;
    expect(await signIn({ preset: 'github', clientSecret: 'another' })).toMatchObject({ error: 'invalid_client' });
  });
});

describe('odd answers of the token endpoint', () => {
  it.each<[string, Oddities, Partial<OAuthToken>]>([
    ['a form', { formEncoded: true }, { token_type: 'bearer', expires_in: 3600 }],
    ['no end', { noExpiresIn: true }, { token_type: 'bearer', expires_in: undefined, expires_at: undefined }],
    ['no type', { noTokenType: true }, { token_type: 'bearer', expires_in: 3600 }],
    ['a form with neither', { formEncoded: true, noExpiresIn: true, noTokenType: true }, { token_type: 'bearer' }],
  ])('%s is read', async (_what, odd, expected) => {
    Object.assign(provider.odd, odd);
    const { token, client } = await signIn();
    expect({ expires_in: undefined, expires_at: undefined, ...token }).toMatchObject(expected);
    expect((await client.get('things', { token })).status).toBe(200);
    const renewed = await client.refreshToken(token!);
    expect({ expires_in: undefined, expires_at: undefined, ...renewed }).toMatchObject(expected);
    expect(await client.clientCredentials()).toMatchObject({ token_type: 'bearer' });
  });

  it.each<[string, Oddities, OAuthClientOptions, string]>([
    ['an error with 200', { errorsWith200: true }, { clientSecret: 'another' }, 'invalid_client'],
    [
      'an error with 200 as a form',
      { errorsWith200: true, formEncoded: true },
      { clientSecret: 'another' },
      'invalid_client',
    ],
    ['500', { failsWith: 500 }, {}, 'provider_unavailable'],
    ['no JSON', { failsWith: 200 }, {}, 'provider_unavailable'],
    ['nothing in time', { delay: 500 }, { timeout: 50 }, 'provider_unavailable'],
  ])('%s is an error', async (_what, odd, options, code) => {
    const token = provider.issue();
    Object.assign(provider.odd, odd);
    const { error, client } = await signIn(options);
    expect(error).toBe(code);
    expect((await failing(client.refreshToken(token))).code).toBe(code);
    expect((await failing(client.clientCredentials())).code).toBe(code);
  });

  it.each([
    ['a redirect', 302, '', 'provider_unavailable'],
    ['no access token', 200, '{"token_type":"bearer"}', 'invalid_response'],
    ['a list', 200, '[]', 'provider_unavailable'],
    ['a type that nobody understands', 200, '{"access_token":"a","token_type":"mac"}', 'unsupported'],
  ])('%s is an error', async (_what, status, body, code) => {
    provider.answers.set('/token', (_request, response) =>
      response
        .writeHead(status, { 'content-type': 'application/json', location: `${provider.origin}/api/user` })
        .end(body),
    );
    const { client } = clientOf(provider.options);
    expect((await failing(client.clientCredentials())).code).toBe(code);
    expect(provider.requests).toHaveLength(1);
  });
});

describe('userinfo', () => {
  const clientWith = (options: OAuthClientOptions = {}): OAuth2Client =>
    clientOf({
      ...provider.options,
      fetchToken: () => provider.issue(),
      ...options,
      metadata: { userinfo_endpoint: `${provider.origin}/userinfo`, ...options.metadata },
    }).client;
  const answerWith = (status: number, body: string, headers: Record<string, string> = {}): void =>
    void provider.answers.set('/userinfo', (_request, response) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body),
    );

  it('has the claims, asked for with the token', async () => {
    answerWith(200, '{"sub":"octocat","name":"Octo"}');
    expect(await clientWith().userinfo()).toEqual({ sub: 'octocat', name: 'Octo' });
    expect(provider.last('/userinfo').headers.authorization).toMatch(/^Bearer access-/);
  });

  it('about another user than the ID token it is mismatching_subject (OIDC Core §5.3.2)', async () => {
    answerWith(200, '{"sub":"octocat"}');
    const token = { ...provider.issue(), userinfo: { sub: 'octocat' } };
    expect(await clientWith().userinfo(token)).toEqual({ sub: 'octocat' });
    answerWith(200, '{"sub":"somebody-else"}');
    expect((await failing(clientWith().userinfo(token))).code).toBe('mismatching_subject');
  });

  it.each([
    ['without sub', '{"name":"Octo"}'],
    ['with an empty sub', '{"sub":""}'],
    ['with a number as sub', '{"sub":7}'],
    ['that is a list', '["octocat"]'],
    ['that is no JSON', '<p>octocat</p>'],
  ])('%s it is refused', async (_what, body) => {
    answerWith(200, body);
    expect((await failing(clientWith().userinfo())).code).toBe('invalid_response');
  });

  it.each([
    [401, {}, 'invalid_token'],
    [403, { 'www-authenticate': 'Bearer error="insufficient_scope"' }, 'insufficient_scope'],
    [302, { location: '/api/user' }, 'invalid_response'],
    [503, {}, 'provider_unavailable'],
  ])('status %i is an error', async (status, headers, code) => {
    answerWith(status, '', headers);
    expect(await failing(clientWith().userinfo())).toMatchObject({ code, status });
    expect(provider.hits('/api/user')).toBe(0);
  });

  it('without an endpoint it is unsupported', async () => {
    const { client } = clientOf({ ...provider.options, fetchToken: () => provider.issue() });
    expect((await failing(client.userinfo())).code).toBe('unsupported');
  });

  describe('signed (OIDC Core §5.3.2)', () => {
    let key: SigningKey;
    const signed = async (claims: object, by = key): Promise<unknown> => {
      answerWith(200, await signWith(by, { sub: 'octocat', ...claims }), { 'content-type': 'application/jwt' });
      const metadata = {
        issuer: 'https://id.example',
        jwks: { keys: [key.jwk] },
        userinfo_signing_alg_values_supported: ['ES256'],
      };
      return clientWith({ metadata }).userinfo();
    };

    beforeAll(async () => {
      key = await newKey('of-the-provider');
    });

    it('it is verified', async () => {
      expect(await signed({})).toEqual({ sub: 'octocat' });
      const parties = { iss: 'https://id.example', aud: ['plain'] };
      expect(await signed(parties)).toEqual({ sub: 'octocat', ...parties });
    });

    it.each([
      ['of another issuer', { iss: 'https://other.example' }],
      ['for another client', { aud: 'other' }],
    ])('%s it is refused', async (_what, claims) => {
      expect((await failing(signed(claims))).code).toBe('invalid_response');
    });

    it('signed by somebody else it is refused', async () => {
      expect((await failing(signed({}, await newKey('of-the-provider')))).code).toBe('invalid_response');
    });

    it('with an algorithm that the provider does not announce it is refused', async () => {
      const other = await newKey('of-the-provider', 'RS256');
      expect((await failing(signed({}, other))).code).toBe('invalid_response');
    });
  });
});

describe('revokeToken and introspectToken', () => {
  const client = (options: OAuthClientOptions = {}): OAuth2Client =>
    clientOf({
      ...provider.options,
      metadata: {
        revocation_endpoint: `${provider.origin}/revoke`,
        introspection_endpoint: `${provider.origin}/introspect`,
      },
      ...options,
    }).client;

  it.each([
    ['a token without a hint', (token: OAuthToken) => [token.access_token!], null],
    ['a token with a hint', (token: OAuthToken) => [token.access_token!, 'access_token'], 'access_token'],
    ['the refresh token, which is the default', (token: OAuthToken) => [token], 'refresh_token'],
    ['the access token of a token', (token: OAuthToken) => [token, 'access_token'], 'access_token'],
    ['the access token where there is no other', ({ access_token }: OAuthToken) => [{ access_token }], 'access_token'],
  ])('%s is sent with its hint (RFC 7009 §2.1, RFC 7662 §2.1)', async (_what, argumentsOf, hint) => {
    const token = provider.issue();
    const [value, given] = argumentsOf(token) as Parameters<OAuth2Client['revokeToken']>;
    const one = client();
    expect(await one.introspectToken(value, given)).toMatchObject({ active: true, sub: 'octocat' });
    await one.revokeToken(value, given);
    expect(await one.introspectToken(value, given)).toEqual({ active: false });
    for (const path of ['/introspect', '/revoke']) {
      const { form } = provider.last(path);
      expect(form.get('token_type_hint')).toBe(hint);
      expect(form.get('token')).toBe(hint === 'refresh_token' ? token.refresh_token : token.access_token);
    }
  });

  it('a token that has not what is meant is missing_token', async () => {
    expect((await failing(client().revokeToken({ access_token: 'a' }, 'refresh_token'))).code).toBe('missing_token');
    expect((await failing(client().introspectToken({}))).code).toBe('missing_token');
    expect(provider.requests).toHaveLength(0);
  });

  it('without an endpoint it is unsupported', async () => {
    const one = client({ metadata: {} });
    expect((await failing(one.revokeToken('a'))).code).toBe('unsupported');
    expect((await failing(one.introspectToken('a'))).code).toBe('unsupported');
  });

  it('what the provider refuses has its code, and nothing of the token', async () => {
    const one = client({ clientSecret: 'another' });
    for (const error of [await failing(one.revokeToken('a-token')), await failing(one.introspectToken('a-token'))]) {
      expect(error).toMatchObject({ code: 'invalid_client', status: 401 });
      expect(error.stack).not.toContain('a-token');
    }
  });

  it.each([
    ['500', 500, 'text/html', ''],
    ['a redirect', 307, 'text/html', ''],
    ['a JWT that nobody has asked for', 200, 'application/token-introspection+jwt', 'e30.e30.'],
  ])('%s is no answer', async (_what, status, type, body) => {
    for (const path of ['/revoke', '/introspect'])
      provider.answers.set(path, (_request, response) =>
        response.writeHead(status, { 'content-type': type, location: '/revoke' }).end(body),
      );
    const one = client();
    expect((await failing(one.introspectToken('a'))).code).toBe('provider_unavailable');
    expect((await failing(one.revokeToken('a'))).code).toBe('provider_unavailable');
    expect(provider.requests).toHaveLength(2);
  });

  it('compliance hooks change the requests', async () => {
    const marked = (mark: string) => (request: Request) => {
      const changed = new Request(request);
      changed.headers.set('x-mark', mark);
      return changed;
    };
    const one = client({
      compliance: { revokeTokenRequest: marked('revoke'), introspectTokenRequest: marked('introspect') },
    });
    await one.introspectToken('a');
    await one.revokeToken('a');
    expect(provider.requests.map(({ headers, form }) => [headers['x-mark'], form.get('token')])).toEqual([
      ['introspect', 'a'],
      ['revoke', 'a'],
    ]);
  });
});
