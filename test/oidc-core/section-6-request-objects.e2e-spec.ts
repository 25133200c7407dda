// What OpenID Connect adds to request objects: claims as JSON, hashes in fragments, unsigned ones, and what is told of it.
// @see OIDC Core §6 https://openid.net/specs/openid-connect-core-1_0.html#JWTRequests
import { hash } from 'node:crypto';
import * as openid from 'openid-client';
import { follow } from '../clients/browser.js';
import { type ClientSite, startClientSite } from '../support/client-site.js';
import { bootstrap, CLIENTS, USERS } from '../support/fixtures.js';
import { authorize, redeem, signIn, signUp } from '../support/flow.js';
import { type CookieJar, pkce } from '../support/http.js';
import { openidConfiguration, userinfo, verifyIdToken } from '../support/openid.js';
import {
  objectClaims,
  requestObject,
  send,
  signingClient,
  type SigningClient,
  unsigned,
} from '../support/request-objects.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const TAKEN = { kind: 'answer', params: { code: expect.any(String), state: 'inside' } };
let client: SigningClient;
let jar: CookieJar;

beforeAll(async () => {
  client = await signingClient(server, {
    grant_types: ['authorization_code', 'implicit'],
    response_types: ['code', 'code id_token', 'id_token'],
  });
  jar = await signIn(server);
});

