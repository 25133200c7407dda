// The authorization code flow of the relying party against this server, on Fastify and Express.
// @see RFC 6749 §4.1, RFC 9700 §4.7, OIDC Core §3 https://openid.net/specs/openid-connect-core-1_0.html
import { jest } from '@jest/globals';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { exportJWK, exportPKCS8 } from 'jose';
import { type OAuthClientOptions, OAuthClientError } from 'nest-authorization-server/relying-party';
import { browser, describeInBrowser } from '../support/browser.js';
import { onClose } from '../support/cleanup.js';
import { clientKey, jwksOf } from '../support/client-keys.js';
import { createClient } from '../support/clients.js';
import { signIn, signUp } from '../support/flow.js';
import { basic, type CookieJar } from '../support/http.js';
import { ANSWERS, type Json, startHostileProvider } from '../support/hostile-provider.js';
import { sharedServer } from '../support/server.js';
import { Visitor } from '../support/visitor.js';
import {
  ADAPTERS,
  ALL_BUT_DATE,
  answerIn,
  type CallbackAnswer,
  type RelyingParty,
  startRelyingParty,
} from './relying-party.js';

const server = sharedServer();

/** A browser in which alice, or somebody else, is signed in at the server. */
async function visitorAt(jar?: CookieJar): Promise<Visitor> {
  const visitor = new Visitor();
  const cookies = visitor.jar(server.issuer);
  const signedIn = jar ?? (await signIn(server));
  for (const name of signedIn.names()) cookies.set(name, signedIn.get(name) ?? '');
  return visitor;
}

