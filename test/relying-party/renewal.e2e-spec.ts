import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import {
  OAuthClientModule,
  type OAuthEvents,
  OAuthRegistry,
  OnOAuthEvent,
} from 'nest-authorization-server/relying-party';
import type { OAuthClientError } from '../../src/relying-party/oauth-client-error.js';
import type { OAuthClientOptions, ReplacedToken, TokenContext } from '../../src/relying-party/oauth-client.options.js';
import type { OAuthToken } from '../../src/relying-party/oauth-token.js';
import { newKey, type SigningKey, signWith } from '../support/issuer.js';
import { type PlainProvider, startPlainProvider } from '../support/plain-provider.js';
import { clientOf, failureOf, type TestedClient } from './plain-client.js';

/** Keeps the token of one user as an application does. */
class Store {
  readonly updates: { token: OAuthToken; replaced: ReplacedToken; context: TokenContext }[] = [];

  constructor(public token: OAuthToken) {}

  readonly fetchToken = (): OAuthToken => this.token;

  readonly updateToken = (token: OAuthToken, replaced: ReplacedToken, context: TokenContext): void => {
    this.updates.push({ token, replaced, context });
    this.token = token;
  };
}

let provider: PlainProvider;

beforeAll(async () => {
  provider = await startPlainProvider();
});
beforeEach(() => {
  provider.requests.length = 0;
  provider.answers.clear();
  for (const oddity of Object.keys(provider.odd)) Reflect.deleteProperty(provider.odd, oddity);
});

const now = (): number => Math.floor(Date.now() / 1000);
/** A token whose access token has ended. */
const ended = (): OAuthToken => provider.issue('octocat', -10);
/** A token whose access token is good, but not for long. */
const ending = (): OAuthToken => provider.issue('octocat', 20);
const clientWith = (store: Store, options: OAuthClientOptions = {}): TestedClient => {
  const { fetchToken, updateToken } = store;
  return clientOf({ ...provider.options, fetchToken, updateToken, ...options });
};
const failing = (work: Promise<unknown>): Promise<OAuthClientError> => failureOf(work) as Promise<OAuthClientError>;

describe('in time', () => {
  it('a token that has ended is renewed first, and the call has the new one', async () => {
    const store = new Store(ended());
    const old = store.token;
    const { client } = clientWith(store);
    const response = await client.get('things');
    expect(response.status).toBe(200);
    expect(provider.requests.map(({ path }) => path)).toEqual(['/token', '/api/things']);
    expect(provider.last('/token').form.get('refresh_token')).toBe(old.refresh_token);
    expect(provider.last('/api/things').headers.authorization).toBe(`Bearer ${store.token.access_token}`);
    expect(store.token.access_token).not.toBe(old.access_token);
  });

  it.each([
    ['within the leeway', {}, 50, 1],
    ['not before the leeway', {}, 70, 0],
    ['within a leeway of the options', { leeway: 300 }, 200, 1],
    ['not before a leeway of the options', { leeway: 10 }, 50, 0],
  ])('a token is renewed %s', async (_what, options, lifetime, renewals) => {
    const { expires_in: _, ...token } = provider.issue('octocat', lifetime);
    const { client } = clientWith(new Store(token), options);
    await client.get('things');
    expect(provider.hits('/token')).toBe(renewals);
  });

  it('a token with a short life is not renewed for every call', async () => {
    provider.odd.lifetime = 30;
    const { client } = clientWith(new Store(ended()));
    for (let call = 0; call < 3; call++) await client.get('things');
    expect(provider.hits('/token')).toBe(1);
  });

  it('a token that does not tell its end is not renewed', async () => {
    const { expires_in: _in, expires_at: _at, ...token } = provider.issue();
    const { client } = clientWith(new Store(token));
    expect((await client.get('things')).status).toBe(200);
    expect(provider.hits('/token')).toBe(0);
  });

  it('a token without a refresh token is used until it ends, and not any longer', async () => {
    const { refresh_token: _1, ...good } = ending();
    const { refresh_token: _2, ...over } = ended();
    expect((await clientWith(new Store(good)).client.get('things')).status).toBe(200);
    expect((await failing(clientWith(new Store(over)).client.get('things'))).code).toBe('token_invalid');
    expect(provider.hits('/api/things')).toBe(1);
  });

  it('a provider that is away harms nobody while the old token is good', async () => {
    provider.odd.failsWith = 503;
    expect((await clientWith(new Store(ending())).client.get('things')).status).toBe(200);
    const error = await failing(clientWith(new Store(ended())).client.get('things'));
    expect(error).toMatchObject({ code: 'provider_unavailable', status: 503 });
  });

  it('userinfo is asked for with the new token as well', async () => {
    const store = new Store(ended());
    const metadata = { userinfo_endpoint: `${provider.origin}/api/user` };
    const userinfo = (json: unknown): { sub: string } => ({ sub: (json as { login: string }).login });
    const { client } = clientWith(store, { metadata, compliance: { userinfo } });
    expect(await client.userinfo()).toEqual({ sub: 'octocat' });
    expect(provider.requests.map(({ path }) => path)).toEqual(['/token', '/api/user']);
  });
});

