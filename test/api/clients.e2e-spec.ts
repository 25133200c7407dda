// Clients over the administration API, in the vocabulary of registration.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { query } from '../support/database.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { eventually } from '../support/eventually.js';
import { authorize, clientCredentials, introspect, obtainTokens, redeem, tokenRequest } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { apiOf, createClient, createUser, faultsOf, unique } from './api.js';

const server = sharedServer();
const api = apiOf(server);
const pathOf = (clientId: string): string => `/api/clients/${encodeURIComponent(clientId)}`;
const MACHINE = {
  grant_types: ['client_credentials'],
  redirect_uris: [],
  scope: 'read write',
  skip_consent: undefined,
};
const getsToken = async (client: { client_id: string; client_secret: string }): Promise<boolean> =>
  (await tokenRequest(server, client, { grant_type: 'client_credentials' })).status === 200;

describe('POST /api/clients', () => {
  it('registers a client with a generated id and secret, and completes the metadata (§2)', async () => {
    const body = { client_name: 'An application', redirect_uris: ['https://app.example/cb'], scope: 'profile' };
    const { status, headers, body: client } = await api('POST', '/api/clients', { body });
    expect(status).toBe(201);
    expect(client).toEqual({
      ...body,
      client_id: expect.stringMatching(/^[A-Za-z0-9_-]{24}$/),
      client_secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      client_secret_expires_at: 0,
      client_id_issued_at: expect.any(Number),
      application_type: 'web',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      disabled: false,
    });
    expect(headers.get('location')).toBe(`${server.issuer}${pathOf(client.client_id)}`);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('shows the secret this one time, and keeps only its hash', async () => {
    const client = await createClient(api, MACHINE);
    const { body: read } = await api('GET', pathOf(client.client_id));
    const { body: listed } = await api('GET', '/api/clients?limit=200');
    expect(JSON.stringify([read, listed])).not.toContain('client_secret"');
    const [{ stored }] = await query(
      server,
      `SELECT json_agg(row_to_json(s))::text || (SELECT row_to_json(c)::text FROM clients c WHERE client_id = $1) AS stored
       FROM client_secrets s WHERE client_id = $1`,
      [client.client_id],
    );
    expect(stored).not.toContain(client.client_secret);
    expect(await getsToken(client)).toBe(true);
  });

  it('takes an id and a secret that are given', async () => {
    const given = { client_id: unique('given'), client_secret: 'a secret that somebody has made up' };
    const client = await createClient(api, { ...MACHINE, ...given });
    expect(client).toMatchObject(given);
    expect(await getsToken(client)).toBe(true);
  });

  it('gives no secret to a public client', async () => {
    const client = await createClient(api, { token_endpoint_auth_method: 'none' });
    expect(client).not.toHaveProperty('client_secret');
    expect(client).not.toHaveProperty('client_secret_expires_at');
  });

  it('may give what only an administrator may', async () => {
    const rights = {
      grant_types: ['authorization_code', 'password', 'implicit', 'client_credentials'],
      scope: 'users:read tokens:write',
      require_pkce: false,
      skip_consent: true,
    };
    expect(await createClient(api, rights)).toMatchObject(rights);
    expect(await createClient(api, { grant_types: [], redirect_uris: [] })).toMatchObject({ grant_types: [] });
  });

  it('keeps every member of OpenID Connect registration and of the logout specifications (OIDC Registration §2)', async () => {
    const members = {
      'client_name#de': 'Anwendung',
      'tos_uri#zh-Hant': 'https://client.example/tos',
      jwks_uri: 'https://client.example/jwks',
      token_endpoint_auth_signing_alg: 'ES256',
      id_token_signed_response_alg: 'ES256',
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      id_token_encrypted_response_enc: 'A256GCM',
      userinfo_signed_response_alg: 'PS256',
      userinfo_encrypted_response_alg: 'ECDH-ES',
      userinfo_encrypted_response_enc: 'A128GCM',
      request_object_signing_alg: 'RS256',
      request_object_encryption_alg: 'RSA-OAEP',
      request_object_encryption_enc: 'A128CBC-HS256',
      request_uris: ['https://client.example/request.jwt#hash'],
      require_signed_request_object: true,
      subject_type: 'pairwise',
      sector_identifier_uri: 'https://client.example/sector.json',
      default_max_age: 0,
      require_auth_time: false,
      default_acr_values: ['urn:example:gold'],
      initiate_login_uri: 'https://client.example/start',
      post_logout_redirect_uris: ['https://client.example/bye'],
      frontchannel_logout_uri: 'https://client.example/out',
      frontchannel_logout_session_required: true,
      backchannel_logout_uri: 'https://backend.example/out',
      backchannel_logout_session_required: true,
    };
    const { client_id } = await createClient(api, members);
    expect((await api('GET', pathOf(client_id))).body).toMatchObject(members);
    const without = Object.fromEntries(Object.keys(members).map((member) => [member, null]));
    const { status, body } = await api('PATCH', pathOf(client_id), { body: without });
    expect(status).toBe(200);
    expect(Object.keys(body).filter((member) => member in members)).toEqual([]);
  });

  it('names every member that it cannot take, also those that it does not know, at once', async () => {
    const body = {
      redirect_uris: ['https://ok.example/', 'javascript:alert(1)'],
      logo_uri: 'http://plain.example/logo.png',
      skip_consent: 'yes',
      access_token_lifetime: -1,
      colour: 'red',
      disabled: true,
      toString: 1,
    };
    const answer = await api('POST', '/api/clients', { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe('invalid_request');
    expect(faultsOf(answer).sort()).toEqual(
      [
        'access_token_lifetime',
        'colour',
        'disabled',
        'logo_uri',
        'redirect_uris[1]',
        'skip_consent',
        'toString',
      ].sort(),
    );
  });

  it.each([
    ['an id with a space', { client_id: 'a b' }, 'client_id'],
    ['an id that is no text', { client_id: 7 }, 'client_id'],
    ['a short secret', { client_secret: 'short' }, 'client_secret'],
    [
      'a secret for a public client',
      { client_secret: 'x'.repeat(40), token_endpoint_auth_method: 'none' },
      'client_secret',
    ],
    ['a token format that the server does not have', { access_token_format: 'xml' }, 'access_token_format'],
    ['an enc without its alg', { userinfo_encrypted_response_enc: 'A128GCM' }, 'userinfo_encrypted_response_enc'],
    ['a logout URI with a fragment', { backchannel_logout_uri: 'https://ok.example/#a' }, 'backchannel_logout_uri'],
    ['a name in no language', { 'client_name#': 'x' }, 'client_name#'],
    ['a language of what nobody reads', { 'scope#de': 'x' }, 'scope#de'],
    ['private keys', { jwks: { keys: [{ kty: 'EC', d: 'x' }] } }, 'jwks'],
    ['text that no database holds', { client_name: 'a\0b' }, 'client_name'],
    ['text that no database holds, deep inside', { jwks: { keys: [{ kty: 'EC', x: '\ud800' }] } }, 'jwks.keys[0].x'],
  ])('refuses %s', async (_, members, fault) => {
    const answer = await api('POST', '/api/clients', { body: { redirect_uris: ['https://ok.example/'], ...members } });
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toEqual([fault]);
  });

  it('refuses an id that is taken as a conflict, also when many ask at once', async () => {
    const body = { client_id: unique('race'), grant_types: [] };
    const answers = await Promise.all(Array.from({ length: 12 }, () => api('POST', '/api/clients', { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(11).fill(409)]);
    const conflict = answers.find(({ status }) => status === 409);
    expect(conflict?.body).toMatchObject({ error: 'conflict', faults: [{ member: 'client_id' }] });
  });

  it.each([
    'a/b',
    'a?b=c&d#e',
    '100%',
    '%2F',
    '%252F',
    'a+b;c,d',
    '~!@$^*()[]{}|\\<>"\'`',
    ':client_id',
    'x/secret',
    '%'.repeat(255),
  ])('takes the id %s, which is then found percent-encoded', async (name) => {
    const clientId = name.length > 200 ? name : `${name}${unique('')}`;
    await query(server, 'DELETE FROM clients WHERE client_id = $1', [clientId]);
    const client = await createClient(api, { ...MACHINE, client_id: clientId });
    const { status, body } = await api('GET', pathOf(clientId));
    expect([status, body.client_id]).toEqual([200, clientId]);
    expect(await getsToken(client)).toBe(true);
    expect((await api('POST', `${pathOf(clientId)}/secret`)).body.client_id).toBe(clientId);
    expect((await api('DELETE', pathOf(clientId))).status).toBe(204);
    expect((await api('GET', pathOf(clientId))).status).toBe(404);
  });
});

describe('GET /api/clients', () => {
  it('lists the oldest first, a page at a time, and misses none that stays', async () => {
    const { body: start } = await api('GET', '/api/clients?limit=200');
    // Created in the same moment: the id decides.
    const created = (await Promise.all(Array.from({ length: 7 }, () => createClient(api)))).map((one) => one.client_id);
    const seen: string[] = [];
    let after = Buffer.from(JSON.stringify([start.items.at(-1).client_id_issued_at * 1000, ''])).toString('base64url');
    for (let page = 0; after; page++) {
      const { status, headers, body } = await api('GET', `/api/clients?limit=3&after=${after}`);
      expect(status).toBe(200);
      seen.push(...body.items.map((one: { client_id: string }) => one.client_id));
      expect(headers.has('link')).toBe(body.next !== undefined);
      if (page === 0) expect((await api('DELETE', pathOf(body.items.at(-1).client_id))).status).toBe(204);
      after = body.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(created));
  });

  it.each([
    'limit=0',
    'limit=1000',
    'limit=x',
    'after=x',
    'after=WzEsIlx1MDAwMCJd',
    'after=WzllMTUsImEiXQ',
    'after=Wy0xLCJhIl0',
    'owner=1',
  ])('refuses the query %s', async (search) => {
    const answer = await api('GET', `/api/clients?${search}`);
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toHaveLength(1);
  });
});

describe('PATCH /api/clients/:client_id', () => {
  it('changes what it names and leaves the rest', async () => {
    const {
      client_id,
      client_secret: _,
      client_secret_expires_at: __,
      ...before
    } = (await createClient(api, {
      client_name: 'Before',
      logo_uri: 'https://client.example/logo.png',
    })) as unknown as Record<string, string>;
    const { status, body } = await api('PATCH', pathOf(client_id), { body: { client_name: 'After' } });
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, client_id, client_name: 'After' });
  });

  it('brings the default back where it says null', async () => {
    const { client_id } = await createClient(api, { client_name: 'Name', application_type: 'native' });
    const { body } = await api('PATCH', pathOf(client_id), { body: { client_name: null, application_type: null } });
    expect(body).not.toHaveProperty('client_name');
    expect(body.application_type).toBe('web');
  });

  it('checks the whole of what becomes of it', async () => {
    const { client_id } = await createClient(api);
    const answer = await api('PATCH', pathOf(client_id), { body: { redirect_uris: [] } });
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toEqual(['redirect_uris']);
    const both = { redirect_uris: [], grant_types: ['client_credentials'], response_types: null };
    expect((await api('PATCH', pathOf(client_id), { body: both })).status).toBe(200);
  });

  it('is in force at once', async () => {
    const client = await createClient(api, { ...MACHINE, scope: 'read' });
    const asked = { grant_type: 'client_credentials', scope: 'write' };
    expect((await tokenRequest(server, client, asked)).status).toBe(400);
    await api('PATCH', pathOf(client.client_id), { body: { scope: 'read write' } });
    expect((await tokenRequest(server, client, asked)).status).toBe(200);
  });

  it('loses nothing when two change different members at once', async () => {
    const { client_id } = await createClient(api);
    const uris = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'];
    await Promise.all(
      uris.map((member) => api('PATCH', pathOf(client_id), { body: { [member]: `https://client.example/${member}` } })),
    );
    const { body } = await api('GET', pathOf(client_id));
    expect(Object.keys(body)).toEqual(expect.arrayContaining(uris));
  });

  it.each(['client_id', 'client_secret', 'client_id_issued_at', 'disabled', 'owner_id', 'colour'])(
    'refuses %s by its name',
    async (member) => {
      const { client_id } = await createClient(api);
      const answer = await api('PATCH', pathOf(client_id), { body: { [member]: 'x' } });
      expect(answer.status).toBe(400);
      expect(faultsOf(answer)).toEqual([member]);
    },
  );
});

describe('POST /api/clients/:client_id/secret', () => {
  it('gives a new secret beside the old one, which works on for the overlap', async () => {
    const client = await createClient(api, MACHINE);
    const path = `${pathOf(client.client_id)}/secret`;
    const { status, headers, body } = await api('POST', path, { body: { overlap: 600 } });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      client_id: client.client_id,
      client_secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      client_secret_expires_at: 0,
      previous_secrets_expire_at: expect.any(Number),
    });
    const left = body.previous_secrets_expire_at - Date.now() / 1000;
    expect(left).toBeGreaterThan(590);
    expect(left).toBeLessThanOrEqual(600);
    expect([await getsToken(client), await getsToken(body)]).toEqual([true, true]);
    await query(
      server,
      `UPDATE client_secrets SET expires_at = now() - interval '1 second' WHERE client_id = $1 AND expires_at IS NOT NULL`,
      [client.client_id],
    );
    // Changed behind the server's back: it hears of it a moment later.
    await eventually(async () => !(await getsToken(client)));
    expect(await getsToken(body)).toBe(true);
  });

  it('ends the old secret now with an overlap of 0', async () => {
    const client = await createClient(api, MACHINE);
    const { body } = await api('POST', `${pathOf(client.client_id)}/secret`, { body: { overlap: 0 } });
    expect([await getsToken(client), await getsToken(body)]).toEqual([false, true]);
  });

  it('lets the old secret work for a day when nothing is said', async () => {
    const client = await createClient(api, MACHINE);
    const { body } = await api('POST', `${pathOf(client.client_id)}/secret`);
    expect(Math.round((body.previous_secrets_expire_at - Date.now() / 1000) / 3600)).toBe(24);
  });

  it('leaves one secret in force when many rotate at once', async () => {
    const client = await createClient(api, MACHINE);
    const path = `${pathOf(client.client_id)}/secret`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => api('POST', path, { body: { overlap: 0 } })));
    const works = await Promise.all(answers.map(({ body }) => getsToken(body)));
    expect(works.filter(Boolean)).toHaveLength(1);
  });

  it('has nothing to give to a client without a secret', async () => {
    const { status, body } = await api('POST', '/api/clients/spa/secret');
    expect([status, body.error]).toEqual([409, 'conflict']);
  });

  it.each([{ overlap: -1 }, { overlap: 1.5 }, { overlap: '600' }, { overlap: 1e12 }, { overlaps: 1 }])(
    'refuses %j',
    async (body) => {
      const answer = await api('POST', `/api/clients/machine/secret`, { body });
      expect(answer.status).toBe(400);
      expect(faultsOf(answer)).toEqual(Object.keys(body));
    },
  );
});