/** A provider of the host, which is this server, with a client of its own. */
async function addOwn(
  host: RelyingParty,
  name: string,
  options: OAuthClientOptions = {},
  metadata: Record<string, unknown> = {},
): Promise<string> {
  const client = await createClient(server, { redirect_uris: [host.callback(name)], ...metadata });
  const own = { clientId: client.client_id, clientSecret: client.client_secret, serverMetadataUrl: server.issuer };
  host.add(name, { ...own, scope: 'openid profile', ...options }, client.redirect_uris[0]);
  return client.client_id;
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: RelyingParty;
  let clientId: string;
  let visitor: Visitor;
  const login = (name = 'own', query = ''): string => `${host.url}/login/${name}${query}`;

  beforeAll(async () => {
    host = await startRelyingParty({ adapter });
    clientId = await addOwn(host, 'own');
  });
  beforeEach(async () => (visitor = await visitorAt()));

  it('signs in: token.userinfo holds the claims of the ID token', async () => {
    const { token } = answerIn(await visitor.open(login()));
    expect(token).toMatchObject({
      token_type: 'bearer',
      userinfo: { iss: server.issuer, aud: clientId, sub: expect.any(String) as string },
    });
    const { expires_at: expiresAt = 0, expires_in: expiresIn = 0 } = token ?? {};
    expect(Math.abs(expiresAt - expiresIn - Date.now() / 1000)).toBeLessThan(60);
  });

  it('sends a state, a nonce and a challenge that are new every time, and no verifier', async () => {
    const sent = [await visitor.until(({ url }) => url.origin === server.issuer, login())];
    sent.push(await visitor.until(({ url }) => url.origin === server.issuer, login()));
    const [first, second] = sent.map(({ url }) => url.searchParams);
    expect(first.get('code_challenge_method')).toBe('S256');
    expect(first.has('code_verifier')).toBe(false);
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(first.get(name)).toMatch(/^[\w-]{43}$/);
      expect(second.get(name)).not.toBe(first.get(name));
    }
  });

  it('signs in in several tabs at once', async () => {
    const tabs = [];
    for (let tab = 1; tab <= 3; tab++) tabs.push(await visitor.until(host.isCallback, login()));
    for (const tab of tabs.reverse()) expect(answerIn(await visitor.send(tab)).token?.userinfo).toBeDefined();
  });

  it('takes an answer once', async () => {
    const callback = await visitor.until(host.isCallback, login());
    const cookies = visitor.jar(host.url).copy();
    expect(answerIn(await visitor.send(callback)).token).toBeDefined();
    for (const name of cookies.names()) visitor.jar(host.url).set(name, cookies.get(name) ?? '');
    expect(answerIn(await visitor.send(callback)).error).toBe('mismatching_state');
  });

  it('takes an answer in the browser alone that began', async () => {
    const callback = await visitor.until(host.isCallback, login());
    const other = await visitorAt();
    await other.until(host.isCallback, login());
    expect(answerIn(await other.send(callback)).error).toBe('mismatching_state');
    expect(answerIn(await visitor.send(callback)).token).toBeDefined();
  });

  it('takes no answer that comes after ten minutes', async () => {
    const callback = await visitor.until(host.isCallback, login());
    const cookies = visitor.jar(host.url).copy();
    for (const [seconds, error] of [
      [601, 'mismatching_state'],
      [0, undefined],
    ] as const) {
      for (const name of cookies.names()) visitor.jar(host.url).set(name, cookies.get(name) ?? '');
      jest.useFakeTimers({ now: Date.now() + seconds * 1000, doNotFake: [...ALL_BUT_DATE] });
      try {
        expect(answerIn(await visitor.send(callback)).error).toBe(error);
      } finally {
        jest.useRealTimers();
      }
    }
  });

  it('takes no answer at the callback of another provider', async () => {
    await addOwn(host, 'second');
    const callback = await visitor.until(host.isCallback, login());
    const mixedUp = { ...callback, url: new URL(callback.url) };
    mixedUp.url.pathname = '/callback/second';
    expect(answerIn(await visitor.send(mixedUp)).error).toBe('mismatching_state');
    expect(answerIn(await visitor.send(callback)).token).toBeDefined();
  });

  it.each([
    ['without a state', (url: URL) => url.searchParams.delete('state'), 'mismatching_state'],
    ['with another state', (url: URL) => url.searchParams.set('state', 'else'), 'mismatching_state'],
    ['without a code', (url: URL) => url.searchParams.delete('code'), 'missing_code'],
    ['with another code', (url: URL) => url.searchParams.set('code', 'else'), 'invalid_grant'],
    [
      'with the iss of another',
      (url: URL) => url.searchParams.set('iss', 'https://else.example'),
      'mismatching_issuer',
    ],
    ['without the iss that is announced', (url: URL) => url.searchParams.delete('iss'), 'mismatching_issuer'],
    ['with two codes', (url: URL) => url.searchParams.append('code', 'else'), 'invalid_response'],
    ['with two states', (url: URL) => url.searchParams.append('state', 'else'), 'invalid_response'],
  ])('refuses an answer %s', async (_name, change, error) => {
    const callback = await visitor.until(host.isCallback, login());
    change(callback.url);
    expect(answerIn(await visitor.send(callback))).toMatchObject({ error });
  });

  it('raises the error of the provider, and uses the state up', async () => {
    const callback = await visitor.until(host.isCallback, login('own', '?prompt=none&max_age=0'));
    expect(answerIn(await visitor.send(callback))).toMatchObject({
      error: 'login_required',
      description: expect.any(String) as string,
    });
    expect(answerIn(await visitor.send(callback)).error).toBe('mismatching_state');
  });

  it('believes no error without a state that waits', async () => {
    const url = `${host.callback('own')}?error=access_denied&error_description=x&state=else`;
    expect(answerIn(await visitor.open(url))).toMatchObject({ error: 'mismatching_state' });
  });

  it('refuses other methods than GET and POST', async () => {
    const response = await fetch(host.callback('own'), { method: 'PUT' });
    await expect(response.json()).resolves.toMatchObject({ error: 'invalid_response' });
  });

  it('reads answers of form_post', async () => {
    await addOwn(host, 'posted', { responseMode: 'form_post' });
    const callback = await visitor.until(host.isCallback, login('posted'));
    expect(callback.method).toBe('POST');
    expect(answerIn(await visitor.send(callback)).token?.userinfo).toBeDefined();
  });

  it('refuses a parameter that a form has twice', async () => {
    const callback = await visitor.until(host.isCallback, login('posted'));
    callback.body?.append('code', 'else');
    expect(answerIn(await visitor.send(callback)).error).toBe('invalid_response');
  });

  it.each([
    ['keeps the bytes', { rawBody: true }],
    ['parses no bodies', { bodyParser: false }],
  ])('reads answers of form_post where the application %s', async (_name, application) => {
    const other = await startRelyingParty({ adapter, application });
    await addOwn(other, 'posted', { responseMode: 'form_post' });
    const arrival = await visitor.open(`${other.url}/login/posted`);
    expect(answerIn(arrival).token?.userinfo).toBeDefined();
  });

  it('signs in with the hybrid flow: an ID token beside the code as well', async () => {
    await addOwn(
      host,
      'hybrid',
      { responseType: 'code id_token' },
      { response_types: ['code id_token'], grant_types: ['authorization_code', 'implicit'] },
    );
    const callback = await visitor.until(host.isCallback, login('hybrid'));
    expect(callback.body?.get('id_token')).toBeDefined();
    expect(answerIn(await visitor.send(callback)).token?.userinfo).toMatchObject({ iss: server.issuer });
  });

  it.each([
    ['code', 'another'],
    ['id_token', ''],
  ])('refuses a hybrid answer whose %s is "%s"', async (name, value) => {
    const callback = await visitor.until(host.isCallback, login('hybrid'));
    callback.body?.set(name, value);
    expect(answerIn(await visitor.send(callback)).error).toBe('invalid_response');
  });

  it('signs in with a redirect URI that has a query of its own', async () => {
    const redirectUri = `${host.callback('tenant')}?tenant=1`;
    await addOwn(host, 'tenant', {}, { redirect_uris: [redirectUri] });
    const callback = await visitor.until(host.isCallback, login('tenant'));
    expect(callback.url.searchParams.get('tenant')).toBe('1');
    expect(answerIn(await visitor.send(callback)).token?.userinfo).toBeDefined();
  });

  it('keeps what waits in a store', async () => {
    const kept = new Map<string, string>();
    const store = {
      save: (key: string, data: string) => void kept.set(key, data),
      take: (key: string) => {
        const data = kept.get(key);
        kept.delete(key);
        return data;
      },
    };
    const other = await startRelyingParty({ adapter, transactions: { store } });
    await addOwn(other, 'own');
    const callback = await visitor.until(other.isCallback, `${other.url}/login/own`);
    expect(kept.size).toBe(1);
    expect(answerIn(await visitor.send(callback)).token).toBeDefined();
    expect(kept.size).toBe(0);
  });
});