describe('one at a time', () => {
  it('50 calls at once with one token that has ended: one renewal', async () => {
    provider.odd.delay = 50;
    const store = new Store(ended());
    const { client, updates } = clientWith(store);
    const responses = await Promise.all(Array.from({ length: 50 }, (_, n) => client.get(`things/${n}`)));
    expect(responses.map(({ status }) => status)).toEqual(Array<number>(50).fill(200));
    expect(provider.hits('/token')).toBe(1);
    expect(store.updates).toHaveLength(1);
    expect(updates).toHaveLength(1);
  });

  it('tokens of different users are renewed each for itself', async () => {
    provider.odd.delay = 20;
    const { client } = clientWith(new Store(ended()));
    const users = ['anna', 'ben', 'cleo'];
    const answers = await Promise.all(
      users.map(async (user) => (await client.get('things', { token: provider.issue(user, -10) })).json()),
    );
    expect(answers).toMatchObject(users.map((user) => ({ user })));
    expect(provider.hits('/token')).toBe(3);
  });

  it('a call that comes a moment later with the old token gets the new one, and does not use the refresh token again', async () => {
    const old = ended();
    const { client } = clientWith(new Store(old));
    await client.get('things');
    expect((await client.get('things', { token: { ...old } })).status).toBe(200);
    expect(provider.hits('/token')).toBe(1);
  });

  it('who still has the token before the last one gets the last one', async () => {
    provider.odd.lifetime = 0;
    const first = ended();
    const { client } = clientWith(new Store(first));
    const second = await client.refreshToken(first);
    provider.odd.lifetime = 3600;
    const third = await client.refreshToken(second);
    expect(await client.refreshToken(first)).toEqual(third);
    expect(provider.hits('/token')).toBe(2);
  });

  it('a failure is not kept: the next call tries again', async () => {
    provider.odd.failsWith = 500;
    const { client } = clientWith(new Store(ended()));
    expect((await failing(client.get('things'))).code).toBe('provider_unavailable');
    delete provider.odd.failsWith;
    expect((await client.get('things')).status).toBe(200);
  });
});

