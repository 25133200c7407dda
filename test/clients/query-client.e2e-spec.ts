// Clients of the host application beside those that are registered here: they authenticate, get tokens, and are gone when
// the host says so.
import { createHash } from 'node:crypto';
import { ClientsService, type HostClient } from '../../src/index.js';
import { assertionOf, makeAssertionKey, postAssertion, secretAssertionKey } from '../support/assertions.js';
import { query } from '../support/database.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import {
  administrate,
  authenticatedPost,
  authorize,
  clientCredentials,
  introspect,
  obtainTokens,
  tokenRequest,
} from '../support/flow.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { userinfo } from '../support/openid.js';

const SECRET = 'a secret of the host that is long enough';
const CALLBACK = 'https://shop.example/callback';
const KEY = makeAssertionKey('ES256', 'k1');

const CODE = {
  redirect_uris: [CALLBACK],
  scope: 'openid profile offline_access read',
  grant_types: ['authorization_code', 'refresh_token'],
};
const MACHINE = { grant_types: ['client_credentials'], scope: 'read' };
const HOST: Record<string, HostClient> = {
  shop: { ...CODE, client_name: 'The Shop', client_secret: SECRET },
  hashed: { ...MACHINE, client_secret_sha256: createHash('sha256').update(SECRET).digest('hex') },
  page: { ...CODE, redirect_uris: ['https://page.example/callback'], token_endpoint_auth_method: 'none' },
  signer: { ...MACHINE, client_secret: SECRET, token_endpoint_auth_method: 'client_secret_jwt' },
  keys: { ...MACHINE, jwks: { keys: [KEY.publicJwk] }, token_endpoint_auth_method: 'private_key_jwt' },
  web: { ...CODE, client_secret: SECRET },
};
const shop = { client_id: 'shop', client_secret: SECRET };
const request = { client_id: 'shop', redirect_uri: CALLBACK, scope: 'openid profile offline_access read' };

// Until the clients of the bootstrap file are registered the host has none.
let known: Record<string, HostClient> = {};
let asked: string[] = [];
let server: InProcessServer;
let clients: ClientsService;

beforeAll(async () => {
  server = await startInProcess({
    hostCache: 0,
    queryClient: (clientId) => {
      asked.push(clientId);
      return Promise.resolve(known[clientId]);
    },
    queryBrowserOrigin: (origin) => Promise.resolve(origin === 'https://page.example'),
  });
  clients = server.app.get(ClientsService, { strict: false });
});
beforeEach(() => {
  known = structuredClone(HOST);
  asked = [];
});