describe('the client authenticates by', () => {
  let host: RelyingParty;
  let visitor: Visitor;

  beforeAll(async () => {
    host = await startRelyingParty();
    visitor = await visitorAt();
  });

  const signInWith = async (name: string): Promise<unknown> =>
    answerIn(await visitor.open(`${host.url}/login/${name}`)).token?.userinfo;

  it.each(['client_secret_basic', 'client_secret_post', 'client_secret_jwt'] as const)('%s', async (method) => {
    await addOwn(host, method, { tokenEndpointAuthMethod: method }, { token_endpoint_auth_method: method });
    await expect(signInWith(method)).resolves.toBeDefined();
  });

  it('none', async () => {
    await addOwn(host, 'public', {}, { token_endpoint_auth_method: 'none' });
    await expect(signInWith('public')).resolves.toBeDefined();
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'])('private_key_jwt with %s, as a JWK', async (alg) => {
    const key = await clientKey(alg);
    const privateKey = { ...(await exportJWK(key.privateKey)), alg, kid: key.kid };
    const name = `jwk-${alg.toLowerCase()}`;
    await addOwn(host, name, { privateKey }, { token_endpoint_auth_method: 'private_key_jwt', jwks: jwksOf(key) });
    await expect(signInWith(name)).resolves.toBeDefined();
  });

  it.each(['ES256', 'RS256', 'EdDSA'])('private_key_jwt with %s, as PEM', async (alg) => {
    const key = await clientKey(alg);
    const name = `pem-${alg.toLowerCase()}`;
    await addOwn(
      host,
      name,
      { privateKey: await exportPKCS8(key.privateKey), keyId: key.kid },
      { token_endpoint_auth_method: 'private_key_jwt', jwks: jwksOf(key) },
    );
    await expect(signInWith(name)).resolves.toBeDefined();
  });

  it('a method of its own', async () => {
    const urls: string[] = [];
    await addOwn(
      host,
      'own-method',
      {
        tokenEndpointAuthMethod: ({ url, body, clientId, clientSecret = '' }) => {
          urls.push(url.pathname);
          body.set('client_id', clientId);
          body.set('client_secret', clientSecret);
        },
      },
      { token_endpoint_auth_method: 'client_secret_post' },
    );
    await expect(signInWith('own-method')).resolves.toBeDefined();
    expect(urls).toEqual(['/oauth/token']);
  });

  it('client_secret_basic with both halves form-encoded (RFC 6749 §2.3.1)', async () => {
    const seen: (string | undefined)[] = [];
    const provider = createHttpServer(({ headers }, response) => {
      seen.push(headers.authorization);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ access_token: 'token-1', token_type: 'Bearer' }));
    });
    await new Promise<void>((listening) => provider.listen(0, '127.0.0.1', listening));
    onClose(() => void provider.close());
    const origin = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    host.add('encoded', {
      clientId: 'id:ä+',
      clientSecret: 'söme %&+:" secret',
      authorizeUrl: `${origin}/authorize`,
      accessTokenUrl: `${origin}/token`,
    });
    const { url } = await visitor.until((step) => step.url.origin === origin, `${host.url}/login/encoded`);
    const answer = `${host.callback('encoded')}?code=c&state=${url.searchParams.get('state')}`;
    expect(answerIn(await visitor.open(answer)).token).toEqual({ access_token: 'token-1', token_type: 'bearer' });
    expect(seen).toEqual([basic('id:ä+', 'söme %&+:" secret')]);
  });

  it('and a wrong secret is the error of the provider', async () => {
    await addOwn(host, 'wrong', { clientSecret: 'wrong' });
    const answer = answerIn(await visitor.open(`${host.url}/login/wrong`));
    expect(answer).toMatchObject({ error: 'invalid_client', status: 401 });
  });
});

