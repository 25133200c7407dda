// OAuth 1.0a against a provider written for the tests: sign-in, signed calls, and what is refused.
// @see RFC 5849
import { generateKeyPairSync } from 'node:crypto';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import {
  type ClientReply,
  type ClientRequest,
  type OAuthClient,
  OAuthClientError,
  type OAuthClientOptions,
  OAuthRegistry,
  type OAuthToken,
} from 'nest-authorization-server/relying-party';
import { type OAuth1Provider, startOAuth1Provider } from '../support/oauth1-provider.js';
import { type Step, Visitor } from '../support/visitor.js';
import { type ClientHost, startClientHost } from './client-host.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const CLIENT = { clientId: 'printer & co', clientSecret: 'se&cr%t+/' };
const METHODS = ['HMAC-SHA1', 'RSA-SHA1', 'PLAINTEXT'];

interface Answer {
  token?: OAuthToken;
  error?: string;
  message?: string;
  status?: number;
}

@Controller()
class SignInController {
  constructor(private readonly registry: OAuthRegistry) {}

  @Get('login/:name')
  async login(@Param('name') name: string, @Req() request: ClientRequest, @Res() reply: ClientReply): Promise<void> {
    const callback = `http://${request.headers.host}/callback/${name}?kept=a%20b`;
    try {
      await this.registry.get(name).authorizeRedirect(reply, callback, { lang: 'de', tag: ['a', 'b'] });
    } catch (error) {
      reply.status(200).send(answerOf(error));
    }
  }

  @Get('callback/:name')
  async callback(
    @Param('name') name: string,
    @Req() request: ClientRequest,
    @Res({ passthrough: true }) reply: ClientReply,
  ): Promise<Answer> {
    try {
      return { token: await this.registry.get(name).authorizeAccessToken(request, { reply }) };
    } catch (error) {
      return answerOf(error);
    }
  }
}

function answerOf(error: unknown): Answer {
  if (!(error instanceof OAuthClientError)) throw error;
  return { error: error.code, message: error.message, status: error.status };
}

function optionsOf(provider: OAuth1Provider, more: OAuthClientOptions = {}): OAuthClientOptions {
  return {
    ...CLIENT,
    requestTokenUrl: `${provider.url}/initiate?region=eu`,
    authorizeUrl: `${provider.url}/authorize?theme=dark`,
    accessTokenUrl: `${provider.url}/token`,
    apiBaseUrl: `${provider.url}/api/`,
    ...more,
  };
}

const ALL: Record<string, () => OAuthClientOptions> = {
  photos: () => optionsOf(provider),
  rsa: () => optionsOf(provider, { clientSecret: undefined, signatureMethod: 'RSA-SHA1', privateKey: PEM }),
  plain: () => optionsOf(provider, { signatureMethod: 'PLAINTEXT' }),
};

let provider: OAuth1Provider;
let host: ClientHost;
let visitor: Visitor;

beforeAll(async () => {
  provider = await startOAuth1Provider({ ...CLIENT, publicKey, methods: METHODS });
  const providers = {
    photos: ALL.photos(),
    prints: ALL.photos(),
    rsa: ALL.rsa(),
    plain: ALL.plain(),
    stranger: optionsOf(provider, { clientSecret: 'wrong-secret' }),
  };
  host = await startClientHost({ options: { providers }, controllers: [SignInController] });
});

beforeEach(() => {
  provider.bends = {};
  provider.denies = false;
  provider.refusals.length = 0;
  provider.verified.length = 0;
  visitor = new Visitor();
});

const isCallback = ({ url }: Step): boolean => url.pathname.startsWith('/callback/');
const signIn = async (name: string, to = host): Promise<Answer> =>
  JSON.parse((await visitor.open(`${to.url}/login/${name}`)).text) as Answer;
const callbackOf = (name: string): Promise<Step> => visitor.until(isCallback, `${host.url}/login/${name}`);
const send = async (step: Step, browser = visitor): Promise<Answer> =>
  JSON.parse((await browser.send(step)).text) as Answer;
const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'none',
    (error: unknown) => (error instanceof OAuthClientError ? error.code : error),
  );