describe('after a refusal', () => {
  it.each([
    ['json', { json: { a: 1 } }],
    ['a form', { form: { a: '1' } }],
    ['bytes', { body: new Uint8Array([97, 61, 49]) }],
  ])('a call that is refused with invalid_token is repeated once with a new token, %s and all', async (_what, body) => {
    const store = new Store(provider.issue());
    provider.withdraw(store.token.access_token!);
    const { client } = clientWith(store);
    const response = await client.post('things', body);
    expect(response.status).toBe(200);
    const calls = provider.requests.filter(({ path }) => path === '/api/things');
    expect(calls).toHaveLength(2);
    expect(calls[1].body).toBe(calls[0].body);
    expect(calls[0].body).not.toBe('');
    expect(provider.hits('/token')).toBe(1);
    expect(store.updates).toHaveLength(1);
  });

  it('50 calls at once that are refused: one renewal', async () => {
    const store = new Store(provider.issue());
    provider.withdraw(store.token.access_token!);
    const { client } = clientWith(store);
    const responses = await Promise.all(Array.from({ length: 50 }, () => client.get('things')));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(provider.hits('/token')).toBe(1);
  });

  it('a second refusal is the answer', async () => {
    provider.answers.set('/api/things', (_request, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end(),
    );
    const { client } = clientWith(new Store(provider.issue()));
    expect((await client.get('things')).status).toBe(401);
    expect(provider.hits('/api/things')).toBe(2);
    expect(provider.hits('/token')).toBe(1);
  });

  it.each([
    ['of another kind', 401, 'Bearer error="insufficient_scope"'],
    ['without a reason', 401, 'Bearer'],
    ['with another status', 403, 'Bearer error="invalid_token"'],
  ])('a refusal %s is the answer, and nothing is renewed', async (_what, status, challenge) => {
    provider.answers.set('/api/things', (_request, response) =>
      response.writeHead(status, { 'www-authenticate': challenge }).end(),
    );
    const { client } = clientWith(new Store(provider.issue()));
    expect((await client.get('things')).status).toBe(status);
    expect(provider.hits('/token')).toBe(0);
  });

  it('without a refresh token the refusal is the answer', async () => {
    const { refresh_token: _, ...token } = provider.issue();
    provider.withdraw(token.access_token);
    expect((await clientWith(new Store(token)).client.get('things')).status).toBe(401);
  });
});

describe('what is kept', () => {
  it('updateToken is told before the call goes on, with what is replaced and for which request', async () => {
    const store = new Store(ended());
    const old = store.token;
    const request = { url: '/page' };
    const seen: number[] = [];
    const { client } = clientWith(store, {
      updateToken: async (...update) => {
        await new Promise(setImmediate);
        seen.push(provider.hits('/api/things'));
        store.updateToken(...update);
      },
    });
    await client.get('things', { request });
    expect(seen).toEqual([0]);
    expect(store.updates).toMatchObject([{ replaced: { refreshToken: old.refresh_token }, context: { request } }]);
    expect(store.token.expires_at).toBeGreaterThan(now() + 3000);
  });

  it('an application hears of it by token.updated, without any token in it', async () => {
    const store = new Store({ ...ended(), userinfo: { sub: 'octocat' } });
    const { client, updates } = clientWith(store);
    await client.get('things');
    expect(updates).toEqual([{ provider: 'plain', grantType: 'refresh_token', subject: 'octocat' }]);
  });

  it('so does a method of any provider of a Nest application', async () => {
    const heard: OAuthEvents['token.updated'][] = [];
    @Injectable()
    class Audit {
      @OnOAuthEvent('token.updated')
      updated(payload: OAuthEvents['token.updated']): void {
        heard.push(payload);
      }
    }
    const clients = OAuthClientModule.forRoot({ env: {}, providers: { plain: provider.options } });
    const module = await Test.createTestingModule({ imports: [clients], providers: [Audit] }).compile();
    await module.init();
    await module.get(OAuthRegistry).get('plain').refreshToken(ended());
    expect(heard).toEqual([{ provider: 'plain', grantType: 'refresh_token' }]);
    await module.close();
  });

  it('the refresh token stays when the answer has none (RFC 6749 §6), and so does what is known of the user', async () => {
    const store = new Store({ ...ended(), userinfo: { sub: 'octocat' }, instance_url: 'https://eu.example' });
    const old = store.token;
    provider.odd.rotates = false;
    const { client } = clientWith(store);
    await client.get('things');
    expect(store.token).toMatchObject({
      refresh_token: old.refresh_token,
      userinfo: { sub: 'octocat' },
      instance_url: 'https://eu.example',
    });
    store.token = { ...store.token, expires_at: now() - 1 };
    expect((await client.get('things')).status).toBe(200);
    expect(provider.hits('/token')).toBe(2);
  });

  it('what an answer says of the user is not what a validated ID token says, nor its end a time that is none', async () => {
    const answer = { access_token: 'renewed', token_type: 'Bearer', userinfo: { sub: 'mallory' }, expires_at: 'never' };
    provider.answers.set('/token', (_request, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
    );
    const store = new Store({ ...ended(), userinfo: { sub: 'octocat' } });
    const { refresh_token } = store.token;
    const token = await clientWith(store).client.refreshToken(store.token);
    expect(token).toMatchObject({ access_token: 'renewed', refresh_token, userinfo: { sub: 'octocat' } });
    expect(token).not.toHaveProperty('expires_at');
  });

  it('a new token that does not tell its end does not have that of the old one', async () => {
    provider.odd.noExpiresIn = true;
    const store = new Store(ended());
    await clientWith(store).client.get('things');
    expect([store.token.expires_at, store.token.expires_in]).toEqual([undefined, undefined]);
  });

  it('updateToken may call the provider itself: whoever asks while it runs has the new token at once', async () => {
    const store = new Store(ended());
    const old = store.token;
    const statuses: number[] = [];
    const { client, updates } = clientWith(store, {
      updateToken: async (...update) => {
        statuses.push((await client.get('account')).status, (await client.get('account', { token: old })).status);
        store.updateToken(...update);
      },
    });
    expect((await client.get('things')).status).toBe(200);
    expect(statuses).toEqual([200, 200]);
    expect(provider.hits('/token')).toBe(1);
    expect(updates).toHaveLength(1);
  });

  it('when updateToken fails the call that renewed fails; the new token is not lost, and is told again', async () => {
    const store = new Store(ended());
    let isBroken = true;
    const { client, updates } = clientWith(store, {
      updateToken: (...update) => {
        if (isBroken) throw new Error('the database is away');
        store.updateToken(...update);
      },
    });
    const [failure, other] = await Promise.all([failing(client.get('things')), client.get('others')]);
    expect(failure.message).toBe('the database is away');
    expect(other.status).toBe(200);
    expect(provider.hits('/api/things')).toBe(0);
    isBroken = false;
    expect((await client.get('things')).status).toBe(200);
    expect(provider.hits('/token')).toBe(1);
    expect(store.updates).toHaveLength(1);
    expect(updates).toHaveLength(1);
  });
});

describe('several processes', () => {
  it('who comes too late asks fetchToken once more, and takes what the other one has kept', async () => {
    provider.odd.forgivesReuse = true;
    const store = new Store(ended());
    const other = clientWith(store).client;
    const old = store.token;
    let asked = 0;
    const { client } = clientWith(store, {
      fetchToken: async () => {
        if (asked++ === 0) {
          await other.get('other');
          return old;
        }
        return store.token;
      },
    });
    expect((await client.get('things')).status).toBe(200);
    expect(asked).toBe(2);
    expect(store.updates).toHaveLength(1);
    expect(provider.last('/api/things').headers.authorization).toBe(`Bearer ${store.token.access_token}`);
  });

  it('who is refused takes what another one has renewed meanwhile, and renews nothing', async () => {
    const store = new Store(provider.issue());
    const other = clientWith(store).client;
    const { client } = clientWith(store);
    provider.answers.set('/api/slow', async (_request, response) => {
      await other.refreshToken(store.token);
      provider.answers.delete('/api/slow');
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    });
    expect((await client.get('slow')).status).toBe(200);
    expect(provider.hits('/token')).toBe(1);
  });

  it.each(['bad_refresh_token', 'invalid_refresh_token'])(
    '%s is invalid_grant in the words of others',
    async (error) => {
      provider.answers.set('/token', (_request, response) =>
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ error })),
      );
      const failure = await failing(clientWith(new Store(ended())).client.get('things'));
      expect(failure).toMatchObject({ code: 'token_invalid', cause: { code: error } });
    },
  );

  it('when there is no other token it is token_invalid, and says nothing of the old one', async () => {
    const store = new Store({ ...ended(), refresh_token: 'unknown-to-the-provider' });
    const error = await failing(clientWith(store).client.get('things'));
    expect(error).toMatchObject({ code: 'token_invalid', cause: { code: 'invalid_grant' } });
    expect(`${error.stack} ${String((error.cause as Error).stack)}`).not.toMatch(/unknown-to|access-/);
    expect(provider.hits('/api/things')).toBe(0);
  });

  it('the place of a token that was given is never taken by that of fetchToken', async () => {
    const given = { ...ended(), refresh_token: 'unknown-to-the-provider' };
    const { client } = clientWith(new Store(provider.issue('somebody-else')));
    expect((await failing(client.get('things', { token: given }))).code).toBe('token_invalid');
    expect(provider.hits('/api/things')).toBe(0);
  });
});