describe('parameters', () => {
  let host: RelyingParty;

  beforeAll(async () => {
    host = await startRelyingParty();
  });

  const clientOf = (name: string, options: OAuthClientOptions = {}) =>
    host.add(name, {
      clientId: 'web',
      authorizeUrl: 'https://op.example/authorize?fixed=1',
      accessTokenUrl: 'https://op.example/token',
      ...options,
    });
  const sentBy = async (name: string, options: OAuthClientOptions, params = {}): Promise<URLSearchParams> =>
    new URL((await clientOf(name, options).createAuthorizationUrl(host.callback(name), params)).url).searchParams;

  it('of a call go over those of the options', async () => {
    const options = { authorizeParams: { access_type: 'offline', prompt: 'login' }, scope: 'read' };
    const sent = await sentBy('over', options, { prompt: 'consent', scope: 'write' });
    expect(Object.fromEntries(sent)).toMatchObject({
      fixed: '1',
      access_type: 'offline',
      prompt: 'consent',
      scope: 'write',
      client_id: 'web',
      response_type: 'code',
    });
  });

  it('that are lists are repeated, and scope values are separated by spaces', async () => {
    const sent = await sentBy('lists', {}, { resource: ['urn:a', 'urn:b'], scope: ['read', 'write'] });
    expect(sent.getAll('resource')).toEqual(['urn:a', 'urn:b']);
    expect(sent.getAll('scope')).toEqual(['read write']);
  });

  it('may hold a state of the caller', async () => {
    const { url, state } = await clientOf('state').createAuthorizationUrl(host.callback('state'), { state: 'mine' });
    expect(new URL(url).searchParams.getAll('state')).toEqual(['mine']);
    expect(state).toBe('mine');
  });

  it.each(['client_id', 'redirect_uri', 'response_type', 'nonce', 'code_challenge', 'request'])(
    'may not hold %s',
    async (name) => {
      await expect(sentBy('own', {}, { [name]: 'x' })).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );

  it.each(['/callback', 'callback', 'https://app.example/callback#part'])(
    'name no redirect URI such as %s',
    async (to) => {
      await expect(clientOf('to').createAuthorizationUrl(to)).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );

  it('have no nonce without openid', async () => {
    expect((await sentBy('plain', { scope: 'read' })).has('nonce')).toBe(false);
  });

  it('have no challenge where the provider cannot do PKCE', async () => {
    expect((await sentBy('old', { codeChallengeMethod: false })).has('code_challenge')).toBe(false);
  });

  it('with max_age are held against auth_time', async () => {
    const user = await signUp(server);
    const visitor = await visitorAt(user.jar);
    await addOwn(host, 'fresh');
    const { token } = answerIn(await visitor.open(`${host.url}/login/fresh?max_age=3600`));
    expect(token?.userinfo?.auth_time).toEqual(expect.any(Number));
  });
});

describe('a provider that is not there', () => {
  it('is provider_unavailable, and asked again the next time', async () => {
    const host = await startRelyingParty();
    const client = host.add('gone', { clientId: 'web', serverMetadataUrl: 'http://127.0.0.1:9', scope: 'openid' });
    for (let attempt = 1; attempt <= 2; attempt++) {
      const failure = await client.createAuthorizationUrl(host.callback('gone')).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(OAuthClientError);
      expect(failure).toMatchObject({ code: 'provider_unavailable', provider: 'gone' });
    }
  });
});

describe('errors', () => {
  it.each([
    ['an answer that is wrong', (answer: Json) => ({ ...answer, token_type: 7 }), 'invalid_response'],
    ['an answer without a token', ({ access_token: _, ...answer }: Json) => answer, 'invalid_response'],
    ['another type of token', (answer: Json) => ({ ...answer, token_type: 'mac' }), 'unsupported'],
    [
      'an ID token that is wrong',
      (answer: Json) => ({ ...answer, id_token: `${String(answer.id_token)}x` }),
      'invalid_response',
    ],
    ['no ID token', ({ id_token: _, ...answer }: Json) => answer, 'invalid_response'],
    ['text', () => ANSWERS.html, 'provider_unavailable'],
    ['a status', () => ANSWERS.status(502, { error: 'server_error' }), 'provider_unavailable'],
    [
      'an error that tells what was sent',
      (_: Json, form: URLSearchParams) => ANSWERS.status(400, { error: 'invalid_grant', sent: form.toString() }),
      'invalid_grant',
    ],
  ])('of %s hold neither tokens nor secrets', async (_name, token, code) => {
    const host = await startRelyingParty();
    const remote = await startHostileProvider();
    const secrets: string[] = ['the-secret-of-the-client'];
    remote.bends.token = (answer, form) => {
      secrets.push(...['access_token', 'refresh_token', 'id_token'].map((name) => String(answer[name])));
      secrets.push(form.get('code') ?? '', form.get('code_verifier') ?? '');
      return token(answer, form);
    };
    const clientSecret = secrets[0];
    host.add('op', { clientId: 'rp', clientSecret, serverMetadataUrl: remote.issuer, scope: 'openid' });
    expect(answerIn(await new Visitor().open(`${host.url}/login/op`)).error).toBe(code);
    const text = inspect(host.errors, { depth: Infinity, showHidden: true });
    expect(text).toContain(code);
    expect(secrets).toHaveLength(6);
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it('are one line, and no longer than anybody reads', async () => {
    const host = await startRelyingParty();
    await addOwn(host, 'own');
    const visitor = await visitorAt();
    const { url } = await visitor.until(({ url: to }) => to.origin === server.issuer, `${host.url}/login/own`);
    const answer = new URLSearchParams({
      error: 'server_error',
      error_description: `a\r\nb ${'x'.repeat(5000)}`,
      error_uri: 'javascript:alert(1)',
      state: url.searchParams.get('state') ?? '',
      iss: server.issuer,
    });
    const { description, uri } = answerIn(await visitor.open(`${host.callback('own')}?${answer.toString()}`));
    expect(description).toMatch(/^a b x{296}$/);
    expect(uri).toBeUndefined();
  });
});

describeInBrowser('a real browser', () => {
  it('brings the answer of form_post with its cookie, though another site posts it', async () => {
    const host = await startRelyingParty();
    await addOwn(host, 'posted', { responseMode: 'form_post' });
    const user = await signUp(server);
    const page = await (await browser()).newPage();
    await page.goto(`${host.url}/login/posted`);
    await page.fill('input[name=username]', user.username);
    await page.fill('input[name=password]', user.password);
    await page.click('#sign-in button[type=submit]');
    await page.waitForURL(host.callback('posted'));
    const answer = JSON.parse((await page.textContent('body')) ?? '') as CallbackAnswer;
    expect(answer.token?.userinfo?.iss).toBe(server.issuer);
  });
});