describe.each(['fastify', 'express'] as const)('on %s', (adapter) => {
  it.each(['photos', 'rsa', 'plain'])('signs in with %s and calls the API (§2)', async (name) => {
    const providers = { [name]: ALL[name]() };
    const own = await startClientHost({ adapter, options: { providers }, controllers: [SignInController] });
    const { token } = await signIn(name, own);
    expect(token).toMatchObject({ screen_name: 'ada', user_id: '42' });
    const response = await own.registry.get(name).get('me', { token });
    expect([response.status, await response.json()]).toEqual([200, { id: 42, screen_name: 'ada' }]);
    expect(provider.refusals).toEqual([]);
  });
});

describe('temporary credentials', () => {
  it('are asked for with the callback, and name what the browser is sent with (§2.1, §2.2)', async () => {
    const step = await visitor.until(({ url }) => url.pathname === '/authorize', `${host.url}/login/photos`);
    expect([...step.url.searchParams.keys()]).toEqual(['theme', 'lang', 'tag', 'tag', 'oauth_token']);
    expect(provider.verified).toMatchObject([{ path: '/initiate', method: 'POST', parameters: [['region', 'eu']] }]);
  });

  it.each<[string, (members: URLSearchParams) => void]>([
    ['do not confirm the callback (§2.1)', (members) => members.delete('oauth_callback_confirmed')],
    ['say false (§2.1)', (members) => members.set('oauth_callback_confirmed', 'false')],
    ['have no token', (members) => members.delete('oauth_token')],
    ['have no secret', (members) => members.delete('oauth_token_secret')],
    ['have two tokens', (members) => members.append('oauth_token', 'another')],
  ])('are refused when they %s', async (_, bend) => {
    provider.bends.initiate = bend;
    expect(await signIn('photos')).toMatchObject({ error: 'invalid_response' });
  });

  it('are not given to who signs with another secret, and the error holds no secret (§3.2)', async () => {
    const answer = await signIn('stranger');
    expect(answer).toMatchObject({ error: 'signature_invalid', status: 401 });
    expect(answer.message).not.toContain('wrong-secret');
    expect(provider.refusals).toEqual(['signature_invalid']);
  });

  it.each([500, 503])('are unavailable with status %i', async (status) => {
    provider.bends.answer = (_, response) => Boolean(response.writeHead(status).end('secret stack trace'));
    const answer = await signIn('photos');
    expect(answer).toMatchObject({ error: 'provider_unavailable', status });
    expect(answer.message).not.toContain('stack');
  });

  it('are not asked for elsewhere when the provider redirects', async () => {
    const paths: string[] = [];
    provider.bends.answer = (path, response) =>
      Boolean(paths.push(path) && response.writeHead(307, { location: `${provider.url}/other` }).end());
    expect(await signIn('photos')).toMatchObject({ error: 'invalid_request', status: 307 });
    expect(paths).toEqual(['/initiate']);
  });

  it('do not let the caller choose the token', async () => {
    const client = host.registry.get('photos');
    expect(await codeOf(client.createAuthorizationUrl(`${host.url}/callback/photos`, { oauth_token: 'x' }))).toBe(
      'invalid_request',
    );
  });
});

