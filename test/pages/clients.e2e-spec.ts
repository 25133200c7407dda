// Clients that people make for themselves: theirs alone, without the rights that only an administrator gives.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { CLIENTS, USERS } from '../support/fixtures.js';
import {
  administratorToken,
  authorize,
  introspect,
  obtainTokens,
  redeem,
  signIn,
  signUp,
  tokenRequest,
} from '../support/flow.js';
import { hasId, textOf } from '../support/html.js';
import { CookieJar, form, type ParameterMap } from '../support/http.js';
import { query } from '../support/database.js';
import { sharedServer } from '../support/server.js';
import { ask, createClient, formOf, NEW_CLIENT, open, press, type Stop } from './browse.js';

const server = sharedServer();

async function statusOfToken(client: { client_id: string; client_secret: string }): Promise<number> {
  const { status, body } = await tokenRequest(server, client, { grant_type: 'client_credentials' });
  await body?.cancel();
  return status;
}

/** What the registration says, as an administrator sees it. */
async function registered(clientId: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${await administratorToken(server)}` };
  const response = await fetch(`${server.url}/api/clients/${clientId}`, { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

describe('an own client', () => {
  it('works, and shows its secret once', async () => {
    const { jar } = await signUp(server);
    const { page, path, client_id, client_secret } = await createClient(server, jar, { scope: 'profile read' });
    expect(client_secret).toMatch(/^[\w-]{43,}$/);
    expect(page.headers.get('cache-control')).toContain('no-store');
    for (const again of [path, '/', `${path}/delete`]) {
      const { status, html } = await open(server, jar, again);
      expect(status).toBe(200);
      expect(html).not.toContain(client_secret);
    }
    const authorization = await authorize(server, { client_id, scope: 'read' }, jar);
    expect(authorization.pages).toEqual(['consent']);
    const redirectUri = NEW_CLIENT.redirect_uris;
    const tokens = await redeem(server, { client_id, client_secret }, { ...authorization, redirectUri });
    expect(tokens.scope).toBe('read');
  });

  it('is changed and deleted by its owner', async () => {
    const { jar } = await signUp(server);
    const { path, client_id, client_secret } = await createClient(server, jar, {
      grant_types: ['client_credentials'],
      response_types: undefined,
    });
    expect(await statusOfToken({ client_id, client_secret })).toBe(200);
    const change = { client_name: 'Other <b>name</b>', grant_types: ['client_credentials'], response_types: undefined };
    const changed = await press(server, jar, await open(server, jar, path), 'edit-client', change);
    expect(changed.status).toBe(200);
    expect(changed.html).toContain('Other &lt;b&gt;name&lt;/b&gt;');
    expect(await registered(client_id)).toMatchObject({ client_name: 'Other <b>name</b>' });
    const home = await press(server, jar, await open(server, jar, `${path}/delete`), 'delete-client-form');
    expect(home.html).not.toContain(client_id);
    expect((await open(server, jar, path)).status).toBe(404);
    expect(await statusOfToken({ client_id, client_secret })).toBe(401);
  });

  it('is nowhere to be found for others, administrators included', async () => {
    const { jar } = await signUp(server);
    const own = await createClient(server, jar);
    const others = [(await signUp(server)).jar, await signIn(server, USERS.admin)];
    const before = await registered(own.client_id);
    for (const other of others) {
      expect((await open(server, other, '/')).html).not.toContain(own.client_id);
      const csrf_token = formOf(await open(server, other, '/oauth/logout'), 'sign-out').fields.csrf_token;
      for (const id of [own.client_id, CLIENTS.web.client_id, 'no-such-client', '..%2f..']) {
        for (const path of ['', '/delete']) {
          expect([id, path, (await open(server, other, `/clients/${id}${path}`)).status]).toEqual([id, path, 404]);
        }
        for (const path of ['', '/secrets', '/delete']) {
          const body = form({ ...NEW_CLIENT, client_name: 'Taken over', csrf_token });
          const init = { method: 'POST', headers: { origin: server.url }, body };
          expect([id, path, (await open(server, other, `/clients/${id}${path}`, init)).status]).toEqual([
            id,
            path,
            404,
          ]);
        }
      }
    }
    const words = ({ html }: Stop): string | undefined => textOf(html, 'error-description');
    const [theirs, none] = await Promise.all([
      open(server, others[0], own.path),
      open(server, others[0], '/clients/none'),
    ]);
    expect(words(theirs)).toBe(words(none));
    expect(await registered(own.client_id)).toEqual(before);
    expect((await open(server, jar, own.path)).status).toBe(200);
  });

  it.each(['/clients/%00', '/clients/a%00b/delete', '/clients/%FF', '/assets/%00', '/%00'])(
    'is not named by %s',
    async (path) => {
      const { jar } = await signUp(server);
      const { status, html } = await open(server, jar, path);
      expect(status).toBe(400);
      expect(html).toContain('invalid_request');
      expect((await open(server, jar, `${path}?a=%20`)).status).toBe(400);
    },
  );

  it('is asked for after a sign-in', async () => {
    const { jar } = await signUp(server);
    const { path } = await createClient(server, jar);
    for (const one of [path, `${path}/delete`, '/clients/new', '/account']) {
      expect(hasId((await open(server, new CookieJar(), one)).html, 'sign-in')).toBe(true);
    }
  });
});

describe('client authentication without a shared secret (OIDC Core §9)', () => {
  const KEYS = 'https://client.example/jwks.json';

  it('is chosen with the address of the keys; there is no secret to show or to replace', async () => {
    const { jar } = await signUp(server);
    const fields = { ...NEW_CLIENT, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: KEYS };
    const created = await press(server, jar, await open(server, jar, '/clients/new'), 'new-client', fields);
    const clientId = textOf(created.html, 'client-id')!;
    expect(hasId(created.html, 'client-secret')).toBe(false);
    expect(await registered(clientId)).toMatchObject({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: KEYS });
    const page = await open(server, jar, `/clients/${clientId}`);
    expect(hasId(page.html, 'rotate-secret')).toBe(false);
    expect(page.html).toContain(KEYS);
  });

  it('wants keys, and says so beside the field', async () => {
    const { jar } = await signUp(server);
    const fields = { ...NEW_CLIENT, token_endpoint_auth_method: 'private_key_jwt' };
    const refused = await press(server, jar, await open(server, jar, '/clients/new'), 'new-client', fields);
    expect([refused.status, textOf(refused.html, 'jwks_uri-error')]).toEqual([
      400,
      'Error: The address of the public keys must be given, or jwks, for private_key_jwt.',
    ]);
  });
});

describe('self-service', () => {
  const REFUSED: Record<string, ParameterMap> = {
    'the password grant': { grant_types: ['password'] },
    'the password grant beside another': { grant_types: ['authorization_code', 'password'] },
    'the implicit grant': { grant_types: ['implicit'], response_types: ['token'] },
    'the implicit grant beside another': { grant_types: ['authorization_code', 'implicit'] },
    'an implicit response': { response_types: ['code', 'token'] },
    'an administration scope': { scope: 'read users:read' },
    'every administration scope': {
      scope: 'users:read users:write clients:read clients:write tokens:read tokens:write',
    },
    'an unknown scope': { scope: 'read something-else' },
    'no grant types (a resource server)': { grant_types: undefined, response_types: undefined },
    'an unknown grant type': { grant_types: ['authorization_code', 'urn:example:any'] },
    'an unknown authentication method': { token_endpoint_auth_method: 'bogus' },
    'client_credentials without a secret': { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
    'a redirect to script': { redirect_uris: 'javascript:alert(1)' },
    'a redirect with a fragment': { redirect_uris: 'https://mine.example/#x' },
    'a redirect to anywhere': { redirect_uris: 'https://*.example/' },
    'a redirect to http': { redirect_uris: 'http://mine.example/' },
    'no redirect': { redirect_uris: '' },
    'no name': { client_name: '  ' },
    'a link to script': { client_uri: 'javascript:alert(1)' },
  };

  it.each(Object.keys(REFUSED))('cannot have %s', async (title) => {
    const { jar, username } = await signUp(server);
    const own = await createClient(server, jar);
    const before = await registered(own.client_id);
    for (const [path, name] of [
      ['/clients/new', 'new-client'],
      [own.path, 'edit-client'],
    ] as const) {
      const fields = { ...NEW_CLIENT, ...REFUSED[title] };
      const refused = await press(server, jar, await open(server, jar, path), name, fields);
      expect([name, refused.status, hasId(refused.html, 'error-summary')]).toEqual([name, 400, true]);
    }
    expect(await registered(own.client_id)).toEqual(before);
    const sql = 'SELECT client_id FROM clients JOIN users ON users.id::text = owner_id WHERE username = $1';
    expect(await query(server, sql, [username])).toEqual([{ client_id: own.client_id }]);
  });

  it('does not take rights that are not on the form', async () => {
    const { jar } = await signUp(server);
    const extra = {
      skip_consent: true,
      require_pkce: false,
      default_scope: 'users:read',
      owner_id: '',
      client_id: 'mine',
      access_token_lifetime: 1e6,
      resources: 'urn:example:any',
    };
    const { client_id, path } = await createClient(server, jar, extra);
    const changed = await press(server, jar, await open(server, jar, path), 'edit-client', { ...NEW_CLIENT, ...extra });
    expect(changed.status).toBe(200);
    expect(client_id).not.toBe('mine');
    const metadata = await registered(client_id);
    for (const member of ['require_pkce', 'default_scope', 'access_token_lifetime', 'resources']) {
      expect([member, metadata[member]]).toEqual([member, undefined]);
    }
    expect(metadata.skip_consent).not.toBe(true);
    expect(
      (await ask(server, jar, { client_id, code_challenge: undefined, code_challenge_method: undefined })).params.error,
    ).toBe('invalid_request');
    expect(hasId((await ask(server, jar, { client_id })).html, 'consent')).toBe(true);
  });

  it('may not introspect tokens of others', async () => {
    const { jar } = await signUp(server);
    const own = await createClient(server, jar);
    const { access_token } = await obtainTokens(server, CLIENTS.web, { scope: 'read' }, jar);
    expect(await introspect(server, access_token, own)).toEqual({ active: false });
  });
});

describe('a secret that is replaced', () => {
  const MACHINE = { grant_types: ['client_credentials'], response_types: undefined };

  async function replace(jar: CookieJar, path: string, overlap: number): Promise<Stop> {
    return press(server, jar, await open(server, jar, path), 'rotate-secret', { overlap });
  }

  it('goes on beside the new one for as long as it was said', async () => {
    const { jar } = await signUp(server);
    const { path, client_id, client_secret: first } = await createClient(server, jar, MACHINE);
    const second = textOf((await replace(jar, path, 3600)).html, 'client-secret')!;
    expect(second).not.toBe(first);
    expect((await open(server, jar, path)).html).not.toContain(second);
    expect(await statusOfToken({ client_id, client_secret: first })).toBe(200);
    expect(await statusOfToken({ client_id, client_secret: second })).toBe(200);
    const expire = `UPDATE client_secrets SET expires_at = now() WHERE client_id = $1 AND expires_at IS NOT NULL RETURNING id`;
    expect(await query(server, expire, [client_id])).toHaveLength(1);
    expect(await statusOfToken({ client_id, client_secret: second })).toBe(200);
  });

  it('ends at once without an overlap, and so do those before', async () => {
    const { jar } = await signUp(server);
    const { path, client_id, client_secret: first } = await createClient(server, jar, MACHINE);
    const second = textOf((await replace(jar, path, 3600)).html, 'client-secret')!;
    const third = textOf((await replace(jar, path, 0)).html, 'client-secret')!;
    expect(await statusOfToken({ client_id, client_secret: first })).toBe(401);
    expect(await statusOfToken({ client_id, client_secret: second })).toBe(401);
    expect(await statusOfToken({ client_id, client_secret: third })).toBe(200);
  });

  it.each([1, -1, 1e9, Number.NaN, Infinity])('has no overlap that is not offered: %p', async (overlap) => {
    const { jar } = await signUp(server);
    const { path, client_id, client_secret } = await createClient(server, jar, MACHINE);
    expect((await replace(jar, path, overlap)).status).toBe(400);
    expect(await query(server, 'SELECT id FROM client_secrets WHERE client_id = $1', [client_id])).toHaveLength(1);
    expect(await statusOfToken({ client_id, client_secret })).toBe(200);
  });
});

describe('administration scopes', () => {
  let client: { client_id: string; client_secret: string };
  const redirect_uri = 'https://console.example/callback';

  beforeAll(async () => {
    const headers = { authorization: `Bearer ${await administratorToken(server)}`, 'content-type': 'application/json' };
    const metadata = { client_name: 'Console', redirect_uris: [redirect_uri], scope: 'read users:read' };
    const response = await fetch(`${server.url}/api/clients`, {
      method: 'POST',
      headers,
      body: JSON.stringify(metadata),
    });
    expect(response.status).toBe(201);
    client = (await response.json()) as typeof client;
  });

  it('are refused to whoever is no administrator, before anything is asked', async () => {
    const { jar } = await signUp(server);
    for (const scope of ['users:read', 'read users:read']) {
      const answer = await ask(server, jar, {
        ...client,
        client_secret: undefined,
        redirect_uri,
        scope,
        state: 'mine',
      });
      expect(answer.params).toMatchObject({ error: 'invalid_scope', state: 'mine' });
      expect(answer.params.code).toBeUndefined();
    }
    expect(
      hasId((await ask(server, jar, { client_id: client.client_id, redirect_uri, scope: 'read' })).html, 'consent'),
    ).toBe(true);
  });

  it('are refused to whoever signs in on the way', async () => {
    const { username, password } = await signUp(server);
    const jar = new CookieJar();
    const page = await ask(server, jar, { client_id: client.client_id, redirect_uri, scope: 'users:read' });
    expect((await press(server, jar, page, 'sign-in', { username, password })).params.error).toBe('invalid_scope');
  });

  it('are given to administrators, for the administration API', async () => {
    const params = { client_id: client.client_id, redirect_uri, scope: 'users:read' };
    const authorization = await authorize(server, params, { user: USERS.admin });
    const tokens = await redeem(server, client, { ...authorization, redirectUri: redirect_uri });
    expect(tokens.scope).toBe('users:read');
    const users = async (token: string): Promise<number> =>
      (await fetch(`${server.url}/api/users`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await users(tokens.access_token)).toBe(200);
    const { access_token } = await obtainTokens(server, CLIENTS.web, { scope: 'read' });
    expect(await users(access_token)).toBe(403);
  });
});