describe('a client of the host', () => {
  it('goes through the code flow, and is shown by its name', async () => {
    const { access_token, refresh_token } = await obtainTokens(server, shop, request);
    expect((await userinfo(server, access_token)).status).toBe(200);
    expect(await introspect(server, access_token)).toMatchObject({ active: true, client_id: 'shop' });
    expect((await tokenRequest(server, shop, { grant_type: 'refresh_token', refresh_token })).status).toBe(200);
    expect(await query(server, "SELECT FROM clients WHERE client_id = 'shop'")).toEqual([]);
  });

  it('is asked for consent once', async () => {
    await obtainTokens(server, shop, request);
    expect((await authorize(server, request)).pages).toEqual(['sign-in']);
  });

  it('authenticates with a secret of which only the SHA-256 is told, and with no other', async () => {
    expect((await clientCredentials(server, { client_id: 'hashed', client_secret: SECRET })).scope).toBe('read');
    const wrong = { client_id: 'hashed', client_secret: 'wrong' };
    expect((await tokenRequest(server, wrong, { grant_type: 'client_credentials' })).status).toBe(401);
  });

  it('authenticates with JWTs of its secret and of its keys (OIDC Core §9)', async () => {
    const bySecret = await assertionOf(server, 'signer', secretAssertionKey(SECRET));
    expect((await postAssertion(server, bySecret)).status).toBe(200);
    const byKey = await assertionOf(server, 'keys', KEY);
    expect((await postAssertion(server, byKey)).status).toBe(200);
    const forged = await assertionOf(server, 'signer', secretAssertionKey(`${SECRET}!`));
    expect((await postAssertion(server, forged)).status).toBe(401);
  });

  it('may call the token endpoint from its pages when the host knows their origin', async () => {
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${server.url}/oauth/token`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      });
    const allowed = async (origin: string): Promise<string | null> =>
      (await preflight(origin)).headers.get('access-control-allow-origin');
    expect(await allowed('https://page.example')).toBe('https://page.example');
    expect(await allowed('https://other.example')).toBeNull();
  });

  it('has a new secret at once', async () => {
    known.shop.client_secret = `${SECRET}, the next one`;
    const request = { grant_type: 'refresh_token', refresh_token: 'unknown' };
    expect((await tokenRequest(server, shop, request)).status).toBe(401);
    const next = { ...shop, client_secret: `${SECRET}, the next one` };
    expect((await (await tokenRequest(server, next, request)).json()).error).toBe('invalid_grant');
  });
});

it('a client that is registered here goes before one of the host, which is not asked', async () => {
  await clientCredentials(server, CLIENTS.machine);
  expect(asked).toEqual([]);
  await expect(obtainTokens(server, { client_id: 'web', client_secret: SECRET })).rejects.toThrow('invalid_client');
});

describe('a client that the host', () => {
  it.each([
    ['disables', () => void (known.shop.disabled = true)],
    ['does not know any more', () => void delete known.shop],
  ])('%s gets nothing any more, and its tokens are worth nothing', async (_what, change) => {
    const { access_token, refresh_token } = await obtainTokens(server, shop, request);
    change();
    expect(await introspect(server, access_token)).toEqual({ active: false });
    expect((await userinfo(server, access_token)).status).toBe(401);
    expect((await tokenRequest(server, shop, { grant_type: 'refresh_token', refresh_token })).status).toBe(401);
    await expect(authorize(server, request)).rejects.toThrow('The authorization stopped at a page');
  });

  it('ends by endAccess has none of its tokens when it comes back, and no consents when it was deleted', async () => {
    const { access_token } = await obtainTokens(server, shop, request);
    await clients.endAccess('shop', 'client_disabled');
    expect(await introspect(server, access_token)).toEqual({ active: false });
    expect(await query(server, "SELECT FROM consents WHERE client_id = 'shop'")).toHaveLength(1);
    await clients.endAccess('shop', 'client_deleted');
    expect(await query(server, "SELECT FROM consents WHERE client_id = 'shop'")).toEqual([]);
    expect(await query(server, "SELECT FROM grants WHERE client_id = 'shop'")).toEqual([]);
    await expect(clients.endAccess('web', 'client_disabled')).rejects.toThrow('is for clients of queryClient');
  });
});

describe('the administration API', () => {
  it('shows it', async () => {
    const shown = (await (await administrate(server, 'GET', '/api/clients/shop')).json()) as object;
    expect(shown).toMatchObject({ client_id: 'shop', client_name: 'The Shop', disabled: false });
    expect(Object.keys(shown)).not.toEqual(expect.arrayContaining(['client_secret']));
    expect(shown).not.toHaveProperty('client_id_issued_at');
  });

  it.each([
    ['PATCH', '', { client_name: 'Mine' }],
    ['POST', '/secret', {}],
    ['POST', '/disable', undefined],
    ['POST', '/enable', undefined],
    ['DELETE', '', undefined],
  ])('does not change it: %s %s', async (method, path, body) => {
    const response = await administrate(server, method, `/api/clients/shop${path}`, body);
    expect([response.status, (await response.json()).error]).toEqual([409, 'conflict']);
  });

  it('registers none with its id', async () => {
    const response = await administrate(server, 'POST', '/api/clients', { client_id: 'shop', ...CODE });
    expect(response.status).toBe(409);
  });
});

describe('what queryClient answers', () => {
  const introspecting = (clientId: string): Promise<Response> =>
    authenticatedPost(server, '/oauth/introspect', { client_id: clientId, client_secret: SECRET }, { token: 'x' });

  it.each([
    ['redirect URIs that are none', { ...CODE, client_secret: SECRET, redirect_uris: ['nowhere'] }, 'redirect_uris'],
    ['no secret', CODE, 'client_secret or client_secret_sha256 must be given'],
    ['a hash that is none', { ...CODE, client_secret_sha256: 'x' }, 'client_secret_sha256 must be 64'],
    ['a short secret', { ...CODE, client_secret: 'short' }, 'client_secret must have 32'],
    ['a format that is not here', { ...CODE, client_secret: SECRET, access_token_format: 'x' }, 'access_token_format'],
    ['another id', { ...CODE, client_secret: SECRET, client_id: 'other' }, 'client_id must be the one'],
    [
      'only the hash for a client that signs',
      { ...HOST.hashed, token_endpoint_auth_method: 'client_secret_jwt' },
      'signs',
    ],
  ])('is refused when it has %s; nothing of it is told outside', async (_what, answer, problem) => {
    known.shop = answer;
    const response = await introspecting('shop');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/queryClient|redirect|short/);
    await expect(clients.find('shop')).rejects.toThrow(problem);
  });

  it.each(['x'.repeat(256), 'a b', 'ä', ''])('is not asked for about the id %j, which is none', async (id) => {
    expect(await clients.find(id)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('is kept for a moment, until somebody says that it has changed', async () => {
    const kept = await startInProcess(
      { hostCache: 600, queryClient: (clientId) => Promise.resolve(known[clientId]) },
      [],
      { ...bootstrap(), clients: [] },
    );
    const service = kept.app.get(ClientsService, { strict: false });
    expect((await service.find('shop'))?.name).toBe('The Shop');
    known.shop.client_name = 'The Other Shop';
    expect((await service.find('shop'))?.name).toBe('The Shop');
    service.forget('shop');
    expect((await service.find('shop'))?.name).toBe('The Other Shop');
  });
});
