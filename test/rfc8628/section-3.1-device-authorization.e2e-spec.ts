// The device asks for its codes.
// @see RFC 8628 §3.1, §3.2 https://www.rfc-editor.org/rfc/rfc8628#section-3.1
import { createHash } from 'node:crypto';
import { query } from '../support/database.js';
import { bootstrap, CLIENTS, DEVICE_CODE, RESOURCES } from '../support/fixtures.js';
import { postForm } from '../support/http.js';
import { sharedServer, startServer } from '../support/server.js';
import { poll, requestDevice, startDevice } from './device.js';

const server = sharedServer();
const { box, tv, web } = CLIENTS;
const ENDPOINT = `${server.url}/oauth/device_authorization`;

async function refusal(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { error: string }).error];
}

it('answers with the two codes, where to enter one, and how long and how often to poll (§3.2)', async () => {
  const response = await requestDevice(server);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const body = (await response.json()) as Record<string, unknown>;
  const user_code = body.user_code as string;
  expect(body).toEqual({
    device_code: expect.stringMatching(/^[A-Za-z0-9_-]{48}$/),
    user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
    verification_uri: `${server.issuer}/device`,
    verification_uri_complete: `${server.issuer}/device?user_code=${user_code}`,
    expires_in: 900,
    interval: 5,
  });
});

it('gives every device codes of its own', async () => {
  const devices = await Promise.all(Array.from({ length: 20 }, () => startDevice(server)));
  expect(new Set(devices.map(({ device_code }) => device_code)).size).toBe(20);
  expect(new Set(devices.map(({ user_code }) => user_code)).size).toBe(20);
});

it('is in the metadata with its grant type (§4)', async () => {
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    const document = (await (await fetch(`${server.url}/.well-known/${name}`)).json()) as Record<string, unknown>;
    expect(document.device_authorization_endpoint).toBe(`${server.issuer}/oauth/device_authorization`);
    expect(document.grant_types_supported).toContain(DEVICE_CODE);
  }
});

it('stores neither code in a way that can be presented or tried out', async () => {
  const { device_code, user_code } = await startDevice(server);
  const rows = await query<Record<string, unknown>>(server, 'SELECT * FROM device_codes');
  const stored = JSON.stringify(rows, (_, value: unknown) => {
    const buffer = value as { type?: string; data?: number[] } | null;
    return buffer?.type === 'Buffer' ? Buffer.from(buffer.data!).toString('hex') : value;
  });
  const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect(stored).toContain(hashOf(device_code));
  for (const text of [device_code, user_code, user_code.replace('-', '')]) {
    expect(stored).not.toContain(text);
    expect(stored).not.toContain(Buffer.from(text).toString('hex'));
  }
  expect(stored).not.toContain(hashOf(user_code));
  expect(stored).not.toContain(hashOf(user_code.replace('-', '')));
});

