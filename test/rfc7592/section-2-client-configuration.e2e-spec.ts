// How a client manages its registration.
// @see RFC 7592 §2, §3 https://www.rfc-editor.org/rfc/rfc7592#section-2
import { administer, createClient } from '../support/clients.js';
import { clientCredentials, introspect, obtainTokens, tokenRequest } from '../support/flow.js';
import { manage, METADATA, REDIRECT_URI, refusal, register, type Registered } from '../support/registration.js';
import { sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const NEVER_SENT = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/** What an update sends: all that was answered but what must not be sent. */
function updateOf(client: Registered, changes: object = {}): Record<string, unknown> {
  const kept = Object.entries(client).filter(([name]) => !NEVER_SENT.includes(name));
  return { ...Object.fromEntries(kept), ...changes };
}

async function update(client: Registered, changes: object = {}): Promise<Registered> {
  const response = await manage(client, 'PUT', updateOf(client, changes));
  if (response.status !== 200) throw new Error(`PUT: ${response.status} ${await response.text()}`);
  return (await response.json()) as Registered;
}

const works = async (client: Registered): Promise<boolean> => (await manage(client, 'GET')).status === 200;

describe('the registration access token (§1.3, §2)', () => {
  it.each(['GET', 'PUT', 'DELETE'])('is needed to %s', async (method) => {
    const client = await register(server);
    const response = await fetch(client.registration_client_uri, { method });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="registration"');
    expect(await works(client)).toBe(true);
  });

  it.each(['GET', 'PUT', 'DELETE'])(
    'answers %s the same for a wrong token, the token of another client and an unknown client',
    async (method) => {
      const [one, other] = [await register(server), await register(server)];
      const unknown = one.registration_client_uri.replace(one.client_id, 'unknown');
      const wrong = { ...one, registration_access_token: 'x'.repeat(48) };
      const byOther = { ...one, registration_access_token: other.registration_access_token };
      const answers: unknown[] = [];
      for (const attempt of [wrong, byOther, { ...one, registration_client_uri: unknown }]) {
        const response = await manage(attempt, method, method === 'PUT' ? updateOf(one) : undefined);
        const { status, headers } = response;
        answers.push([status, headers.get('www-authenticate'), await response.text()]);
      }
      expect(answers[0]).toEqual([401, expect.stringContaining('error="invalid_token"'), expect.any(String)]);
      expect(answers).toEqual([answers[0], answers[0], answers[0]]);
      expect(await works(one)).toBe(true);
    },
  );

  it('is not the secret, nor an access token, of the client', async () => {
    const client = await register(server, { grant_types: ['client_credentials'], scope: 'read' });
    const { access_token: accessToken } = await clientCredentials(server, client);
    for (const token of [client.client_secret!, accessToken])
      expect((await manage({ ...client, registration_access_token: token }, 'GET')).status).toBe(401);
  });

  it('is no access token', async () => {
    const client = await register(server);
    const headers = { authorization: `Bearer ${client.registration_access_token}` };
    expect((await fetch(`${server.url}/api/me`, { headers })).status).toBe(401);
    expect(await introspect(server, client.registration_access_token)).toEqual({ active: false });
  });

  it('is not there for clients that others made', async () => {
    const [made, registered] = [await createClient(server), await register(server)];
    const uri = `${server.issuer}/oauth/register/${made.client_id}`;
    expect((await manage({ ...registered, registration_client_uri: uri }, 'GET')).status).toBe(401);
  });

  it('is of no use to a client that an administrator has disabled', async () => {
    const client = await register(server);
    await administer(server, 'POST', `/api/clients/${client.client_id}/disable`);
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await manage(client, method, method === 'PUT' ? updateOf(client) : undefined)).status).toBe(403);
  });

  it('is not taken with POST or PATCH', async () => {
    const client = await register(server);
    for (const method of ['POST', 'PATCH']) {
      const response = await manage(client, method, updateOf(client));
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, PUT, DELETE']);
    }
  });
});

describe('GET (§2.1)', () => {
  it('answers all that is registered, with a token that works on', async () => {
    const client = await register(server, { ...METADATA, client_name: 'Reader', 'client_name#de': 'Leser' });
    const response = await manage(client, 'GET');
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { client_secret: _secret, client_secret_expires_at: _expiry, ...rest } = client;
    const read = (await response.json()) as Registered;
    expect(read).toEqual(rest);
    expect(await works(read)).toBe(true);
  });
});

