// Scope: what is asked is given or refused, never quietly less; what is not asked has a default that is told.
// @see RFC 6749 §3.3 https://www.rfc-editor.org/rfc/rfc6749#section-3.3
import { ask } from '../support/authorization-request.js';
import { createClient } from '../support/clients.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { authorize, clientCredentials, introspect, redeem, signIn, tokenRequest } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { machine, trusted, web, password, administrator } = CLIENTS;
const MACHINE = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], skip_consent: undefined };

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

const invalidScope = { error: 'invalid_scope' };

describe('scope that is asked', () => {
  it('is given as asked, in the order asked, each value once (§3.3)', async () => {
    const { scope, access_token } = await clientCredentials(server, machine, { scope: 'write read write' });
    expect(scope).toBe('write read');
    expect(await introspect(server, access_token)).toMatchObject({ scope: 'write read' });
  });

  it('may be less than what the client is registered for (§3.3)', async () => {
    expect((await clientCredentials(server, machine, { scope: 'read' })).scope).toBe('read');
  });

  it('may have more than one space between its values (§3.3)', async () => {
    expect((await clientCredentials(server, machine, { scope: ' read  write ' })).scope).toBe('read write');
  });

  it.each([
    ['unknown', 'nonsense'],
    ['known, but not the client’s', 'profile'],
    ['partly the client’s', 'read nonsense'],
    ['the client’s in another case', 'READ'],
    ['a part of a value', 'rea'],
    ['a pattern', '*'],
    ['an administration scope', 'users:read'],
    ['a scope of OpenID Connect', 'openid'],
    ['separated by commas', 'read,write'],
    ['separated by a tab', 'read\twrite'],
    ['separated by a line break', 'read\nwrite'],
    ['quoted', '"read"'],
    ['with a backslash', 'read\\'],
    ['not ASCII', 'réad'],
    ['of 5 000 characters', 'x'.repeat(5000)],
    ['named as a property of objects', 'constructor'],
  ])('is refused when it is %s, never dropped (§3.3, §5.2)', async (_, scope) => {
    const response = await tokenRequest(server, machine, { grant_type: 'client_credentials', scope });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject(invalidScope);
  });

  it.each(['nonsense', 'read nonsense', 'users:read', '"', 'READ'])(
    'is refused at the authorization endpoint as well, before anybody signs in: %s (§4.1.2.1)',
    async (scope) => {
      for (const browser of [undefined, jar]) {
        const answer = await ask(server, { client_id: web.client_id, scope }, { jar: browser });
        expect(answer).toMatchObject({ kind: 'answer', params: invalidScope });
      }
    },
  );

  it('is refused at the password grant as well (§4.3.2)', async () => {
    const { username, password: secret } = USERS.alice;
    const response = await tokenRequest(server, password, {
      grant_type: 'password',
      username,
      password: secret,
      scope: 'read write',
    });
    expect(await response.json()).toMatchObject(invalidScope);
  });

  it('is refused to a client that is registered for none (§3.3)', async () => {
    const none = await createClient(server, { ...MACHINE, scope: undefined });
    const response = await tokenRequest(server, none, { grant_type: 'client_credentials', scope: 'read' });
    expect(await response.json()).toMatchObject(invalidScope);
  });

  it('reaches the user’s grant unchanged (§3.3, §5.1)', async () => {
    const { code, verifier } = await authorize(server, { client_id: trusted.client_id, scope: 'read profile' }, jar);
    const redirectUri = trusted.redirect_uris[0];
    expect((await redeem(server, trusted, { code, verifier, redirectUri })).scope).toBe('read profile');
  });
});

describe('scope that is not asked', () => {
  it('is the client’s default_scope, and the answer says so (§3.3)', async () => {
    const client = await createClient(server, { ...MACHINE, scope: 'read write', default_scope: 'write' });
    expect((await clientCredentials(server, client)).scope).toBe('write');
    expect((await clientCredentials(server, client, { scope: '' })).scope).toBe('write');
    expect((await clientCredentials(server, client, { scope: ' ' })).scope).toBe('write');
  });

  it('is else all that the client is registered for, but for openid, offline_access and administration (interface)', async () => {
    const { code, verifier } = await authorize(server, { client_id: trusted.client_id }, jar);
    const tokens = await redeem(server, trusted, { code, verifier, redirectUri: trusted.redirect_uris[0] });
    expect(tokens.scope).toBe('profile read write');
    const mixed = await createClient(server, { ...MACHINE, scope: 'users:read read tokens:write' });
    expect((await clientCredentials(server, mixed)).scope).toBe('read');
  });

  it('is nothing for a client that has nothing else, and the answer says even that (§3.3)', async () => {
    const none = await createClient(server, { ...MACHINE, scope: undefined });
    expect((await clientCredentials(server, none)).scope).toBe('');
    expect((await clientCredentials(server, administrator)).scope).toBe('');
  });
});

describe('administration scope', () => {
  it('is for machines that are registered for it', async () => {
    expect((await clientCredentials(server, administrator, { scope: 'users:read' })).scope).toBe('users:read');
  });

  it('is for users who are administrators, and for nobody else', async () => {
    const client = await createClient(server, { scope: 'read users:read' });
    const asked = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'users:read' };
    expect(await ask(server, asked, { jar })).toMatchObject({ kind: 'answer', params: invalidScope });
    const { params } = await authorize(server, asked, { user: USERS.admin });
    expect(params).toHaveProperty('code');
  });
});