describe('the callback', () => {
  it('keeps the parameters that the redirect URI has', async () => {
    const step = await callbackOf('photos');
    expect([...step.url.searchParams.keys()]).toEqual(['kept', 'oauth_token', 'oauth_verifier']);
    expect((await send(step)).token).toMatchObject({ user_id: '42' });
  });

  it('is refused in another browser', async () => {
    const step = await callbackOf('photos');
    expect(await send(step, new Visitor())).toMatchObject({ error: 'mismatching_state' });
    expect(provider.verified.map(({ path }) => path)).toEqual(['/initiate']);
  });

  it('is refused a second time, also with the cookie of the first', async () => {
    const step = await callbackOf('photos');
    const cookie = visitor.jar(host.url).header();
    expect((await send(step)).token).toBeDefined();
    expect(await send(step)).toMatchObject({ error: 'mismatching_state' });
    const again = await fetch(step.url, { headers: { cookie } });
    expect(await again.json()).toMatchObject({ error: 'mismatching_state' });
    expect(provider.verified.map(({ path }) => path)).toEqual(['/initiate', '/token']);
  });

  it('is refused for another provider than the one that was asked', async () => {
    const step = await callbackOf('photos');
    step.url.pathname = '/callback/prints';
    expect(await send(step)).toMatchObject({ error: 'mismatching_state' });
  });

  it('finds each of several tabs', async () => {
    const [first, second] = [await callbackOf('photos'), await callbackOf('photos')];
    expect((await send(second)).token).toBeDefined();
    expect((await send(first)).token).toBeDefined();
  });

  it('is refused without oauth_token, and without oauth_verifier (§2.2)', async () => {
    provider.bends.callback = (members) => members.delete('oauth_token');
    expect(await signIn('photos')).toMatchObject({ error: 'mismatching_state' });
    provider.bends.callback = (members) => members.delete('oauth_verifier');
    expect(await signIn('photos')).toMatchObject({ error: 'missing_code' });
  });

  it('is refused with a parameter that is there twice', async () => {
    provider.bends.callback = (members) => members.append('oauth_verifier', 'another');
    expect(await signIn('photos')).toMatchObject({ error: 'invalid_response' });
  });

  it('is refused with a verifier that is not the one of the user (§2.3)', async () => {
    provider.bends.callback = (members) => members.set('oauth_verifier', 'guessed');
    expect(await signIn('photos')).toMatchObject({ error: 'verifier_invalid', status: 401 });
  });

  it('tells that the user refused, to the browser alone that asked', async () => {
    provider.denies = true;
    const step = await callbackOf('photos');
    expect(await send(step, new Visitor())).toMatchObject({ error: 'mismatching_state' });
    expect(await send(step)).toMatchObject({ error: 'access_denied' });
  });

  it('tells a problem that the provider names, and no other text of it', async () => {
    provider.bends.callback = (members) => members.set('oauth_problem', 'user_refused');
    expect(await signIn('photos')).toEqual({ error: 'access_denied', message: 'photos: access_denied: user_refused' });
    provider.bends.callback = (members) => members.set('oauth_problem', '<b>Hello</b>');
    expect(await signIn('photos')).toEqual({ error: 'access_denied', message: 'photos: access_denied' });
  });

  it('brings no member that says what an ID token would', async () => {
    provider.bends.token = (members) => members.set('userinfo', 'mallory');
    const { token } = await signIn('photos');
    expect(token).toMatchObject({ screen_name: 'ada' });
    expect(token).not.toHaveProperty('userinfo');
  });

  it.each<[string, (members: URLSearchParams) => void]>([
    ['without a token', (members) => members.delete('oauth_token')],
    ['without a secret', (members) => members.delete('oauth_token_secret')],
    ['with two secrets', (members) => members.append('oauth_token_secret', 'another')],
  ])('is refused when token credentials are answered %s (§2.3)', async (_, bend) => {
    provider.bends.token = bend;
    expect(await signIn('photos')).toMatchObject({ error: 'invalid_response' });
  });
});

