// What providers have beside the plain code flow, against oidc-provider: pushed and signed requests, signed answers, DPoP.
// @see RFC 9126, RFC 9101, RFC 9449, JARM https://www.rfc-editor.org/rfc/rfc9126
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { OAuthClientOptions } from 'nest-authorization-server/relying-party';
import type { ClientMetadata } from 'oidc-provider';
import { onClose } from '../support/cleanup.js';
import { startHostileProvider } from '../support/hostile-provider.js';
import { type OidcProvider, startOidcProvider } from '../support/oidc-provider.js';
import { Visitor } from '../support/visitor.js';
import { answerIn, type CallbackAnswer, type RelyingParty, startRelyingParty } from './relying-party.js';

const SECRET = 'a-secret-of-the-client-a-secret-of-the-client';

let host: RelyingParty;
let provider: OidcProvider;
let privateKey: JWK;
/** Where the browser was sent. */
let sent: URL;

beforeAll(async () => {
  host = await startRelyingParty();
  const { privateKey: key } = await generateKeyPair('ES256', { extractable: true });
  privateKey = { ...(await exportJWK(key)), alg: 'ES256', kid: 'rp-1' };
  const { d: _, ...publicKey } = privateKey;
  const client = (name: string, metadata: Partial<ClientMetadata> = {}): ClientMetadata => ({
    client_id: name,
    client_secret: SECRET,
    redirect_uris: [host.callback(name)],
    grant_types: ['authorization_code', 'refresh_token'],
    jwks: { keys: [publicKey] },
    ...metadata,
  });
  provider = await startOidcProvider({
    clients: [
      client('pushed'),
      client('required', { require_pushed_authorization_requests: true }),
      client('signed', { request_object_signing_alg: 'ES256' }),
      client('both', { request_object_signing_alg: 'ES256', require_pushed_authorization_requests: true }),
      client('bound'),
      client('bound-own'),
      client('bound-pushed'),
      client('jarm', { authorization_signed_response_alg: 'ES256' }),
      client('jarm-posted'),
    ],
    features: {
      dPoP: { enabled: true, requireNonce: undefined },
      requestObjects: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
    },
  });
});

async function signIn(name: string, options: OAuthClientOptions, query = ''): Promise<CallbackAnswer> {
  host.add(name, {
    clientId: name,
    clientSecret: SECRET,
    serverMetadataUrl: provider.issuer,
    scope: 'openid email',
    idTokenSigningAlgs: ['RS256', 'ES256'],
    ...options,
  });
  const visitor = new Visitor();
  const step = await visitor.until(({ url }) => url.origin === provider.issuer, `${host.url}/login/${name}${query}`);
  sent = step.url;
  return answerIn(await visitor.send(step));
}

