// Resource indicators at the authorization request: where the tokens will be used, and what people see of it.
// @see RFC 8707 §2, §2.1 https://www.rfc-editor.org/rfc/rfc8707#section-2.1
import { CLIENTS, RESOURCES } from '../support/fixtures.js';
import { authorize, baseOf, introspect, obtainTokens, redeem, signIn, signUp, tokenRequest } from '../support/flow.js';
import { plainText } from '../support/html.js';
import { form, pkce, visit, type CookieJar, type ParameterMap } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { implicit, web } = CLIENTS;
const API = RESOURCES.jwt.identifier;
const FILES = RESOURCES.opaque.identifier;
const CALENDAR = RESOURCES.calendar.identifier;
const ANY = RESOURCES.any.identifier;

/** The response to a request that needs no page, from a browser that is signed in and has consented. */
async function respond(params: ParameterMap, jar?: CookieJar): Promise<Record<string, string>> {
  return (await authorize(server, { client_id: web.client_id, scope: 'read', ...params }, jar ?? {})).params;
}

describe('a resource (§2)', () => {
  it.each([
    ['that is unknown', 'https://unknown.example.com'],
    ['that is relative', '/api'],
    ['that is a bare host', 'api.example.com'],
    ['that is no URI', 'not a uri'],
    ['with a fragment', `${API}#fragment`],
    ['with an empty fragment', `${API}#`],
    ['with a slash more than the registered one', `${API}/`],
    ['in another case', 'https://API.example.com'],
    ['with a port more', 'https://api.example.com:443'],
    ['with spaces around', ` ${API} `],
    ['with two in one value', `${API} ${FILES}`],
    ['as JSON', `["${API}"]`],
    ['that is very long', `https://api.example.com/${'x'.repeat(4000)}`],
  ])('%s is invalid_target, sent to the client with state and iss', async (_, resource) => {
    expect(await respond({ resource, state: 'kept' })).toEqual({
      error: 'invalid_target',
      error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
      state: 'kept',
      iss: server.issuer,
    });
  });

  it('unknown beside a known one is invalid_target', async () => {
    expect(await respond({ resource: [API, 'https://unknown.example.com'] })).toMatchObject({
      error: 'invalid_target',
    });
    expect(await respond({ resource: ['https://unknown.example.com', API] })).toMatchObject({
      error: 'invalid_target',
    });
  });

  it('that is empty counts as none (RFC 6749 §3.1)', async () => {
    const { access_token } = await obtainTokens(server, web, { scope: 'read', resource: '' });
    expect(await introspect(server, access_token)).toMatchObject({ active: true, aud: server.issuer });
  });

  it('may have a path and a query, and be any URI scheme', async () => {
    for (const resource of [CALENDAR, ANY]) {
      const { access_token } = await obtainTokens(server, web, { scope: 'read', resource });
      expect(await introspect(server, access_token, web)).toMatchObject({ active: true, aud: resource });
    }
  });

  it('may be sent several times, by GET and by POST, and counts once', async () => {
    for (const method of ['GET', 'POST'] as const) {
      const request = { client_id: web.client_id, scope: 'read', resource: [API, CALENDAR, API] };
      const authorization = await authorize(server, request, { method });
      const { access_token } = await redeem(server, web, authorization);
      expect(await introspect(server, access_token)).toMatchObject({ active: true, aud: [API, CALENDAR] });
    }
  });

  it('must not be misread from resource[]', async () => {
    const { access_token } = await obtainTokens(server, web, { scope: 'read', 'resource[]': API, 'resource[0]': API });
    expect(await introspect(server, access_token)).toMatchObject({ aud: server.issuer });
  });
});

describe('scope and resource (§2.1)', () => {
  it('a scope that belongs to none of the resources is invalid_scope', async () => {
    expect(await respond({ scope: 'write', resource: FILES })).toMatchObject({ error: 'invalid_scope' });
    expect(await respond({ scope: 'read write', resource: FILES })).toMatchObject({ error: 'invalid_scope' });
  });

  it('a scope that belongs to one of several resources is granted', async () => {
    const { scope } = await obtainTokens(server, web, { scope: 'read write', resource: [API, CALENDAR] });
    expect(scope).toBe('read write');
  });

  it('scopes about the user fit every resource', async () => {
    const { scope } = await obtainTokens(server, web, { scope: 'profile email read', resource: FILES });
    expect(scope).toBe('profile email read');
  });

  it('without scope the default is cut to what the resources take, never widened', async () => {
    const { scope } = await obtainTokens(server, web, { resource: FILES });
    expect(scope.split(' ').sort()).toEqual(['profile', 'read']);
  });
});