describe('the request', () => {
  it('goes to refreshTokenUrl with refreshTokenParams, where there are any', async () => {
    const { client } = clientWith(new Store(ended()), {
      refreshTokenUrl: `${provider.origin}/token/refresh`,
      refreshTokenParams: { audience: 'things', resource: ['https://a.example', 'https://b.example'] },
    });
    await client.get('things');
    expect(provider.hits('/token')).toBe(0);
    const { form } = provider.last('/token/refresh');
    expect(form.get('audience')).toBe('things');
    expect(form.getAll('resource')).toEqual(['https://a.example', 'https://b.example']);
  });

  it('compliance hooks change the request, and what is read of the answer', async () => {
    const { client } = clientWith(new Store(ended()), {
      compliance: {
        refreshTokenRequest: (request) => {
          const changed = new Request(request);
          changed.headers.set('x-tenant', '7');
          return changed;
        },
        refreshTokenResponse: async (response) => {
          const { data } = (await response.json()) as { data: object };
          return Response.json(data);
        },
        accessTokenResponse: () => Response.error(),
      },
    });
    provider.answers.set('/token', ({ headers, form }, response) => {
      const data = { access_token: 'wrapped', token_type: 'Bearer', scope: String(headers['x-tenant']) };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ data, seen: form.toString() }));
    });
    const renewed = await client.refreshToken(ended());
    expect(renewed).toMatchObject({ access_token: 'wrapped', token_type: 'bearer', scope: '7' });
  });

  it('proves possession of the key that the tokens are bound to, with the nonce of the provider (RFC 9449 §5, §8)', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = await exportJWK(privateKey);
    provider.answers.set('/token', ({ headers }, response) => {
      const proof = headers.dpop as string;
      response.setHeader('content-type', 'application/json');
      if (decodeJwt(proof).nonce === 'of-the-provider')
        return response.end(JSON.stringify({ access_token: 'bound', token_type: 'DPoP' }));
      return response.writeHead(400, { 'dpop-nonce': 'of-the-provider' }).end('{"error":"use_dpop_nonce"}');
    });
    const { client } = clientWith(new Store(ended()), { dpop: key });
    const token = await client.refreshToken({ ...ended(), token_type: 'dpop' });
    expect(token).toMatchObject({ access_token: 'bound', token_type: 'dpop' });
    const proof = provider.last('/token').headers.dpop as string;
    expect(decodeJwt(proof)).toMatchObject({ htm: 'POST', htu: `${provider.origin}/token` });
    const { jwk } = decodeProtectedHeader(proof);
    expect(await calculateJwkThumbprint(jwk!)).toBe(await calculateJwkThumbprint(key));
  });
});