describe('PUT (§2.2)', () => {
  it('replaces the metadata, and what is not sent has its default again', async () => {
    const client = await register(server, {
      ...METADATA,
      client_name: 'Before',
      'client_name#de': 'Vorher',
      logo_uri: 'https://registered.example/logo.png',
      scope: 'openid read',
      grant_types: ['authorization_code', 'refresh_token'],
    });
    const response = await manage(client, 'PUT', {
      client_id: client.client_id,
      client_name: 'After',
      redirect_uris: ['https://registered.example/new'],
    });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const after = (await response.json()) as Registered;
    expect(after).toMatchObject({
      client_id: client.client_id,
      client_id_issued_at: client.client_id_issued_at,
      registration_client_uri: client.registration_client_uri,
      client_name: 'After',
      redirect_uris: ['https://registered.example/new'],
      grant_types: ['authorization_code'],
      scope: 'openid profile email address phone offline_access',
    });
    for (const gone of ['client_name#de', 'logo_uri', 'client_secret']) expect(after).not.toHaveProperty([gone]);
    expect(await (await manage(after, 'GET')).json()).toEqual(after);
  });

  it('rotates the token: the one before is refused (§3)', async () => {
    const client = await register(server);
    const after = await update(client);
    expect(after.registration_access_token).not.toBe(client.registration_access_token);
    expect((await manage(client, 'GET')).status).toBe(401);
    expect((await manage(client, 'PUT', updateOf(client))).status).toBe(401);
    expect((await manage(client, 'DELETE')).status).toBe(401);
    expect(await works(after)).toBe(true);
  });

  it('has one winner of many at once with the same token', async () => {
    const client = await register(server);
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        manage(client, 'PUT', updateOf(client, { client_name: `Name ${index}` })),
      ),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(401)]);
    const winner = (await all.find(({ status }) => status === 200)!.json()) as Registered;
    expect(await (await manage(winner, 'GET')).json()).toMatchObject({ client_name: winner.client_name });
  });

  it('takes the secret when it is the right one', async () => {
    const client = await register(server, { grant_types: ['client_credentials'], scope: 'read' });
    const after = await update(client, { client_secret: client.client_secret });
    expect(after).not.toHaveProperty('client_secret');
    expect((await clientCredentials(server, { ...after, client_secret: client.client_secret })).scope).toBe('read');
  });

  it.each<[string, object]>([
    ['client_id', { client_id: 'other' }],
    ['client_id', { client_id: undefined }],
    ['client_secret', { client_secret: 'x'.repeat(43) }],
    ['client_secret', { client_secret: 7 }],
    ['registration_access_token', { registration_access_token: 'x' }],
    ['registration_client_uri', { registration_client_uri: 'https://x.example/' }],
    ['client_secret_expires_at', { client_secret_expires_at: 0 }],
    ['client_id_issued_at', { client_id_issued_at: 1 }],
  ])('refuses a %s that is not to be sent, or another one, and changes nothing', async (member, changes) => {
    const client = await register(server);
    const response = await manage(client, 'PUT', updateOf(client, { client_name: 'Changed', ...changes }));
    const [status, code, description] = await refusal(response);
    expect([status, code]).toEqual([400, 'invalid_client_metadata']);
    expect(description.startsWith(`${member} `)).toBe(true);
    expect(await (await manage(client, 'GET')).json()).not.toHaveProperty('client_name');
  });

  it('refuses bad metadata with the codes of registration, and the token stays', async () => {
    const client = await register(server);
    for (const [code, changes] of [
      ['invalid_redirect_uri', { redirect_uris: ['javascript:alert(1)'] }],
      ['invalid_client_metadata', { token_endpoint_auth_method: 'unknown' }],
    ] as const)
      expect((await refusal(await manage(client, 'PUT', updateOf(client, changes)))).slice(0, 2)).toEqual([400, code]);
    expect(await works(client)).toBe(true);
  });

  it.each([{ scope: 'clients:write' }, { skip_consent: true }, { require_pkce: false }, { grant_types: ['password'] }])(
    'widens no right: %j',
    async (changes) => {
      const client = await register(server);
      expect((await refusal(await manage(client, 'PUT', updateOf(client, changes)))).slice(0, 2)).toEqual([
        400,
        'invalid_client_metadata',
      ]);
    },
  );

  it('keeps what an administrator has given, and does not get it back', async () => {
    const client = await register(server);
    await administer(server, 'PATCH', `/api/clients/${client.client_id}`, { skip_consent: true });
    const kept = await update(client, { skip_consent: true });
    expect(kept.skip_consent).toBe(true);
    const dropped = await update(kept, { skip_consent: undefined });
    expect((await manage(dropped, 'PUT', updateOf(dropped, { skip_consent: true }))).status).toBe(400);
  });

  it('does not bring back a right that an administrator takes at the same moment', async () => {
    const client = await register(server);
    await administer(server, 'PATCH', `/api/clients/${client.client_id}`, { skip_consent: true });
    let present = (await (await manage(client, 'GET')).json()) as Registered;
    const taken = administer(server, 'PATCH', `/api/clients/${client.client_id}`, { skip_consent: null });
    for (let attempt = 0; attempt < 20; attempt++) {
      const response = await manage(present, 'PUT', updateOf(present, { skip_consent: true }));
      if (response.status === 200) present = (await response.json()) as Registered;
      else expect([400, 503]).toContain(response.status);
    }
    expect((await taken).status).toBe(200);
    expect(await (await manage(present, 'GET')).json()).not.toHaveProperty('skip_consent');
  });

  it('gives a secret to who needs one from now on, and takes it from who does not', async () => {
    const machine = { grant_types: ['client_credentials'], scope: 'read', redirect_uris: [] };
    const spa = await register(server, { ...METADATA, token_endpoint_auth_method: 'none' });
    const confidential = await update(spa, {
      token_endpoint_auth_method: 'client_secret_post',
      ...machine,
      response_types: [],
    });
    expect(confidential).toMatchObject({
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
      client_secret_expires_at: 0,
    });
    expect((await clientCredentials(server, confidential)).scope).toBe('read');

    const jwt = await update(confidential, { token_endpoint_auth_method: 'client_secret_jwt' });
    expect(jwt.client_secret).toMatch(/^[\w-]{43}$/);
    expect(jwt.client_secret).not.toBe(confidential.client_secret);

    const open = await update(jwt, {
      client_secret: undefined,
      token_endpoint_auth_method: 'none',
      ...METADATA,
      grant_types: undefined,
      response_types: undefined,
    });
    expect(open).not.toHaveProperty('client_secret');
    const back = await update(open, {
      token_endpoint_auth_method: 'client_secret_post',
      ...machine,
      response_types: [],
    });
    for (const former of [confidential, jwt]) {
      const attempt = { ...back, client_secret: former.client_secret };
      expect((await tokenRequest(server, attempt, { grant_type: 'client_credentials' })).status).toBe(401);
    }
  });
});

