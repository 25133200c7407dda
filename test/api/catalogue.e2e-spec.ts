// Scopes and protected resources over the administration API.
// @see RFC 8707 §2 https://www.rfc-editor.org/rfc/rfc8707#section-2
import { CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect, obtainTokens, tokenRequest } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { apiOf, createClient, createUser, faultsOf, unique } from './api.js';

const server = sharedServer();
const api = apiOf(server);
const scopePath = (name: string): string => `/api/scopes/${encodeURIComponent(name)}`;
const resourcePath = (identifier: string): string => `/api/resources/${encodeURIComponent(identifier)}`;

interface Scope {
  name: string;
  description: string;
  administrative: boolean;
  built_in: boolean;
}

describe('/api/scopes', () => {
  it('lists the built-in scopes and one’s own, in words', async () => {
    const { items } = (await api('GET', '/api/scopes')).body as { items: Scope[] };
    expect(items.find(({ name }) => name === 'openid')).toMatchObject({ built_in: true, administrative: false });
    expect(items.find(({ name }) => name === 'users:write')).toMatchObject({ built_in: true, administrative: true });
    expect(items.find(({ name }) => name === 'read')).toEqual({
      name: 'read',
      description: 'Read your things',
      built_in: false,
      administrative: false,
    });
  });

  it('creates, reads, changes and deletes a scope', async () => {
    const name = unique('urn:example:scope/a?b');
    const created = await api('POST', '/api/scopes', { body: { name, description: 'See it' } });
    const scope = { name, description: 'See it', administrative: false, built_in: false };
    expect([created.status, created.body]).toEqual([201, scope]);
    expect(created.headers.get('location')).toBe(server.issuer + scopePath(name));
    expect((await api('GET', scopePath(name))).body).toEqual(scope);
    const changed = await api('PATCH', scopePath(name), { body: { description: 'Look at it' } });
    expect(changed.body).toEqual({ ...scope, description: 'Look at it' });
    expect((await api('PATCH', scopePath(name), { body: { description: null } })).body.description).toBe(name);
    expect((await api('DELETE', scopePath(name))).status).toBe(204);
    expect((await api('GET', scopePath(name))).status).toBe(404);
    expect((await api('DELETE', scopePath(name))).status).toBe(404);
    expect((await api('PATCH', scopePath(name), { body: {} })).status).toBe(404);
  });

  it('is told by the metadata at once', async () => {
    const name = unique('scope');
    await api('POST', '/api/scopes', { body: { name } });
    const metadata = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
    expect(((await metadata.json()) as { scopes_supported: string[] }).scopes_supported).toContain(name);
  });

  it('gives a built-in scope other words, and its own back with null, but never deletes it', async () => {
    const path = scopePath('phone');
    const { body: before } = await api('GET', path);
    expect((await api('PATCH', path, { body: { description: 'Ring you up' } })).body).toEqual({
      ...before,
      description: 'Ring you up',
    });
    expect((await api('PATCH', path, { body: { description: null } })).body).toEqual(before);
    const { status, body } = await api('DELETE', path);
    expect([status, body.error]).toEqual([409, 'conflict']);
  });

  it.each(['openid', 'users:write', 'read'])('refuses to create %s, which there is, as a conflict', async (name) => {
    const answer = await api('POST', '/api/scopes', { body: { name } });
    expect(answer.status).toBe(409);
    expect(faultsOf(answer)).toEqual(['name']);
  });

  it.each([
    [{}, 'name'],
    [{ name: 'a b' }, 'name'],
    [{ name: 'ü' }, 'name'],
    [{ name: 'x'.repeat(201) }, 'name'],
    [{ name: 'ok', description: '' }, 'description'],
    [{ name: 'ok', description: 7 }, 'description'],
    [{ name: 'ok', built_in: true }, 'built_in'],
  ])('refuses %j', async (body, member) => {
    const answer = await api('POST', '/api/scopes', { body });
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toEqual([member]);
  });

  it('does not rename a scope', async () => {
    const answer = await api('PATCH', '/api/scopes/read', { body: { name: 'other' } });
    expect([answer.status, faultsOf(answer)]).toEqual([400, ['name']]);
  });
});