describe('refreshToken', () => {
  it('gives a new token, and tells updateToken', async () => {
    const store = new Store(provider.issue());
    const old = store.token;
    const context = { request: {} };
    const renewed = await clientWith(store).client.refreshToken(old, {}, context);
    expect(renewed.access_token).not.toBe(old.access_token);
    expect(store.updates).toEqual([{ token: renewed, replaced: { refreshToken: old.refresh_token }, context }]);
  });

  it('sends the parameters of the call, and joins only who has the same', async () => {
    provider.odd.rotates = false;
    const token = provider.issue();
    const { client } = clientWith(new Store(token));
    const [one, same, other] = await Promise.all([
      client.refreshToken(token, { scope: 'read' }),
      client.refreshToken(token, { scope: 'read' }),
      client.refreshToken(token, { scope: 'write' }),
    ]);
    expect(one.access_token).toBe(same.access_token);
    expect(other.access_token).not.toBe(one.access_token);
    expect(provider.requests.map(({ form }) => form.get('scope')).sort()).toEqual(['read', 'write']);
  });

  it('uses a refresh token once, also when who asks at the same time wants something else', async () => {
    const token = ended();
    const { client } = clientWith(new Store(token));
    const [narrow, call, wide] = await Promise.all([
      client.refreshToken(token, { scope: 'read' }),
      client.get('things', { token }),
      client.refreshToken(token, { scope: 'write' }),
    ]);
    expect([narrow.access_token === wide.access_token, call.status]).toEqual([false, 200]);
    const used = provider.requests.filter(({ path }) => path === '/token').map(({ form }) => form.get('refresh_token'));
    expect(used).toHaveLength(3);
    expect(new Set(used).size).toBe(3);
  });

  it('the failure of one is not that of who asks for something else', async () => {
    const token = ended();
    const { client } = clientWith(new Store(token));
    provider.answers.set('/token', ({ form }, response) => {
      response.setHeader('content-type', 'application/json');
      if (form.get('scope') === 'none') return response.writeHead(400).end('{"error":"invalid_scope"}');
      return response.end('{"access_token":"another","token_type":"bearer"}');
    });
    const [failed, renewed] = await Promise.all([
      failing(client.refreshToken(token, { scope: 'none' })),
      client.refreshToken(token),
    ]);
    expect([failed.code, renewed.access_token]).toEqual(['invalid_scope', 'another']);
  });

  it('without a refresh token it is missing_token', async () => {
    const { refresh_token: _, ...token } = provider.issue();
    expect((await failing(clientWith(new Store(token)).client.refreshToken(token))).code).toBe('missing_token');
  });

  it('what the provider refuses as Facebook does is invalid_request with what it says', async () => {
    const error = { message: 'This authorization code has been used.', type: 'OAuthException', code: 100 };
    provider.answers.set('/token', (_request, response) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error })),
    );
    const { client } = clientWith(new Store(ended()));
    const failure = await failing(client.refreshToken(ended()));
    expect([failure.code, failure.description, failure.status]).toEqual(['invalid_request', error.message, 400]);
  });

  it('what the provider refuses has its code, description and address', async () => {
    const error = await failing(clientWith(new Store(ended())).client.refreshToken({ refresh_token: 'unknown' }));
    expect(error).toMatchObject({
      code: 'invalid_grant',
      description: 'invalid_grant it is',
      uri: 'https://docs.example/e',
      status: 400,
    });
  });
});