describe('parameters inside (§6.1)', () => {
  it('have the types of JSON: claims is an object, max_age a number', async () => {
    const { verifier, parameters } = pkce();
    const claims = {
      scope: 'openid profile',
      max_age: 3600,
      claims: { userinfo: { given_name: { essential: true } }, id_token: { family_name: null } },
      ...parameters,
    };
    const request = await requestObject(server, client, claims);
    const { code } = await authorize(server, { client_id: client.client_id, request }, jar);
    const tokens = await redeem(server, client, { code, verifier, redirectUri: client.redirect_uris[0] });
    const { claims: told } = await verifyIdToken(server, client.client_id, tokens.id_token);
    expect(told.family_name).toBe(USERS.alice.family_name);
    expect(await (await userinfo(server, tokens.access_token)).json()).toMatchObject({ given_name: 'Alice' });
  });

  it('count as they would outside: max_age=0 asks for a sign-in', async () => {
    const { jar: browser } = await signUp(server);
    for (const max_age of [0, '0']) {
      const request = await requestObject(server, client, { scope: 'openid', max_age });
      const answer = await send(server, { client_id: client.client_id, request }, { jar: browser });
      expect(answer).toMatchObject({ kind: 'page', path: '/sign-in' });
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['a max_age that is negative', { max_age: -1 }],
    ['a max_age that is no whole number', { max_age: 1.5 }],
    ['a max_age that is an object', { max_age: {} }],
    ['claims that are no object', { scope: 'openid', claims: 1 }],
    ['claims that are a list', { scope: 'openid', claims: [{}] }],
    ['a scope that is a list', { scope: ['openid', 'profile'] }],
  ])('are checked as they would be outside: %s', async (_, claims) => {
    const request = await requestObject(server, client, claims);
    const answer = await send(server, { client_id: client.client_id, request }, { jar });
    expect(answer).toMatchObject({ kind: 'answer', params: { error: 'invalid_request', state: 'inside' } });
  });

  it('may be several resources, as a list', async () => {
    const resource = ['https://api.example.com', 'https://calendar.example.com/v1?tenant=1'];
    const request = await requestObject(server, client, { resource });
    expect(await send(server, { client_id: client.client_id, request }, { jar })).toMatchObject(TAKEN);
  });

  it('work for every flow: the nonce of an ID token in the front channel', async () => {
    const claims = { response_type: 'id_token code', scope: 'openid', nonce: 'inside' };
    const request = await requestObject(server, client, claims);
    const { params } = await authorize(
      server,
      { client_id: client.client_id, request, nonce: 'outside', response_type: 'code id_token' },
      jar,
    );
    expect((await verifyIdToken(server, client.client_id, params.id_token)).claims.nonce).toBe('inside');
  });
});

describe('parameters outside (§6.1)', () => {
  const outside = (members: Record<string, string>): Record<string, string> => ({
    client_id: client.client_id,
    redirect_uri: client.redirect_uris[0],
    ...members,
  });

  it('response_type must be the one that is inside', async () => {
    const request = await requestObject(server, client);
    expect(await send(server, outside({ request, response_type: 'code' }), { jar })).toMatchObject(TAKEN);
    const answer = await send(server, outside({ request, response_type: 'id_token' }), { jar });
    expect(answer).toMatchObject({ kind: 'answer', params: { error: 'invalid_request_object' } });
  });

  it('scope says that it is an OpenID request to servers without request objects, and is not read', async () => {
    const request = await requestObject(server, client, { scope: 'openid' });
    for (const scope of ['openid', 'openid everything', 'read'])
      expect(await send(server, outside({ request, scope }), { jar })).toMatchObject(TAKEN);
  });
});

describe('openid-client', () => {
  it('completes a flow with a signed request object', async () => {
    const { client_id, client_secret, redirect_uris, key } = client;
    const config = await openid.discovery(
      new URL(server.issuer),
      client_id,
      undefined,
      openid.ClientSecretBasic(client_secret),
      {
        execute: [openid.allowInsecureRequests],
      },
    );
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const checks = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
    const parameters = {
      redirect_uri: redirect_uris[0],
      scope: 'openid',
      response_type: 'code',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      max_age: '3600',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    };
    const signing = { key: key.privateKey, kid: key.kid };
    const url = await openid.buildAuthorizationUrlWithJAR(config, parameters, signing);
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request']);
    const visit = await follow(server, url);
    const tokens = await openid.authorizationCodeGrant(config, visit.url, checks);
    expect(tokens.claims()).toMatchObject({ aud: client_id, nonce: checks.expectedNonce });
  });
});

describe('a fragment of the request_uri (§6.2)', () => {
  let own: RunningServer;
  let site: ClientSite;
  let browser: CookieJar;
  beforeAll(async () => {
    site = await startClientSite();
    own = await startServer({
      env: { OUTBOUND_ALLOW: '127.0.0.1' },
      options: { unsignedRequestObjects: true },
      bootstrap: bootstrap(),
    });
    browser = await signIn(own);
  });

  async function publish(
    path: string,
    registered: string,
  ): Promise<{ client: SigningClient; digest: string; uri: string }> {
    const uri = `${site.origin}${path}`;
    const publishing = await signingClient(own, { request_uris: [`${uri}${registered}`] });
    const object = await requestObject(own, publishing);
    site.content.set(path, object);
    return { client: publishing, digest: hash('sha256', object, 'base64url'), uri };
  }

  it('that is the hash of the object is verified, and the object is read once', async () => {
    const { client: publishing, digest, uri } = await publish('/hashed', '');
    const parameters = { client_id: publishing.client_id, request_uri: `${uri}#${digest}` };
    for (let round = 0; round < 3; round++) expect(await send(own, parameters, { jar: browser })).toMatchObject(TAKEN);
    expect(site.hits('/hashed')).toBe(1);
  });

  it('that is not the hash is refused, and nothing is kept of it', async () => {
    const { client: publishing, digest, uri } = await publish('/changed', '');
    const refused = { kind: 'error page', error: 'invalid_request_uri' };
    const wrong = hash('sha256', 'something else', 'base64url');
    for (const fragment of [wrong, digest.slice(1), `${digest}=`, digest.toLowerCase(), 'v2', `${digest}#${digest}`]) {
      const parameters = { client_id: publishing.client_id, request_uri: `${uri}#${fragment}` };
      expect(await send(own, parameters, { jar: browser })).toMatchObject(refused);
    }
    const parameters = { client_id: publishing.client_id, request_uri: `${uri}#${digest}` };
    expect(await send(own, parameters, { jar: browser })).toMatchObject(TAKEN);
  });

  it('that is registered may be any text, and is not exchanged for another one', async () => {
    const { client: publishing, digest, uri } = await publish('/versions', '#v1');
    const ask = (request_uri: string): Promise<object> =>
      send(own, { client_id: publishing.client_id, request_uri }, { jar: browser });
    expect(await ask(`${uri}#v1`)).toMatchObject(TAKEN);
    for (const other of [uri, `${uri}#v2`, `${uri}#${digest}`])
      expect(await ask(other)).toMatchObject({ kind: 'error page', error: 'invalid_request_uri' });
  });

  it('with which one client had an object read gives it to no other client', async () => {
    const { client: publishing, digest, uri } = await publish('/private', '');
    await send(own, { client_id: publishing.client_id, request_uri: `${uri}#${digest}` }, { jar: browser });
    const other = await signingClient(own);
    const answer = await send(own, { client_id: other.client_id, request_uri: `${uri}#${digest}` }, { jar: browser });
    expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request_uri' });
  });

  describe('where unsigned request objects are allowed (§6.1)', () => {
    it('they are taken by value and by reference, and are in the metadata', async () => {
      const uri = `${site.origin}/unsigned`;
      const plain = await signingClient(own, { request_uris: [uri] });
      const object = unsigned(objectClaims(own, plain));
      site.content.set('/unsigned', object);
      for (const parameters of [{ request: object }, { request_uri: uri }])
        expect(await send(own, { client_id: plain.client_id, ...parameters }, { jar: browser })).toMatchObject(TAKEN);
      expect(await openidConfiguration(own)).toMatchObject({
        request_object_signing_alg_values_supported: [...ALGORITHMS, 'none'],
      });
    });

    it.each<[string, Record<string, unknown>, boolean]>([
      ['none', { request_object_signing_alg: 'none' }, true],
      ['ES256', { request_object_signing_alg: 'ES256' }, false],
      ['require_signed_request_object', { require_signed_request_object: true }, false],
    ])('it depends on what the client has registered: %s', async (_, metadata, taken) => {
      const plain = await signingClient(own, metadata);
      const parameters = { client_id: plain.client_id, request: unsigned(objectClaims(own, plain)) };
      const refused = { kind: 'error page', error: 'invalid_request_object' };
      expect(await send(own, parameters, { jar: browser })).toMatchObject(taken ? TAKEN : refused);
    });

    it('they have no signature, and are checked as others are', async () => {
      const plain = await signingClient(own);
      const good = unsigned(objectClaims(own, plain));
      for (const request of [
        `${good}AAAA`,
        `${good}.`,
        good.slice(0, -1),
        unsigned(objectClaims(own, plain, { client_id: CLIENTS.web.client_id })),
        unsigned(objectClaims(own, plain, { exp: 1 })),
        unsigned(objectClaims(own, plain), { alg: 'none', typ: 'at+jwt' }),
      ]) {
        const answer = await send(own, { client_id: plain.client_id, request }, { jar: browser });
        expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request_object' });
      }
    });
  });
});

describe('what is switched off (§3.1.2.6)', () => {
  const { web } = CLIENTS;
  const outside = { client_id: web.client_id, redirect_uri: web.redirect_uris[0], state: 'outside' };
  let off: RunningServer;
  beforeAll(async () => {
    off = await startServer({
      options: { requestObjects: false, requestUris: false },
      bootstrap: { users: [USERS.alice], clients: [web] },
    });
  });

  it.each([
    ['request_not_supported', { request: 'e30.e30.' }],
    ['request_uri_not_supported', { request_uri: 'https://client.example/object' }],
  ])('answers %s', async (error, parameters) => {
    for (const method of ['GET', 'POST'] as const) {
      const answer = await send(off, { ...outside, ...parameters }, { method });
      expect(answer).toMatchObject({ kind: 'answer', params: { error, state: 'outside' } });
    }
  });

  it('is not in the metadata', async () => {
    const document = await openidConfiguration(off);
    expect(document).toMatchObject({ request_parameter_supported: false, request_uri_parameter_supported: false });
    const others = Object.keys(document).filter((name) => /request_object|request_uri_registration/.test(name));
    expect(others).toEqual([]);
  });
});

it('the metadata says what is there (Discovery §3)', async () => {
  expect(await openidConfiguration(server)).toMatchObject({
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    require_request_uri_registration: true,
    request_object_signing_alg_values_supported: ALGORITHMS,
    request_object_encryption_alg_values_supported: ['RSA-OAEP-256', 'ECDH-ES'],
    request_object_encryption_enc_values_supported: ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'],
  });
});