describe('/api/resources', () => {
  const identifierOf = (): string => `https://${unique('api')}.example/v1?a=b&c=%2F`;

  it('creates, reads, changes and deletes a resource', async () => {
    const identifier = identifierOf();
    const resource = {
      identifier,
      name: 'An API',
      scopes: ['read'],
      access_token_format: 'jwt',
      introspection_clients: ['api'],
    };
    const created = await api('POST', '/api/resources', { body: resource });
    expect([created.status, created.body]).toEqual([201, resource]);
    expect(created.headers.get('location')).toBe(server.issuer + resourcePath(identifier));
    expect((await api('GET', resourcePath(identifier))).body).toEqual(resource);
    const changed = await api('PATCH', resourcePath(identifier), { body: { name: null, access_token_format: null } });
    const { access_token_format: _, ...rest } = resource;
    expect(changed.body).toEqual({ ...rest, name: identifier });
    expect((await api('DELETE', resourcePath(identifier))).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await api(method, resourcePath(identifier))).status).toBe(404);
    expect((await api('PATCH', resourcePath(identifier), { body: {} })).status).toBe(404);
  });

  it('is in force at once', async () => {
    const identifier = identifierOf();
    const asked = { grant_type: 'client_credentials', resource: identifier, scope: 'write' };
    const ask = async (): Promise<string> => {
      const answer = (await (await tokenRequest(server, CLIENTS.machine, asked)).json()) as { error?: string };
      return answer.error ?? 'issued';
    };
    expect(await ask()).toBe('invalid_target');
    await api('POST', '/api/resources', { body: { identifier, scopes: ['read'] } });
    expect(await ask()).toBe('invalid_scope');
    await api('PATCH', resourcePath(identifier), { body: { scopes: ['read', 'write'] } });
    expect(await ask()).toBe('issued');
    await api('DELETE', resourcePath(identifier));
    expect(await ask()).toBe('invalid_target');
  });

  it('ends what was bound to a resource when it is deleted, and nothing else', async () => {
    const identifier = identifierOf();
    await api('POST', '/api/resources', { body: { identifier, scopes: ['read'], introspection_clients: ['api'] } });
    const user = await createUser(api);
    const bound = await clientCredentials(server, CLIENTS.machine, { resource: identifier, scope: 'read' });
    const granted = await obtainTokens(server, CLIENTS.spa, { resource: identifier, scope: 'read' }, { user });
    const free = await obtainTokens(server, CLIENTS.spa, { scope: 'read' }, { user });
    const active = async ({ access_token }: { access_token: string }) =>
      (await introspect(server, access_token)).active;
    expect(await Promise.all([bound, granted, free].map(active))).toEqual([true, true, true]);
    await api('DELETE', resourcePath(identifier));
    expect(await Promise.all([bound, granted, free].map(active))).toEqual([false, false, true]);
    const { refresh_token } = granted;
    expect((await tokenRequest(server, CLIENTS.spa, { grant_type: 'refresh_token', refresh_token })).status).toBe(400);
  });

  it('lists a page at a time, by identifier', async () => {
    const identifiers = Array.from({ length: 3 }, identifierOf).sort();
    for (const identifier of identifiers) await api('POST', '/api/resources', { body: { identifier } });
    const seen: string[] = [];
    for (let path = '/api/resources?limit=2'; path;) {
      const { body } = await api('GET', path);
      seen.push(...body.items.map((one: { identifier: string }) => one.identifier));
      path = body.next && `/api/resources?limit=2&after=${body.next}`;
    }
    expect(seen.filter((one) => identifiers.includes(one))).toEqual(identifiers);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('refuses an identifier that is taken as a conflict, also when many ask at once', async () => {
    const body = { identifier: identifierOf() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => api('POST', '/api/resources', { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  it.each([
    [{}, ['identifier']],
    [{ identifier: 'no uri' }, ['identifier']],
    [{ identifier: 'https://a.example/#fragment' }, ['identifier']],
    [{ identifier: 7, name: 8, scopes: 9 }, ['identifier', 'name', 'scopes']],
    [{ identifier: 'https://a.example', scopes: ['a b'] }, ['scopes[0]']],
    [{ identifier: 'https://a.example', access_token_format: 'xml' }, ['access_token_format']],
    [{ identifier: 'https://a.example', introspection_clients: ['a b'] }, ['introspection_clients[0]']],
    [{ identifier: 'https://a.example', owner: 'me' }, ['owner']],
  ])('refuses %j', async (body, members) => {
    const answer = await api('POST', '/api/resources', { body });
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toEqual(members);
  });

  it('takes an identifier as long as can be', async () => {
    const identifier = `urn:${'%'.repeat(1990)}`.padEnd(2000, 'x').replaceAll('%', '%25').slice(0, 2000);
    await api('DELETE', resourcePath(identifier));
    expect((await api('POST', '/api/resources', { body: { identifier } })).status).toBe(201);
    expect((await api('GET', resourcePath(identifier))).body.identifier).toBe(identifier);
    expect((await api('DELETE', resourcePath(identifier))).status).toBe(204);
  });
});

it('clients may name resources that are created later', async () => {
  const identifier = `https://${unique('later')}.example`;
  const client = await createClient(api, {
    grant_types: ['client_credentials'],
    scope: 'read',
    resources: [identifier],
  });
  await api('POST', '/api/resources', { body: { identifier, scopes: ['read'] } });
  expect((await clientCredentials(server, client, { resource: identifier })).scope).toBe('read');
});