describe('calls to the API', () => {
  let client: OAuthClient;
  let token: OAuthToken;

  beforeEach(async () => {
    client = host.registry.get('photos');
    ({ token = {} } = await signIn('photos'));
    provider.verified.length = 0;
  });

  it.each(['photos', 'rsa'])(
    'sign the query with %s, with names that are there several times (§3.4.1.3)',
    async (name) => {
      const { token: own } = await signIn(name);
      const query = { tag: ['b', 'a', ''], 'q[x]': "it's 100% ä+ö&=", z: '~*!()' };
      const response = await host.registry.get(name).get('search?page=2&tag=c', { token: own, query });
      expect(response.status).toBe(200);
      expect(provider.verified.at(-1)?.parameters).toEqual([
        ['page', '2'],
        ['tag', 'b'],
        ['tag', 'a'],
        ['tag', ''],
        ['q[x]', "it's 100% ä+ö&="],
        ['z', '~*!()'],
      ]);
    },
  );

  it('sign a form, and no other body (§3.4.1.3.1)', async () => {
    const form = await client.post('photos', { token, form: { title: 'Berg & Tal', tag: ['a', 'b'] } });
    expect(form.status).toBe(200);
    expect(provider.verified.at(-1)).toMatchObject({
      method: 'POST',
      parameters: [
        ['title', 'Berg & Tal'],
        ['tag', 'a'],
        ['tag', 'b'],
      ],
    });
    for (const method of ['put', 'patch'] as const) {
      const json = await client[method]('photos/1', { token, json: { title: 'Tal' } });
      expect([json.status, provider.verified.at(-1)?.parameters]).toEqual([200, []]);
    }
    expect((await client.delete('photos/1', { token })).status).toBe(200);
  });

  it('are signed anew each time: the same request is refused when it is sent again (§3.3)', async () => {
    const sent: string[] = [];
    host.registry.register('fetched', optionsOf(provider, { fetchToken: () => token }), { overwrite: true });
    const fetched = host.registry.get('fetched');
    expect([(await fetched.get('me')).status, (await fetched.get('me')).status]).toEqual([200, 200]);
    provider.bends.answer = (_path, response) => {
      sent.push(response.req.headers.authorization ?? '');
      return false;
    };
    await client.get('me', { token });
    const again = await fetch(`${provider.url}/api/me`, { headers: { authorization: sent[0] } });
    expect([again.status, provider.refusals]).toEqual([401, ['nonce_used']]);
    const changed = await fetch(`${provider.url}/api/me?admin=1`, { headers: { authorization: sent[0] } });
    expect([changed.status, provider.refusals.at(-1)]).toEqual([401, 'signature_invalid']);
  });

  it('are signed as compliance made them', async () => {
    const protectedRequest = (request: Request): Request => new Request(`${request.url}?version=2`, request);
    const options = optionsOf(provider, { compliance: { protectedRequest } });
    host.registry.register('versioned', options, { overwrite: true });
    const response = await host.registry.get('versioned').get('me', { token });
    expect([response.status, provider.verified.at(-1)?.parameters]).toEqual([200, [['version', '2']]]);
  });

  it('have no signature when the token is withheld, and need a token otherwise', async () => {
    const response = await client.get('public', { withholdToken: true });
    expect(await response.json()).toEqual({ authorization: null });
    expect(await codeOf(client.get('me'))).toBe('missing_token');
    expect(await codeOf(client.get('me', { token: { access_token: 'bearer' } }))).toBe('missing_token');
  });

  it('go to the origin of apiBaseUrl alone', async () => {
    const other = await startOAuth1Provider(CLIENT);
    expect(await codeOf(client.get(`${other.url}/api/me`, { token }))).toBe('invalid_request');
    expect(await codeOf(client.get('../token', { token }))).toBe('invalid_request');
    expect((await client.get(`${provider.url}/api/me`, { token })).status).toBe(200);
    expect([other.verified, other.refusals]).toEqual([[], []]);
  });

  it('do not follow a redirect', async () => {
    const response = await client.get('elsewhere', { token });
    expect([response.status, provider.verified.map(({ path }) => path)]).toEqual([302, ['/api/elsewhere']]);
  });

  it('read userinfo as the claims that compliance makes of it', async () => {
    const userinfo = (json: unknown): Record<string, unknown> => ({ sub: String((json as { id: number }).id) });
    const metadata = { userinfo_endpoint: `${provider.url}/api/me` };
    host.registry.register('mapped', optionsOf(provider, { metadata, compliance: { userinfo } }), { overwrite: true });
    host.registry.register('unmapped', optionsOf(provider, { metadata }), { overwrite: true });
    expect(await host.registry.get('mapped').userinfo(token)).toEqual({ sub: '42' });
    expect(await codeOf(host.registry.get('unmapped').userinfo(token))).toBe('invalid_response');
    expect(await codeOf(host.registry.get('mapped').userinfo({ ...token, oauth_token: 'x' }))).toBe('token_invalid');
    expect(await codeOf(client.userinfo(token))).toBe('unsupported');
  });
});

it('refuses what OAuth 1.0a does not have', async () => {
  const client = host.registry.get('photos');
  expect(client.protocol).toBe('oauth1');
  const calls = [
    client.refreshToken({}),
    client.clientCredentials(),
    client.assertionToken({}),
    client.revokeToken('t'),
    client.introspectToken('t'),
    client.createLogoutUrl(),
    client.saveLogoutData({} as never, {} as never),
  ];
  expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'unsupported'));
});
