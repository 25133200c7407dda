// The metadata document is true: what it names works, and what works is named.
// @see RFC 8414 §2 https://www.rfc-editor.org/rfc/rfc8414#section-2
import { JWT_BEARER } from '../support/assertions.js';
import { CLIENTS, DEVICE_CODE, RESOURCES, SCOPES, USERS } from '../support/fixtures.js';
import {
  authenticatedPost,
  authorize,
  baseOf,
  clientCredentials,
  introspect,
  obtainTokens,
  redeem,
  type Server,
  signIn,
  tokenRequest,
} from '../support/flow.js';
import { CookieJar, form, pkce, visit } from '../support/http.js';
import { type RunningServer, sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const { api, implicit, machine, password, post, spa, web } = CLIENTS;

type Document = Record<string, unknown> & { grant_types_supported: string[]; scopes_supported: string[] };

async function metadata(of: Server = server): Promise<Document> {
  return (await (await fetch(`${baseOf(of)}/.well-known/oauth-authorization-server`)).json()) as Document;
}

/** The error code with which a request is answered, wherever it travels. */
async function errorOf(response: Response): Promise<string | undefined> {
  const location = response.headers.get('location');
  if (location) {
    const { searchParams, hash } = new URL(location, response.url);
    return searchParams.get('error') ?? new URLSearchParams(hash.slice(1)).get('error') ?? undefined;
  }
  return ((await response.json()) as { error?: string }).error;
}

function authorizationRequest(params: Record<string, string>, of: Server = server): Promise<Response> {
  const query = form({ client_id: web.client_id, redirect_uri: web.redirect_uris[0], ...pkce().parameters, ...params });
  return visit(new CookieJar(), `${baseOf(of)}/oauth/authorize?${query.toString()}`);
}

describe('the document (§2)', () => {
  it('has the issuer, and every member that RFC 8414 demands', async () => {
    expect(await metadata()).toMatchObject({
      issuer: server.issuer,
      authorization_endpoint: `${server.issuer}/oauth/authorize`,
      token_endpoint: `${server.issuer}/oauth/token`,
      jwks_uri: `${server.issuer}/oauth/jwks`,
      revocation_endpoint: `${server.issuer}/oauth/revoke`,
      introspection_endpoint: `${server.issuer}/oauth/introspect`,
      response_types_supported: expect.arrayContaining(['code', 'token']),
      response_modes_supported: expect.arrayContaining(['query', 'fragment', 'form_post']),
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
  });

  it('omits what has no value: no null, no empty list, no empty text (§3.2)', async () => {
    for (const value of Object.values(await metadata())) {
      expect(value).not.toBeNull();
      expect(value).not.toEqual([]);
      expect(value).not.toBe('');
    }
  });

  it('names every endpoint below the issuer', async () => {
    const urls = Object.entries(await metadata()).filter(([name]) =>
      /_endpoint$|_uri$|^service_documentation$/.test(name),
    );
    expect(urls.length).toBeGreaterThanOrEqual(5);
    for (const [, url] of urls) expect(url).toMatch(new RegExp(`^${server.issuer}/`));
  });
});

describe('the endpoints that it names (§2)', () => {
  it('all answer', async () => {
    const urls = Object.entries(await metadata()).filter(([name]) => /_endpoint$|_uri$/.test(name));
    for (const [name, url] of urls) {
      const { status } = await fetch(url as string, { redirect: 'manual' });
      expect([name, status === 404 || status >= 500]).toEqual([name, false]);
    }
  });

  it.each([
    ['registration_endpoint', '/oauth/register'],
    ['userinfo_endpoint', '/oauth/userinfo'],
    ['pushed_authorization_request_endpoint', '/oauth/par'],
    ['device_authorization_endpoint', '/oauth/device_authorization'],
    ['backchannel_authentication_endpoint', '/oauth/bc-authorize'],
    ['revocation_endpoint', '/oauth/revoke'],
    ['introspection_endpoint', '/oauth/introspect'],
    ['token_endpoint', '/oauth/token'],
    ['jwks_uri', '/oauth/jwks'],
  ])('are all that there are: %s', async (member, path) => {
    const answers = await Promise.all(['GET', 'POST'].map((method) => fetch(baseOf(server) + path, { method })));
    const isThere = answers.some(({ status }) => status !== 404);
    expect({ [member]: member in (await metadata()) }).toEqual({ [member]: isThere });
  });
});

describe('grant_types_supported (§2)', () => {
  it('are those that the token endpoint knows, and implicit, which it does not', async () => {
    const asked = [
      'authorization_code', 'client_credentials', 'password', 'refresh_token', 'implicit',
      'urn:ietf:params:oauth:grant-type:jwt-bearer', 'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:openid:params:grant-type:ciba', 'magic',
    ]; // prettier-ignore
    const { grant_types_supported } = await metadata();
    for (const grantType of asked) {
      const error = await errorOf(await tokenRequest(server, web, { grant_type: grantType }));
      const known = error !== 'unsupported_grant_type';
      expect([grantType, known || grantType === 'implicit']).toEqual([
        grantType,
        grant_types_supported.includes(grantType),
      ]);
    }
  });

  it('all work', async () => {
    const { grant_types_supported } = await metadata();
    const works: Record<string, () => Promise<boolean>> = {
      authorization_code: async () => Boolean((await obtainTokens(server, web, { scope: 'read' })).access_token),
      client_credentials: async () => Boolean((await clientCredentials(server, machine)).access_token),
      implicit: async () => {
        const request = { client_id: implicit.client_id, response_type: 'token', code_challenge: undefined };
        const { params } = await authorize(server, { ...request, code_challenge_method: undefined });
        return Boolean(params.access_token);
      },
      password: async () => {
        const { username, password: secret } = USERS.bob;
        const parameters = { grant_type: 'password', username, password: secret };
        return (await tokenRequest(server, password, parameters)).ok;
      },
      refresh_token: async () => {
        const { refresh_token } = await obtainTokens(server, web, { scope: 'read' });
        return (await tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token })).ok;
      },
    };
    for (const grantType of grant_types_supported.filter((name) => !name.startsWith('urn:'))) {
      expect([grantType, await works[grantType]()]).toEqual([grantType, true]);
    }
    expect(grant_types_supported).toEqual(expect.arrayContaining(Object.keys(works)));
  });
});

describe('response_types_supported and response_modes_supported (§2)', () => {
  it('are the response types that the authorization endpoint knows', async () => {
    const { response_types_supported } = await metadata();
    const asked = [
      'code',
      'token',
      'id_token',
      'none',
      'code token',
      'code id_token',
      'id_token token',
      'code id_token token',
      'magic',
    ];
    for (const responseType of asked) {
      const error = await errorOf(await authorizationRequest({ response_type: responseType }));
      const known = error !== 'unsupported_response_type';
      expect([responseType, known]).toEqual([
        responseType,
        (response_types_supported as string[]).includes(responseType),
      ]);
    }
  });

  it('are the response modes that it takes', async () => {
    const { response_modes_supported } = await metadata();
    const jar = await signIn(server);
    await authorize(server, { client_id: web.client_id, scope: 'read' }, jar);
    for (const mode of [
      'query',
      'fragment',
      'form_post',
      'jwt',
      'query.jwt',
      'fragment.jwt',
      'form_post.jwt',
      'web_message',
      'magic',
    ]) {
      const { params } = await authorize(server, { client_id: web.client_id, scope: 'read', response_mode: mode }, jar);
      const taken = params.error === undefined;
      expect([mode, taken]).toEqual([mode, (response_modes_supported as string[]).includes(mode)]);
    }
  });
});

describe('the authentication methods (§2)', () => {
  const CLIENT_OF: Record<string, typeof web | typeof post | typeof spa> = {
    client_secret_basic: web,
    client_secret_post: post,
    none: spa,
  };

  it('of the token endpoint all work', async () => {
    const methods = (await metadata()).token_endpoint_auth_methods_supported as string[];
    expect(methods).toEqual(expect.arrayContaining(Object.keys(CLIENT_OF)));
    for (const method of methods.filter((name) => name in CLIENT_OF)) {
      expect((await obtainTokens(server, CLIENT_OF[method], { scope: 'read' })).access_token).toBeTruthy();
    }
  });

  it('of the revocation endpoint all work', async () => {
    const methods = (await metadata()).revocation_endpoint_auth_methods_supported as string[];
    expect(methods).toEqual(expect.arrayContaining(Object.keys(CLIENT_OF)));
    for (const method of methods.filter((name) => name in CLIENT_OF)) {
      const response = await authenticatedPost(server, '/oauth/revoke', CLIENT_OF[method], { token: 'unknown' });
      expect([method, response.status]).toEqual([method, 200]);
    }
  });

  it('of the introspection endpoint all work, and none is not among them', async () => {
    const methods = (await metadata()).introspection_endpoint_auth_methods_supported as string[];
    expect(methods).toEqual(expect.arrayContaining(['client_secret_basic', 'client_secret_post']));
    expect(methods).not.toContain('none');
    for (const method of methods.filter((name) => name in CLIENT_OF)) {
      expect(await introspect(server, 'unknown', CLIENT_OF[method])).toEqual({ active: false });
    }
  });
});

describe('scopes_supported and code_challenge_methods_supported (§2)', () => {
  it('has the scopes of OIDC and those of the operator, but not those of the administration', async () => {
    const { scopes_supported } = await metadata();
    expect(scopes_supported).toEqual(
      expect.arrayContaining(['openid', 'profile', 'email', 'offline_access', ...SCOPES.map(({ name }) => name)]),
    );
    expect(scopes_supported.filter((name) => /:(read|write)$/.test(name))).toEqual([]);
    expect(new Set(scopes_supported).size).toBe(scopes_supported.length);
  });

  it('has the only challenge method that is taken', async () => {
    expect((await metadata()).code_challenge_methods_supported).toEqual(['S256']);
    const { verifier } = pkce();
    const plain = { response_type: 'code', code_challenge: verifier, code_challenge_method: 'plain' };
    expect(await errorOf(await authorizationRequest(plain))).toBe('invalid_request');
  });
});

describe('what is switched off (§2)', () => {
  let off: RunningServer;
  beforeAll(async () => {
    off = await startServer({
      options: {
        disabledGrantTypes: ['password', 'implicit', 'client_credentials', 'refresh_token', JWT_BEARER, DEVICE_CODE],
      },
      bootstrap: {
        users: [USERS.alice],
        clients: [api, implicit, machine, password, web],
        scopes: SCOPES,
        resources: [RESOURCES.opaque],
      },
    });
  });

  it('is not in the document', async () => {
    const document = await metadata(off);
    expect(document.grant_types_supported).toEqual(['authorization_code']);
    expect(document.response_types_supported).toEqual(['code', 'none']);
    expect(document).not.toHaveProperty('device_authorization_endpoint');
  });

  it.each([
    ['password', password, { username: USERS.alice.username, password: USERS.alice.password }],
    ['client_credentials', machine, {}],
    ['refresh_token', web, { refresh_token: 'x' }],
  ])('is refused at the token endpoint: %s', async (grantType, client, parameters) => {
    const response = await tokenRequest(off, client, { grant_type: grantType, ...parameters });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe('unsupported_grant_type');
  });

  it('is refused at the authorization endpoint: token', async () => {
    const request = { client_id: implicit.client_id, redirect_uri: implicit.redirect_uris[0], response_type: 'token' };
    expect(await errorOf(await authorizationRequest(request, off))).toBe('unsupported_response_type');
  });

  it('is not given either: no refresh token where nobody could use it', async () => {
    const authorization = await authorize(off, { client_id: web.client_id, scope: 'read' });
    const tokens = await redeem(off, web, authorization);
    expect(tokens.access_token).toBeTruthy();
    expect(tokens).not.toHaveProperty('refresh_token');
  });
});