describe('DELETE (§2.3)', () => {
  it('is done also where the request names the type of a body that it does not have', async () => {
    const client = await register(server);
    const headers = {
      authorization: `Bearer ${client.registration_access_token}`,
      'content-type': 'application/json',
    };
    const response = await fetch(client.registration_client_uri, { method: 'DELETE', headers });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await works(client)).toBe(false);
  });

  it('is 204, and ends everything of the client', async () => {
    const client = await register(server, {
      ...METADATA,
      scope: 'profile read',
      grant_types: ['authorization_code', 'refresh_token'],
    });
    const tokens = await obtainTokens(server, client, { redirect_uri: REDIRECT_URI, scope: 'profile' });
    const response = await manage(client, 'DELETE');
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await manage(client, 'GET')).status).toBe(401);
    expect((await manage(client, 'DELETE')).status).toBe(401);
    expect(await introspect(server, tokens.access_token)).toEqual({ active: false });
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect((await tokenRequest(server, client, refresh)).status).toBe(401);
  });
});

describe('on two instances', () => {
  it('is managed at one, and known at the other', async () => {
    const second = await startServer({ database: server.database });
    const client = await register(server, { grant_types: ['client_credentials'], scope: 'read' });
    const there = { ...client, registration_client_uri: `${second.url}/oauth/register/${client.client_id}` };
    expect((await clientCredentials(second, client)).scope).toBe('read');
    const response = await manage(there, 'PUT', updateOf(client, { token_endpoint_auth_method: 'client_secret_post' }));
    expect(response.status).toBe(200);
    const after = { ...((await response.json()) as Registered), client_secret: client.client_secret };
    expect((await clientCredentials(server, after)).scope).toBe('read');
    expect((await manage(client, 'DELETE')).status).toBe(401);
    expect((await manage({ ...after, registration_client_uri: client.registration_client_uri }, 'DELETE')).status).toBe(
      204,
    );
    expect((await tokenRequest(second, after, { grant_type: 'client_credentials' })).status).toBe(401);
    await second.stop();
  }, 60_000);
});