describe('what ends the access of a client', () => {
  const active = async (token: string): Promise<boolean> => (await introspect(server, token)).active;

  it('disabling it ends all that it was given, in the same step, and nothing more is given', async () => {
    const client = await createClient(api, {
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    const pending = await authorize(server, { client_id: client.client_id, scope: 'read' });
    const own = await clientCredentials(server, client);
    const { access_token, refresh_token } = await obtainTokens(server, client, { scope: 'profile read' });
    const { status, body } = await api('POST', `${pathOf(client.client_id)}/disable`);
    expect([status, body.disabled]).toEqual([200, true]);
    expect([await active(own.access_token), await active(access_token)]).toEqual([false, false]);
    expect(await getsToken(client)).toBe(false);

    const enabled = await api('POST', `${pathOf(client.client_id)}/enable`);
    expect([enabled.status, enabled.body.disabled]).toEqual([200, false]);
    expect(await active(access_token)).toBe(false);
    const refreshed = await tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token });
    expect(refreshed.status).toBe(400);
    await expect(redeem(server, client, pending)).rejects.toThrow('invalid_grant');
    expect(await getsToken(client)).toBe(true);
  });

  it('deleting it does so for good', async () => {
    const client = await createClient(api);
    const { access_token } = await obtainTokens(server, client, { scope: 'read' }, { user: USERS.bob });
    expect((await api('DELETE', pathOf(client.client_id))).status).toBe(204);
    expect(await active(access_token)).toBe(false);
    await createClient(api, { client_id: client.client_id });
    expect(await active(access_token)).toBe(false);
  });
});