describe('the client', () => {
  it.each([
    ['without a name', {}],
    ['that nobody knows', { client_id: 'nobody' }],
    ['that should prove who it is', { client_id: 'box' }],
    ['with the wrong secret', { client_id: 'box', client_secret: 'wrong' }],
    ['with another method than the registered one', { client_id: 'box', client_secret: box.client_secret }],
  ])('%s is not authenticated (§3.1)', async (_, parameters) => {
    const response = await postForm(ENDPOINT, parameters);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await refusal(response)).toEqual([401, 'invalid_client']);
  });

  it('authenticates as at the token endpoint', async () => {
    expect((await requestDevice(server, box)).status).toBe(200);
  });

  it('must be registered for the grant type', async () => {
    expect(await refusal(await requestDevice(server, web))).toEqual([400, 'unauthorized_client']);
    expect(await refusal(await requestDevice(server, { client_id: 'spa' }))).toEqual([400, 'unauthorized_client']);
  });

  it('can register for it by itself (RFC 7591 §2)', async () => {
    const response = await fetch(`${server.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Lamp', grant_types: [DEVICE_CODE], token_endpoint_auth_method: 'none' }),
    });
    expect(response.status).toBe(201);
    const client = (await response.json()) as { client_id: string; grant_types: string[]; response_types: string[] };
    expect(client).toMatchObject({ grant_types: [DEVICE_CODE], response_types: [] });
    expect((await requestDevice(server, { client_id: client.client_id })).status).toBe(200);
  });
});

describe('what is asked for', () => {
  it('is checked at once', async () => {
    expect(await refusal(await requestDevice(server, tv, { scope: 'users:write' }))).toEqual([400, 'invalid_scope']);
    expect(await refusal(await requestDevice(server, tv, { scope: 'read "' }))).toEqual([400, 'invalid_scope']);
    expect(await refusal(await requestDevice(server, tv, { resource: 'https://unknown.example' }))).toEqual([
      400,
      'invalid_target',
    ]);
    const { identifier } = RESOURCES.opaque;
    expect(await refusal(await requestDevice(server, tv, { scope: 'write', resource: identifier }))).toEqual([
      400,
      'invalid_scope',
    ]);
    const formats = [RESOURCES.jwt.identifier, RESOURCES.opaque.identifier];
    expect(await refusal(await requestDevice(server, tv, { scope: 'read', resource: formats }))).toEqual([
      400,
      'invalid_target',
    ]);
  });

  it.each(['client_id', 'scope', 'nonce', 'client_secret'])('may not name %s twice (RFC 6749 §3.2)', async (name) => {
    const response = await postForm(ENDPOINT, { client_id: 'tv', [name]: ['tv', 'tv'] });
    expect((await refusal(response))[0]).toBe(400);
  });

  it('comes as a form by POST', async () => {
    const got = await fetch(`${ENDPOINT}?client_id=tv`);
    expect(got.headers.get('allow')).toBe('POST');
    expect(got.status).toBe(405);
    const json = await fetch(ENDPOINT, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: 'tv' }),
    });
    expect(await refusal(json)).toEqual([400, 'invalid_request']);
  });
});

describe('switched off', () => {
  it('there is neither endpoint nor page, and the grant type is not supported', async () => {
    const off = await startServer({ bootstrap: bootstrap(), options: { disabledGrantTypes: [DEVICE_CODE] } });
    expect((await requestDevice(off)).status).toBe(404);
    expect((await fetch(`${off.url}/device`, { redirect: 'manual' })).status).toBe(404);
    const document = (await (await fetch(`${off.url}/.well-known/openid-configuration`)).json()) as {
      grant_types_supported: string[];
    };
    expect(document).not.toHaveProperty('device_authorization_endpoint');
    expect(document.grant_types_supported).not.toContain(DEVICE_CODE);
    expect((await poll(off, { device_code: 'a'.repeat(48) })).body.error).toBe('unsupported_grant_type');
    await off.stop();
  });
});

describe('the options', () => {
  it('say how long codes live, and how many requests of public clients one address may send', async () => {
    const options = { lifetimes: { deviceCode: 60 }, deviceRequestsPerHour: 3 };
    const few = await startServer({ bootstrap: bootstrap(), options, env: { TRUST_PROXY: '1' } });
    const ask = (client_id: string, address: string): Promise<Response> =>
      postForm(`${few.url}/oauth/device_authorization`, { client_id }, { 'x-forwarded-for': address });
    const first = await ask('tv', '203.0.113.7');
    expect(await first.json()).toMatchObject({ expires_in: 60 });
    expect([(await ask('tv', '203.0.113.7')).status, (await ask('tv', '203.0.113.7')).status]).toEqual([200, 200]);
    const refused = await ask('tv', '203.0.113.7');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect(await refusal(refused)).toEqual([429, 'temporarily_unavailable']);
    expect((await ask('tv', '203.0.113.8')).status).toBe(200);
    // Who proves who it is answers for it.
    for (let times = 0; times < 5; times++) expect((await requestDevice(few, box)).status).toBe(200);
    await few.stop();
  });
});
