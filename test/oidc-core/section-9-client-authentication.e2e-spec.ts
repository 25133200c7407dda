// private_key_jwt and client_secret_jwt at every endpoint where clients authenticate, with keys and secrets that change.
// @see OIDC Core §9, §10.1.1 https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import {
  type AssertionKey,
  assertionOf,
  makeAssertionKey,
  postAssertion,
  secretAssertionKey,
} from '../support/assertions.js';
import { onClose } from '../support/cleanup.js';
import { administer, type CreatedClient, createClient } from '../support/clients.js';
import { query } from '../support/database.js';
import { ROOT } from '../support/state.js';
import { bootstrap } from '../support/fixtures.js';
import { type Server, tokenRequest } from '../support/flow.js';
import { logsWith, type RunningServer, sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const MACHINE = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], scope: 'read' };
const HTTP = { [oauth.allowInsecureRequests]: true };

const registerKeys = (keys: AssertionKey[], members: object = {}, of: Server = server): Promise<CreatedClient> => {
  const jwks = { keys: keys.map(({ publicJwk }) => publicJwk) };
  return createClient(of, { ...MACHINE, token_endpoint_auth_method: 'private_key_jwt', jwks, ...members });
};
const registerSecret = (members: object = {}, of: Server = server): Promise<CreatedClient> =>
  createClient(of, { ...MACHINE, token_endpoint_auth_method: 'client_secret_jwt', ...members });

const status = async (clientId: string, key: AssertionKey, of: Server = server): Promise<number> =>
  (await postAssertion(of, await assertionOf(of, clientId, key))).status;

/** Changes a client and answers whether that was accepted. */
const change = async (clientId: string, members: object, of: Server = server): Promise<number> =>
  (await administer(of, 'PATCH', `/api/clients/${clientId}`, members)).status;
const rotate = async (clientId: string, body: object = {}): Promise<string> => {
  const response = await administer(server, 'POST', `/api/clients/${clientId}/secret`, body);
  return ((await response.json()) as { client_secret: string }).client_secret;
};

describe('private_key_jwt (§9)', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])('takes %s, with kid and without', async (alg) => {
    const key = makeAssertionKey(alg, 'mine');
    const { client_id } = await registerKeys([key]);
    expect([await status(client_id, key), await status(client_id, { ...key, kid: undefined })]).toEqual([200, 200]);
  });

  it.each(['RS512', 'ES384', 'HS256'])('takes no %s, which the metadata does not name', async (alg) => {
    const key = makeAssertionKey('RS256');
    const { client_id } = await registerKeys([key]);
    const jwt = await assertionOf(server, client_id, key);
    const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
    expect((await postAssertion(server, `${header}.${jwt.split('.').slice(1).join('.')}`)).status).toBe(401);
  });

  it('has no secret, and wants keys', async () => {
    const created = await registerKeys([makeAssertionKey('ES256')]);
    expect(created).not.toHaveProperty('client_secret');
    const without = { ...MACHINE, token_endpoint_auth_method: 'private_key_jwt' };
    const refused = await administer(server, 'POST', '/api/clients', without);
    expect([refused.status, await refused.json()]).toMatchObject([400, { faults: [{ member: 'jwks_uri' }] }]);
    expect((await administer(server, 'POST', `/api/clients/${created.client_id}/secret`)).status).toBe(409);
  });

  it('takes a new key at once, and the old one no longer', async () => {
    const [before, after] = [makeAssertionKey('ES256', 'a'), makeAssertionKey('ES256', 'b')];
    const { client_id } = await registerKeys([before]);
    expect([await status(client_id, before), await status(client_id, after)]).toEqual([200, 401]);
    expect(await change(client_id, { jwks: { keys: [after.publicJwk] } })).toBe(200);
    expect([await status(client_id, before), await status(client_id, after)]).toEqual([401, 200]);
  });

  it('without kid takes no key of several that fit', async () => {
    const [one, other] = [makeAssertionKey('ES256'), makeAssertionKey('ES256')];
    const { client_id } = await registerKeys([one, other]);
    expect([await status(client_id, one), await status(client_id, other)]).toEqual([401, 401]);
  });
});