describe('a renewed ID token (OIDC Core §12.2)', () => {
  let key: SigningKey;
  const claims = (): object => ({ iss: provider.origin, aud: 'plain', sub: 'octocat', iat: now(), exp: now() + 60 });
  const answerWith = async (changed: object, by = key): Promise<void> => {
    const id_token = await signWith(by, { ...claims(), ...changed });
    provider.answers.set('/token', (_request, response) =>
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ access_token: 'renewed', token_type: 'Bearer', id_token })),
    );
  };
  const refreshed = (known: object = { userinfo: { sub: 'octocat', name: 'Before' } }): Promise<OAuthToken> => {
    const token = { ...ended(), id_token: 'the first one', ...known };
    const metadata = { issuer: provider.origin, jwks: { keys: [key.jwk] } };
    return clientWith(new Store(token), { metadata, scope: 'openid' }).client.refreshToken(token);
  };

  beforeAll(async () => {
    key = await newKey('of-the-provider');
  });

  it('takes the place of the first one', async () => {
    await answerWith({ name: 'After' });
    expect(await refreshed()).toMatchObject({ access_token: 'renewed', userinfo: { sub: 'octocat', name: 'After' } });
  });

  it('that cannot be verified because no keys can be had is left out: the new tokens are not lost', async () => {
    await answerWith({ name: 'After' });
    provider.answers.set('/jwks', (_request, response) => response.writeHead(503).end());
    const token = { ...ended(), id_token: 'the first one', userinfo: { sub: 'octocat', name: 'Before' } };
    const metadata = { issuer: provider.origin, jwks_uri: `${provider.origin}/jwks` };
    const { client } = clientWith(new Store(token), { metadata, scope: 'openid' });
    expect(await client.refreshToken(token)).toMatchObject({
      access_token: 'renewed',
      id_token: 'the first one',
      userinfo: { name: 'Before' },
    });
    expect(provider.hits('/jwks')).toBe(1);
  });

  it('is verified also where nothing is known of the user any more', async () => {
    await answerWith({ name: 'After' });
    expect(await refreshed({})).toMatchObject({ userinfo: { sub: 'octocat', name: 'After' } });
    await answerWith({ aud: 'other' });
    expect((await failing(refreshed({}))).code).toBe('invalid_response');
  });

  it('about somebody else it is mismatching_subject', async () => {
    await answerWith({ sub: 'somebody-else' });
    expect((await failing(refreshed())).code).toBe('mismatching_subject');
  });

  it('about a user of the same name elsewhere it is mismatching_subject', async () => {
    await answerWith({});
    const known = { userinfo: { iss: 'https://another-tenant.example', sub: 'octocat' } };
    expect((await failing(refreshed(known))).code).toBe('mismatching_subject');
  });

  it.each<[string, object, string]>([
    ['of another issuer', { iss: 'https://other.example' }, 'mismatching_issuer'],
    ['for another client', { aud: 'other' }, 'invalid_response'],
    ['that has expired', { exp: 1 }, 'invalid_response'],
    ['for another access token', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'invalid_response'],
  ])('%s it is refused', async (_what, changed, code) => {
    await answerWith(changed);
    expect((await failing(refreshed())).code).toBe(code);
  });

  it('signed by somebody else it is refused', async () => {
    await answerWith({}, await newKey('of-the-provider'));
    expect((await failing(refreshed())).code).toBe('invalid_response');
  });
});