it('shows who created a client on the pages', async () => {
  const { id } = await createUser(api);
  const { client_id } = await createClient(api);
  await query(server, 'UPDATE clients SET owner_id = $2 WHERE client_id = $1', [client_id, id]);
  expect((await api('GET', pathOf(client_id))).body.owner_id).toBe(id);
  expect((await api('GET', pathOf(CLIENTS.web.client_id))).body).not.toHaveProperty('owner_id');
});

it('the clients of a deleted account go with it, and what they were given', async () => {
  const { id } = await createUser(api);
  const client = await createClient(api);
  await query(server, 'UPDATE clients SET owner_id = $2 WHERE client_id = $1', [client.client_id, id]);
  const { access_token } = await obtainTokens(server, client, { scope: 'read' }, { user: USERS.bob });
  expect((await api('DELETE', `/api/users/${id}`)).status).toBe(204);
  expect((await api('GET', pathOf(client.client_id))).status).toBe(404);
  expect((await introspect(server, access_token)).active).toBe(false);
  expect(await query(server, 'SELECT FROM grants WHERE client_id = $1', [client.client_id])).toEqual([]);
});

it.each(['unknown', 'x'.repeat(255), 'x'.repeat(4000), '%F0%9F%98%80', "'"])(
  'the unknown client %s is not found, whatever is done with it',
  async (id) => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', {}],
      ['DELETE', '', undefined],
      ['POST', '/secret', {}],
      ['POST', '/disable', undefined],
      ['POST', '/enable', undefined],
    ] as const) {
      const answer = await api(method, `/api/clients/${id}${path}`, { body });
      expect([method, path, answer.status, answer.body?.error]).toEqual([method, path, 404, 'not_found']);
    }
  },
);