describe('jwks_uri (§10.1.1)', () => {
  let own: RunningServer;
  let base: string;
  let secureBase: string;
  let published: AssertionKey[] = [];
  let reads = 0;

  beforeAll(async () => {
    const publish: RequestListener = (request, reply) => {
      reads++;
      if (request.url === '/redirect') reply.writeHead(302, { location: '/jwks' }).end();
      else reply.end(JSON.stringify({ keys: published.map(({ publicJwk }) => publicJwk) }));
    };
    const certificate = join(ROOT, 'test/support/tls/first.cert.pem');
    const key = readFileSync(certificate.replace('cert.pem', 'key.pem'));
    const servers = [createServer(publish), createHttpsServer({ cert: readFileSync(certificate), key }, publish)];
    const ports: number[] = [];
    for (const keyServer of servers) {
      await new Promise<void>((done) => keyServer.listen(0, '127.0.0.1', done));
      onClose(() => new Promise<void>((done) => void keyServer.close(() => done())));
      ports.push((keyServer.address() as AddressInfo).port);
    }
    base = `http://127.0.0.1:${ports[0]}`;
    secureBase = `https://localhost:${ports[1]}`;
    own = await startServer({
      bootstrap: bootstrap(),
      env: {
        OUTBOUND_ALLOW: `127.0.0.1:${ports[0]}, localhost:${ports[1]}`,
        NODE_EXTRA_CA_CERTS: certificate,
      },
    });
  });

  const registerAt = (jwksUri: string): Promise<CreatedClient> =>
    registerKeys([], { jwks: undefined, jwks_uri: jwksUri }, own);

  it('is read when it is needed, and again for a key that is not known', async () => {
    const [first, second] = [makeAssertionKey('ES256', 'first'), makeAssertionKey('ES256', 'second')];
    const { client_id } = await registerAt(`${base}/rotated`);
    published = [first];
    reads = 0;
    expect([await status(client_id, first, own), await status(client_id, first, own)]).toEqual([200, 200]);
    expect(reads).toBe(1);
    published = [second];
    expect([await status(client_id, second, own), await status(client_id, first, own)]).toEqual([200, 401]);
    expect(reads).toBe(2);
  });

  it('is read over https, from a server whose certificate is trusted', async () => {
    const key = makeAssertionKey('ES256', 'secure');
    published = [key];
    const { client_id } = await registerAt(`${secureBase}/jwks`);
    expect(await status(client_id, key, own)).toBe(200);
  });

  it('is not read for every unknown key', async () => {
    const { client_id } = await registerAt(`${base}/flooded`);
    published = [];
    reads = 0;
    const guess = (index: number): AssertionKey => makeAssertionKey('ES256', `guess-${index}`);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => status(client_id, guess(index), own)));
    for (let index = 0; index < 5; index++) await status(client_id, guess(index), own);
    expect(new Set(answers)).toEqual(new Set([401]));
    expect(reads).toBeLessThanOrEqual(2);
  });

  it.each(['/redirect', '/'])('is not followed elsewhere, and no secret of the network is told: %s', async (path) => {
    const key = makeAssertionKey('ES256', 'k');
    published = [key];
    const url = path === '/' ? base.replace('127.0.0.1', 'localhost') : `${base}${path}`;
    const { client_id } = await registerAt(url);
    const response = await postAssertion(own, await assertionOf(own, client_id, key));
    expect([response.status, await response.json()]).toEqual([
      401,
      { error: 'invalid_client', error_description: 'Client authentication failed.' },
    ]);
    const failure = path === '/' ? 'refused' : 'redirected';
    expect(await logsWith(own, failure)).toContain(`jwks_uri of ${client_id} could not be read: ${failure}`);
  });
});

describe('client_secret_jwt (§9)', () => {
  it('takes HS256 with the secret, and nothing else', async () => {
    const { client_id, client_secret } = await registerSecret();
    expect(await status(client_id, secretAssertionKey(client_secret!))).toBe(200);
    expect(await status(client_id, secretAssertionKey(`${client_secret}x`))).toBe(401);
    const basicRequest = await tokenRequest(server, { client_id, client_secret }, { grant_type: 'client_credentials' });
    expect(basicRequest.status).toBe(401);
    const key = makeAssertionKey('ES256');
    expect(await status(client_id, key)).toBe(401);
  });

  it('takes a secret that is given, and both during a rotation', async () => {
    const given = `given-${randomUUID()}-wörd`;
    const { client_id } = await registerSecret({ client_secret: given });
    const next = await rotate(client_id, { overlap: 600 });
    expect(await status(client_id, secretAssertionKey(given))).toBe(200);
    expect(await status(client_id, secretAssertionKey(next))).toBe(200);
    const last = await rotate(client_id, { overlap: 0 });
    expect(await status(client_id, secretAssertionKey(next))).toBe(401);
    expect(await status(client_id, secretAssertionKey(last))).toBe(200);
  });

  const stored = (clientId: string): Promise<Record<string, unknown>[]> =>
    query(
      server,
      'SELECT secret_sealed AS sealed, row_to_json(s)::text AS row FROM client_secrets s WHERE client_id = $1',
      [clientId],
    );

  it('keeps the secret encrypted beside its hash, only of clients with this method', async () => {
    const signing = await registerSecret();
    const [row] = await stored(signing.client_id);
    expect(row.sealed).toEqual(expect.any(String));
    expect(row.row).not.toContain(signing.client_secret);
    const other = await createClient(server, MACHINE);
    expect(await stored(other.client_id)).toMatchObject([{ sealed: null }]);
    await rotate(other.client_id);
    expect(await stored(other.client_id)).toMatchObject([{ sealed: null }, { sealed: null }]);
  });

  it('forgets the secret itself when the client changes its method', async () => {
    const { client_id, client_secret } = await registerSecret();
    expect(await change(client_id, { token_endpoint_auth_method: 'client_secret_basic' })).toBe(200);
    expect(await stored(client_id)).toMatchObject([{ sealed: null }]);
    const answer = await tokenRequest(server, { client_id, client_secret }, { grant_type: 'client_credentials' });
    expect(answer.status).toBe(200);
  });

  it('needs a new secret after a change to it, and says so where an operator looks', async () => {
    const { client_id, client_secret } = await createClient(server, MACHINE);
    expect(await change(client_id, { token_endpoint_auth_method: 'client_secret_jwt' })).toBe(200);
    expect(await status(client_id, secretAssertionKey(client_secret!))).toBe(401);
    const reason = `client ${client_id} has no secret that was made for client_secret_jwt: give it a new one`;
    expect(await logsWith(server, reason)).toContain(reason);
    expect(await status(client_id, secretAssertionKey(await rotate(client_id)))).toBe(200);
  });

  it('is not fooled by a sealed secret that was moved to another client', async () => {
    const [one, other] = [await registerSecret(), await registerSecret()];
    const move = `UPDATE client_secrets SET secret_sealed =
      (SELECT secret_sealed FROM client_secrets WHERE client_id = $1) WHERE client_id = $2 RETURNING id`;
    expect(await query(server, move, [one.client_id, other.client_id])).toHaveLength(1);
    expect(await status(other.client_id, secretAssertionKey(one.client_secret!))).toBe(401);
  });
});