describe('pushed authorization requests', () => {
  it('go to the provider itself: the browser carries a reference', async () => {
    const answer = await signIn('pushed', { par: true }, '?login_hint=bob');
    expect(answer.token?.userinfo?.sub).toBe('bob');
    expect([...sent.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
  });

  it('are refused with the error of the provider', async () => {
    const client = host.add('wrong', {
      clientId: 'pushed',
      clientSecret: 'wrong',
      serverMetadataUrl: provider.issuer,
      par: true,
    });
    await expect(client.createAuthorizationUrl(host.callback('wrong'))).rejects.toMatchObject({
      code: 'invalid_client',
      status: 401,
    });
  });

  it('are not made unasked', async () => {
    const { error } = await signIn('required', {});
    expect(error).toBe('invalid_request');
    expect(sent.searchParams.has('redirect_uri')).toBe(true);
  });
});

describe('signed request objects', () => {
  it('hold what the browser carries', async () => {
    const answer = await signIn('signed', { privateKey, requestObject: true }, '?login_hint=carol');
    expect(answer.token?.userinfo?.sub).toBe('carol');
    expect([...sent.searchParams.keys()].sort()).toEqual(['client_id', 'request', 'response_type', 'scope']);
    const { iss, aud, redirect_uri: redirectUri } = decodeJwt(sent.searchParams.get('request') ?? '');
    expect([iss, aud, redirectUri]).toEqual(['signed', provider.issuer, host.callback('signed')]);
  });

  it('hold all values of a parameter that is repeated', async () => {
    const client = host.add('signed', {
      clientId: 'signed',
      clientSecret: SECRET,
      serverMetadataUrl: provider.issuer,
      privateKey,
      requestObject: true,
    });
    const { url } = await client.createAuthorizationUrl(host.callback('signed'), {
      audience: ['a', 'b'],
      prompt: 'none',
    });
    const claims = decodeJwt(new URL(url).searchParams.get('request') ?? '');
    expect(claims).toMatchObject({ audience: ['a', 'b'], prompt: 'none' });
  });

  it('can be pushed', async () => {
    const answer = await signIn('both', { privateKey, requestObject: true, par: true });
    expect(answer.token?.userinfo?.sub).toBe('alice');
    expect([...sent.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
  });
});

describe('tokens are bound by DPoP', () => {
  it('to a key of the process', async () => {
    const { token } = await signIn('bound', { dpop: true });
    expect(token?.token_type).toBe('dpop');
    expect(sent.searchParams.get('dpop_jkt')).toMatch(/^[\w-]{43}$/);
  });

  it('to a key of the options', async () => {
    const { token } = await signIn('bound-own', { dpop: privateKey });
    expect(token?.token_type).toBe('dpop');
  });

  it('with the nonce that the provider asks for', async () => {
    const nonces: unknown[] = [];
    const remote = createServer(({ headers }, response) => {
      const { nonce } = decodeJwt(String(headers.dpop));
      nonces.push(nonce);
      response.setHeader('content-type', 'application/json');
      if (nonce === 'n-1') return response.end(JSON.stringify({ access_token: 't-1', token_type: 'DPoP' }));
      response.writeHead(400, { 'dpop-nonce': 'n-1' }).end(JSON.stringify({ error: 'use_dpop_nonce' }));
    });
    await new Promise<void>((listening) => remote.listen(0, '127.0.0.1', listening));
    onClose(() => void remote.close());
    const origin = `http://127.0.0.1:${(remote.address() as AddressInfo).port}`;
    host.add('nonce', {
      clientId: 'rp',
      authorizeUrl: `${origin}/auth`,
      accessTokenUrl: `${origin}/token`,
      dpop: true,
    });
    const visitor = new Visitor();
    const { url } = await visitor.until((step) => step.url.origin === origin, `${host.url}/login/nonce`);
    const answer = `${host.callback('nonce')}?code=c&state=${url.searchParams.get('state')}`;
    expect(answerIn(await visitor.open(answer)).token).toEqual({ access_token: 't-1', token_type: 'dpop' });
    expect(nonces).toEqual([undefined, 'n-1']);
  });

  it('or refused', async () => {
    const remote = await startHostileProvider();
    const options = { clientId: 'rp', clientSecret: SECRET, serverMetadataUrl: remote.issuer };
    host.add('unbound', { ...options, dpop: true });
    const answer = answerIn(await new Visitor().open(`${host.url}/login/unbound`));
    expect(answer).toMatchObject({ error: 'unsupported' });
  });

  it('also when the request is pushed', async () => {
    const { token } = await signIn('bound-pushed', { dpop: privateKey, par: true });
    expect(token?.token_type).toBe('dpop');
  });
});

describe('signed answers', () => {
  it.each([
    ['jarm', 'query.jwt'],
    ['jarm-posted', 'form_post.jwt'],
  ] as const)('of %s are read: %s', async (name, responseMode) => {
    const { token } = await signIn(name, { responseMode });
    expect(token?.userinfo?.sub).toBe('alice');
    expect(sent.searchParams.get('response_mode')).toBe(responseMode);
  });

  it('raise the errors that they hold', async () => {
    const answer = await signIn('jarm', { responseMode: 'query.jwt' }, '?login_hint=refuses');
    expect(answer).toMatchObject({ error: 'access_denied', description: 'The user did not want to' });
  });

  it('are not replaced by plain ones', async () => {
    const visitor = new Visitor();
    const callback = await visitor.until(host.isCallback, `${host.url}/login/jarm`);
    const { state, code, iss } = decodeJwt<Record<string, string>>(callback.url.searchParams.get('response') ?? '');
    const plain = new URL(callback.url);
    plain.search = new URLSearchParams({ state, code, iss: iss ?? '' }).toString();
    expect(answerIn(await visitor.send({ ...callback, url: plain })).error).toBe('invalid_response');
  });

  it('are refused when they were changed', async () => {
    const visitor = new Visitor();
    const callback = await visitor.until(host.isCallback, `${host.url}/login/jarm`);
    const [header, payload, signature] = (callback.url.searchParams.get('response') ?? '').split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...claims, code: 'else' })).toString('base64url');
    callback.url.searchParams.set('response', [header, changed, signature].join('.'));
    expect(answerIn(await visitor.send(callback)).error).toBe('invalid_response');
  });
});