describe('the code (§2.1, §2.2)', () => {
  it('gives tokens for what was asked at the authorization request, without asking again', async () => {
    const { access_token } = await obtainTokens(server, web, { scope: 'read', resource: API });
    expect(await introspect(server, access_token)).toMatchObject({ active: true, aud: API });
  });

  it('may carry resources of two formats: the token request picks among them', async () => {
    const authorization = await authorize(server, { client_id: web.client_id, scope: 'read', resource: [API, FILES] });
    const { access_token } = await redeem(server, web, authorization, { resource: FILES });
    expect(await introspect(server, access_token)).toMatchObject({ active: true, aud: FILES });
  });
});

describe('the consent page (§2.1)', () => {
  it('shows the resources', async () => {
    const user = await signUp(server);
    const query = form({
      response_type: 'code',
      client_id: web.client_id,
      redirect_uri: web.redirect_uris[0],
      scope: 'read',
      resource: [API, FILES],
      ...pkce().parameters,
    });
    const asked = await visit(user.jar, `${baseOf(server)}/oauth/authorize?${query.toString()}`);
    const page = await visit(user.jar, new URL(asked.headers.get('location')!, server.url));
    const text = plainText(await page.text());
    for (const { identifier, name } of [RESOURCES.jwt, RESOURCES.opaque]) {
      expect(text).toContain(name);
      expect(text).toContain(identifier);
    }
    expect(text).not.toContain(RESOURCES.calendar.name);
  });

  it('is shown again when a resource is asked for that was not allowed before', async () => {
    const { jar } = await signUp(server);
    const ask = async (resource?: string | string[]): Promise<string[]> =>
      (await authorize(server, { client_id: web.client_id, scope: 'read', resource }, jar)).pages;
    expect(await ask()).toEqual(['consent']);
    expect(await ask()).toEqual([]);
    expect(await ask(API)).toEqual(['consent']);
    expect(await ask(API)).toEqual([]);
    expect(await ask([API, FILES])).toEqual(['consent']);
    expect(await ask(FILES)).toEqual([]);
  });

  it('is asked for by prompt=none, when the resource was not allowed (OIDC Core §3.1.2.6)', async () => {
    const { jar } = await signUp(server);
    await authorize(server, { client_id: web.client_id, scope: 'read' }, jar);
    expect(await respond({ prompt: 'none' }, jar)).toHaveProperty('code');
    expect(await respond({ prompt: 'none', resource: API }, jar)).toMatchObject({ error: 'consent_required' });
  });
});

describe('the implicit grant (§2.1)', () => {
  const ask = async (resource: string | string[]): Promise<Record<string, string>> =>
    (
      await authorize(server, {
        client_id: implicit.client_id,
        response_type: 'token',
        scope: 'read',
        resource,
        code_challenge: undefined,
        code_challenge_method: undefined,
      })
    ).params;

  it('gives a token that is bound to the resource', async () => {
    const { access_token } = await ask(FILES);
    expect(await introspect(server, access_token)).toMatchObject({ active: true, aud: FILES });
    expect((await ask(API)).access_token.split('.')).toHaveLength(3);
  });

  it('refuses two formats in one token, in the fragment', async () => {
    expect(await ask([API, FILES])).toMatchObject({ error: 'invalid_target', iss: server.issuer });
  });
});

it('keeps the resources of a request through sign-in and consent (§2.1)', async () => {
  const user = await signUp(server);
  const authorization = await authorize(server, { client_id: web.client_id, scope: 'read', resource: FILES }, { user });
  expect(authorization.pages).toEqual(['sign-in', 'consent']);
  const { access_token } = await redeem(server, web, authorization);
  expect(await introspect(server, access_token)).toMatchObject({ aud: FILES });
});

it('refuses what an authorization without resource did not grant (§2.2)', async () => {
  const jar = await signIn(server);
  const authorization = await authorize(server, { client_id: web.client_id, scope: 'read' }, jar);
  const response = await tokenRequest(server, web, {
    grant_type: 'authorization_code',
    code: authorization.code,
    code_verifier: authorization.verifier,
    redirect_uri: web.redirect_uris[0],
    resource: API,
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'invalid_target' });
});