describe('every endpoint where clients authenticate (§9)', () => {
  const KEY = makeAssertionKey('RS256', 'rsa');

  it.each(['private_key_jwt', 'client_secret_jwt'])('takes %s', async (method) => {
    const created = method === 'private_key_jwt' ? await registerKeys([KEY]) : await registerSecret();
    const key = method === 'private_key_jwt' ? KEY : secretAssertionKey(created.client_secret!);
    const send = async (path: string, parameters: Record<string, string>): Promise<Response> =>
      postAssertion(server, await assertionOf(server, created.client_id, key), parameters, path);
    const issued = await send('/oauth/token', { grant_type: 'client_credentials' });
    const { access_token: token } = (await issued.json()) as { access_token: string };
    const introspected = await send('/oauth/introspect', { token });
    expect(await introspected.json()).toMatchObject({ active: true, client_id: created.client_id });
    expect((await send('/oauth/revoke', { token })).status).toBe(200);
    expect(await (await send('/oauth/introspect', { token })).json()).toEqual({ active: false });
  });

  it('is named by the metadata, with the algorithms', async () => {
    const url = `${server.issuer}/.well-known/oauth-authorization-server`;
    const metadata = (await (await fetch(url)).json()) as Record<string, string[]>;
    for (const endpoint of ['token', 'revocation', 'introspection']) {
      expect(metadata[`${endpoint}_endpoint_auth_methods_supported`]).toEqual(
        expect.arrayContaining(['private_key_jwt', 'client_secret_jwt']),
      );
      expect(metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`].sort()).toEqual(
        ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519', 'HS256'].sort(),
      );
    }
  });
});

describe('libraries', () => {
  it.each(['RS256', 'PS256', 'ES256', 'Ed25519'])('oauth4webapi signs with %s (PrivateKeyJwt)', async (alg) => {
    const { publicKey, privateKey } = await oauth.generateKeyPair(alg);
    const publicJwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'web' };
    const { client_id } = await registerKeys([{ publicJwk } as unknown as AssertionKey]);
    const issuer = new URL(server.issuer);
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...HTTP });
    const as = await oauth.processDiscoveryResponse(issuer, discovered);
    const authentication = oauth.PrivateKeyJwt({ key: privateKey, kid: 'web' });
    const parameters = new URLSearchParams({ scope: 'read' });
    const response = await oauth.clientCredentialsGrantRequest(as, { client_id }, authentication, parameters, HTTP);
    expect(await oauth.processClientCredentialsResponse(as, { client_id }, response)).toMatchObject({ scope: 'read' });
  });

  const configure = async (created: CreatedClient, authentication: client.ClientAuth): Promise<client.Configuration> =>
    client.discovery(new URL(server.issuer), created.client_id, undefined, authentication, {
      algorithm: 'oauth2',
      execute: [client.allowInsecureRequests],
    });

  it('openid-client signs with the secret (ClientSecretJwt)', async () => {
    const created = await registerSecret();
    const configuration = await configure(created, client.ClientSecretJwt(created.client_secret));
    const { access_token } = await client.clientCredentialsGrant(configuration, { scope: 'read' });
    expect(await client.tokenIntrospection(configuration, access_token)).toMatchObject({ active: true });
    await client.tokenRevocation(configuration, access_token);
    expect(await client.tokenIntrospection(configuration, access_token)).toEqual({ active: false });
  });

  it('openid-client signs with a private key (PrivateKeyJwt)', async () => {
    const { publicKey, privateKey } = await oauth.generateKeyPair('ES256');
    const publicJwk = await crypto.subtle.exportKey('jwk', publicKey);
    const created = await registerKeys([{ publicJwk } as unknown as AssertionKey]);
    const configuration = await configure(created, client.PrivateKeyJwt(privateKey));
    const { access_token } = await client.clientCredentialsGrant(configuration, { scope: 'read' });
    expect(await client.tokenIntrospection(configuration, access_token)).toMatchObject({ active: true });
  });
});
