// Assertions as grants: who may sign them, about whom, and what they give.
// @see RFC 7523 §2.1, RFC 7521 §4.1 https://www.rfc-editor.org/rfc/rfc7523#section-2.1
import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import {
  type AssertionKey,
  assertionOf,
  ASSERTION_TYPE,
  JWT_BEARER,
  makeAssertionKey,
  postGrant,
  secretAssertionKey,
} from '../support/assertions.js';
import { administer, type CreatedClient, createClient } from '../support/clients.js';
import { type ClientSite, startClientSite } from '../support/client-site.js';
import { query } from '../support/database.js';
import { bootstrap, RESOURCES, USERS } from '../support/fixtures.js';
import { baseOf, type ClientCredentials, introspect, me, signIn, submit, tokenRequest } from '../support/flow.js';
import { forms, type HtmlForm } from '../support/html.js';
import { type ParameterMap, visit } from '../support/http.js';
import { type RunningServer, startServer } from '../support/server.js';

const [IDP, BY_ID, BY_EMAIL, BY_URL, FEW] = ['idp', 'id', 'mail', 'url', 'few'].map(
  (name) => `https://${name}.example`,
);
const ES = makeAssertionKey('ES256', 'es');
const PS = makeAssertionKey('PS256', 'ps');
const ED = makeAssertionKey('Ed25519', 'ed');
const OWN = makeAssertionKey('ES256', 'own');
const JWKS = { keys: [ES.publicJwk, PS.publicJwk, ED.publicJwk] };

const client = (id: string, members: object = {}): ClientCredentials & object => ({
  client_id: id,
  client_secret: `${id}-secret-`.padEnd(40, '0'),
  ...{ grant_types: [JWT_BEARER], response_types: [] },
  ...{ scope: 'openid profile offline_access read write users:read' },
  ...members,
});
/** May also have refresh tokens. */
const gateway = client('gateway', { grant_types: [JWT_BEARER, 'refresh_token'] });
const stranger = client('stranger');
const keyed = {
  jwks: { keys: [OWN.publicJwk] },
  client_secret: undefined,
  token_endpoint_auth_method: 'private_key_jwt',
};
const robot = client('robot', keyed);
/** May name users. */
const agent = client('agent', { ...keyed, assertion_subject: 'username' });
const ungranted = client('ungranted', { ...keyed, grant_types: ['client_credentials'] });

let server: RunningServer;
let site: ClientSite;
let alice: string;
beforeAll(async () => {
  site = await startClientSite();
  site.content.set('/jwks', JSON.stringify(JWKS));
  const world = bootstrap();
  server = await startServer({
    bootstrap: { ...world, clients: [...world.clients, gateway, stranger, robot, agent, ungranted] },
    env: { OUTBOUND_ALLOW: new URL(site.origin).host },
    options: {
      assertionIssuers: {
        [IDP]: { jwks: JWKS, subject: 'username' },
        [BY_ID]: { jwks: JWKS },
        [BY_EMAIL]: { jwks: JWKS, subject: 'email' },
        [BY_URL]: { jwksUri: `${site.origin}/jwks`, subject: 'username' },
        [FEW]: { jwks: JWKS, subject: 'username', clients: ['gateway'], scope: 'read users:read' },
      },
    },
  });
  [{ id: alice }] = await query<{ id: string }>(server, `SELECT id::text FROM users WHERE username = 'alice'`);
}, 60_000);

const assert = (iss: string, sub: string, claims: object = {}, key: AssertionKey = ES, header = {}) =>
  assertionOf(server, iss, key, { sub, ...claims }, header);
/** Presented by the gateway. */
const exchange = async (assertion: Promise<string>, parameters: ParameterMap = {}, by = gateway): Promise<Response> =>
  postGrant(server, await assertion, by, parameters);

interface Tokens {
  access_token: string;
  scope: string;
}
async function tokens(response: Response | Promise<Response>): Promise<Tokens> {
  const answered = await response;
  expect([answered.status, answered.headers.get('cache-control')]).toEqual([200, 'no-store']);
  return (await answered.json()) as Tokens;
}
async function refusal(response: Response | Promise<Response>): Promise<[number, string, string]> {
  const answered = await response;
  const { error, error_description } = (await answered.json()) as { error: string; error_description: string };
  return [answered.status, error, error_description];
}
const UNTRUSTED = [400, 'invalid_grant', 'The assertion is not signed by somebody who is trusted for this client.'];

describe('an assertion of an issuer whom the operator trusts', () => {
  it('gives an access token of the user whom it names, and no refresh token (RFC 7521 §4.1)', async () => {
    const response = await exchange(assert(IDP, 'alice'), { scope: 'profile' });
    const answer = (await response.json()) as Tokens;
    expect([response.status, answer]).toEqual([
      200,
      { access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 3600, scope: 'profile' },
    ]);
    const owner = await me(server, answer.access_token);
    expect(await owner.json()).toMatchObject({ id: alice, username: 'alice' });
    expect(await introspect(server, answer.access_token)).toMatchObject({ client_id: 'gateway', sub: alice });
  });

  it.each<[string, string, () => string]>([
    ['id, where nothing is said', BY_ID, () => alice],
    ['user name', IDP, () => 'Alice'],
    ['verified e-mail address', BY_EMAIL, () => USERS.alice.email],
    ['name, with keys at a URL', BY_URL, () => 'alice'],
  ])('names a user by %s', async (_, issuer, subject) => {
    const { access_token } = await tokens(exchange(assert(issuer, subject()), { scope: 'profile' }));
    expect(await (await me(server, access_token)).json()).toMatchObject({ id: alice });
  });

  it.each<[string, string, () => string]>([
    ['nobody here', IDP, () => 'nobody-of-this-name'],
    ['another kind of name', IDP, () => alice],
    ['an e-mail address as user name', IDP, () => USERS.alice.email],
    ['a user name as e-mail address', BY_EMAIL, () => 'alice'],
    ['an e-mail address that nobody has proven', BY_EMAIL, () => USERS.bob.email],
    ['a name as id', BY_ID, () => 'alice'],
    ['what cannot be stored', IDP, () => 'alice\0'],
    ['what is very long', IDP, () => 'a'.repeat(3000)],
    ['the client', IDP, () => 'gateway'],
  ])('is refused when it names %s', async (_, issuer, subject) => {
    const [status, error] = await refusal(exchange(assert(issuer, subject())));
    expect([status, error]).toEqual([400, 'invalid_grant']);
  });

  it('is refused for a disabled user in the words for an unknown one', async () => {
    const username = `user-${randomUUID()}`;
    const created = await administer(server, 'POST', '/api/users', { username, password: 'password-of-somebody' });
    const { id } = (await created.json()) as { id: string };
    expect((await exchange(assert(BY_ID, id))).status).toBe(200);
    await administer(server, 'POST', `/api/users/${id}/disable`);
    const unknown = await refusal(exchange(assert(BY_ID, randomUUID())));
    expect(await refusal(exchange(assert(BY_ID, id)))).toEqual(unknown);
    expect(unknown).toEqual([400, 'invalid_grant', 'The assertion is not valid: sub is nobody who is known here.']);
  });

  it('is presented by a client that authenticates', async () => {
    for (const [by, parameters] of [
      [undefined, {}],
      [undefined, { client_id: 'gateway' }],
      [{ client_id: 'gateway', client_secret: 'x'.repeat(40) }, {}],
    ] as const)
      expect((await refusal(postGrant(server, await assert(IDP, 'alice'), by, parameters))).slice(0, 2)).toEqual([
        401,
        'invalid_client',
      ]);
  });

  it('is presented by a client with the grant type', async () => {
    const response = tokenRequest(server, { client_id: 'web', client_secret: 'web-secret-'.padEnd(40, '0') }, {
      grant_type: JWT_BEARER,
      assertion: await assert(IDP, 'alice'),
    }); // prettier-ignore
    expect((await refusal(response)).slice(0, 2)).toEqual([400, 'unauthorized_client']);
  });

  it('is presented by the clients that the operator names, where he names some', async () => {
    expect((await exchange(assert(FEW, 'alice'))).status).toBe(200);
    expect(await refusal(exchange(assert(FEW, 'alice'), {}, stranger))).toEqual(UNTRUSTED);
    expect((await exchange(assert(IDP, 'alice'), {}, stranger)).status).toBe(200);
  });

  it('may come with a client that authenticates by an assertion of its own', async () => {
    const response = await postGrant(server, await assert(IDP, 'alice'), undefined, {
      client_assertion: await assertionOf(server, 'robot', OWN),
      client_assertion_type: ASSERTION_TYPE,
    });
    expect(await tokens(response)).toMatchObject({ scope: 'profile read write' });
  });

  it('is refused of anybody else, whom the client knows or not', async () => {
    expect(await refusal(exchange(assert('https://unknown.example', 'alice')))).toEqual(UNTRUSTED);
    expect(await refusal(exchange(assert('robot', 'robot', {}, OWN)))).toEqual(UNTRUSTED);
    expect(await refusal(exchange(assert(server.issuer, 'alice')))).toEqual(UNTRUSTED);
  });

  it('is answered with 503 while the keys of the issuer cannot be read', async () => {
    const [keys, gone] = [JSON.stringify(JWKS), 'https://gone.example'];
    const own = await startClientSite();
    const world = bootstrap();
    const other = await startServer({
      bootstrap: { ...world, clients: [...world.clients, gateway] },
      env: { OUTBOUND_ALLOW: new URL(own.origin).host },
      options: { assertionIssuers: { [gone]: { jwksUri: `${own.origin}/jwks`, subject: 'username' } } },
    });
    const post = async (): Promise<Response> =>
      postGrant(other, await assertionOf(other, gone, ES, { sub: 'alice' }), gateway);
    const away = await post();
    expect([away.status, Number(away.headers.get('retry-after'))]).toEqual([503, 15]);
    expect(await away.json()).toMatchObject({ error: 'temporarily_unavailable' });
    own.content.set('/jwks', keys);
    expect((await post()).status).toBe(200);
  }, 60_000);
});

describe('the scope of such a token', () => {
  it('is that of the client, without OpenID Connect and administration, where nothing is asked', async () => {
    expect(await tokens(exchange(assert(IDP, 'alice')))).toMatchObject({ scope: 'profile read write' });
  });

  it.each([['openid'], ['offline_access'], ['users:read'], ['read unknown'], ['delete']])(
    'is never %j',
    async (scope) => {
      const [status, error] = await refusal(exchange(assert(IDP, 'root'), { scope }));
      expect([status, error]).toEqual([400, 'invalid_scope']);
    },
  );

  it('is limited by the operator: a default is cut, a request refused', async () => {
    expect(await tokens(exchange(assert(FEW, 'alice')))).toMatchObject({ scope: 'read' });
    expect((await refusal(exchange(assert(FEW, 'alice'), { scope: 'read write' })))[1]).toBe('invalid_scope');
  });

  it('reaches administration where the operator names it, for administrators', async () => {
    expect(await tokens(exchange(assert(FEW, 'root'), { scope: 'users:read' }))).toMatchObject({ scope: 'users:read' });
    expect((await refusal(exchange(assert(FEW, 'alice'), { scope: 'users:read' })))[1]).toBe('invalid_scope');
  });

  it('is limited by the assertion (RFC 8693 §4.2)', async () => {
    expect(await tokens(exchange(assert(IDP, 'alice', { scope: 'read unknown' })))).toMatchObject({ scope: 'read' });
    const more = exchange(assert(IDP, 'alice', { scope: 'read' }), { scope: 'read write' });
    expect((await refusal(more))[1]).toBe('invalid_scope');
  });

  it('is that of the resource, asked for by the request or by the assertion (RFC 8707)', async () => {
    const { identifier } = RESOURCES.jwt;
    for (const [claims, parameters] of [
      [{}, { resource: identifier }],
      [{ resource: identifier }, {}],
      [{ resource: [identifier, 'https://elsewhere.example'] }, { resource: identifier }],
    ]) {
      const { access_token } = await tokens(exchange(assert(IDP, 'alice', claims), { scope: 'read', ...parameters }));
      expect((await introspect(server, access_token)).aud).toBe(identifier);
    }
    const other = exchange(assert(IDP, 'alice', { resource: 'https://elsewhere.example' }), { resource: identifier });
    expect((await refusal(other))[1]).toBe('invalid_target');
  });

  it.each([
    ['scope', ['read']],
    ['resource', 7],
    ['resource', ['https://a.example/\0']],
    ['client_id', 'stranger'],
    ['client_id', ['gateway']],
  ])('is refused when the assertion has a %s of %j', async (claim, value) => {
    expect((await refusal(exchange(assert(IDP, 'alice', { [claim]: value })))).slice(0, 2)).toEqual([
      400,
      'invalid_grant',
    ]);
  });

  it('is given to the client that the assertion names (ID-JAG §3)', async () => {
    const claims = { client_id: 'gateway', scope: 'read' };
    const response = exchange(assert(IDP, 'alice', claims, ES, { typ: 'oauth-id-jag+jwt' }));
    expect(await tokens(response)).toMatchObject({ scope: 'read' });
  });
});

describe('an assertion of the client about itself', () => {
  it('proves the client, which acts for itself', async () => {
    const { access_token, ...answer } = await tokens(postGrant(server, await assert('robot', 'robot', {}, OWN)));
    expect(answer).toEqual({ token_type: 'Bearer', expires_in: 3600, scope: 'profile read write' });
    expect(await introspect(server, access_token)).toMatchObject({ client_id: 'robot', sub: 'robot' });
    expect((await me(server, access_token)).status).toBe(403);
  });

  it('may name the client as well, but no other one', async () => {
    const parameters = (client_id: string): object => ({ client_id });
    const send = async (id: string): Promise<Response> =>
      postGrant(server, await assert('robot', 'robot', {}, OWN), undefined, { ...parameters(id) });
    expect((await send('robot')).status).toBe(200);
    expect((await refusal(send('gateway'))).slice(0, 2)).toEqual([401, 'invalid_client']);
  });

  it('is of one that signs with its secret, new ones at once', async () => {
    const created = await createClient(server, {
      grant_types: [JWT_BEARER],
      response_types: [],
      redirect_uris: [],
      scope: 'read',
      token_endpoint_auth_method: 'client_secret_jwt',
    });
    const send = async ({ client_id }: CreatedClient, secret: string): Promise<Response> =>
      postGrant(server, await assert(client_id, client_id, {}, secretAssertionKey(secret)));
    expect((await send(created, created.client_secret as string)).status).toBe(200);
    const rotated = await administer(server, 'POST', `/api/clients/${created.client_id}/secret`, {});
    const { client_secret } = (await rotated.json()) as { client_secret: string };
    expect((await send(created, client_secret)).status).toBe(200);
    expect(await refusal(send(created, 'x'.repeat(40)))).toEqual(UNTRUSTED);
  });

  it('may come with a client that authenticates, when it is the same', async () => {
    const authentication = {
      client_assertion: await assertionOf(server, 'robot', OWN),
      client_assertion_type: ASSERTION_TYPE,
    };
    expect((await postGrant(server, await assert('robot', 'robot', {}, OWN), undefined, authentication)).status).toBe(
      200,
    );
    expect(await refusal(exchange(assert('robot', 'robot', {}, OWN)))).toEqual(UNTRUSTED);
  });

  it('is not the assertion that proves the client a second time (§3)', async () => {
    const assertion = await assert('robot', 'robot', {}, OWN);
    const both = { client_assertion: assertion, client_assertion_type: ASSERTION_TYPE };
    expect(await refusal(postGrant(server, assertion, undefined, both))).toEqual([
      400,
      'invalid_grant',
      'The assertion is not valid: it was used before.',
    ]);
  });

  it('is refused alike of clients that are unknown or disabled, or have no key', async () => {
    const disabled = await createClient(server, {
      ...keyed,
      grant_types: [JWT_BEARER],
      response_types: [],
      redirect_uris: [],
    });
    await administer(server, 'POST', `/api/clients/${disabled.client_id}/disable`);
    for (const id of ['nobody', disabled.client_id, 'gateway', 'spa', 'x'.repeat(300)])
      expect(await refusal(postGrant(server, await assert(id, id, {}, OWN)))).toEqual(UNTRUSTED);
  });

  it('needs the grant type as well', async () => {
    const response = postGrant(server, await assert('ungranted', 'ungranted', {}, OWN));
    expect((await refusal(response)).slice(0, 2)).toEqual([400, 'unauthorized_client']);
  });

  it('is never about a user', async () => {
    for (const subject of ['alice', alice, 'gateway', server.issuer])
      expect(await refusal(postGrant(server, await assert('robot', subject, {}, OWN)))).toEqual([
        400,
        'invalid_grant',
        'The assertion is not valid: sub is not the client itself.',
      ]);
  });
});

describe('an assertion of a client about users', () => {
  it('counts where an administrator says by what it names them', async () => {
    const { access_token } = await tokens(
      postGrant(server, await assert('agent', 'alice', {}, OWN), undefined, { scope: 'profile' }),
    );
    expect(await (await me(server, access_token)).json()).toMatchObject({ id: alice });
    expect((await refusal(postGrant(server, await assert('agent', alice, {}, OWN))))[1]).toBe('invalid_grant');
  });

  it('is about the client itself all the same when it names it', async () => {
    const { access_token } = await tokens(postGrant(server, await assert('agent', 'agent', {}, OWN)));
    expect((await introspect(server, access_token)).sub).toBe('agent');
  });
});

describe('what was given', () => {
  const token = async (): Promise<string> =>
    (await tokens(exchange(assert(IDP, 'alice'), { scope: 'read' }))).access_token;
  const isActive = async (one: string): Promise<boolean> => (await introspect(server, one)).active;

  it('is on the account page of the user, who ends it there; the next assertion is another grant', async () => {
    const given = await token();
    const jar = await signIn(server);
    const at = `${baseOf(server)}/account`;
    const form = forms(await (await visit(jar, at)).text()).find(({ action }) => action.endsWith('/gateway/revoke'));
    await submit(server, jar, { ...(form as HtmlForm), at }, {});
    expect(await isActive(given)).toBe(false);
    expect(await isActive(await token())).toBe(true);
  });

  it('ends when the user gets another password', async () => {
    const username = `user-${randomUUID()}`;
    const created = await administer(server, 'POST', '/api/users', { username, password: 'password-of-somebody' });
    const { id } = (await created.json()) as { id: string };
    const { access_token } = await tokens(exchange(assert(BY_ID, id), { scope: 'read' }));
    expect(await isActive(access_token)).toBe(true);
    await administer(server, 'PUT', `/api/users/${id}/password`, { password: 'another-password-1' });
    expect(await isActive(access_token)).toBe(false);
  });

  it('ends when the client is disabled', async () => {
    const disabled = await createClient(server, {
      ...keyed, grant_types: [JWT_BEARER], response_types: [], redirect_uris: [], assertion_subject: 'id', scope: 'read',
    }); // prettier-ignore
    const { access_token } = await tokens(postGrant(server, await assert(disabled.client_id, alice, {}, OWN)));
    expect(await isActive(access_token)).toBe(true);
    await administer(server, 'POST', `/api/clients/${disabled.client_id}/disable`);
    expect(await isActive(access_token)).toBe(false);
  });

  it('tells of no sign-in that there was not (RFC 9068 §2.2.1)', async () => {
    const jwt = await createClient(server, {
      ...keyed, grant_types: [JWT_BEARER], response_types: [], redirect_uris: [], assertion_subject: 'id', scope: 'read',
      access_token_format: 'jwt',
    }); // prettier-ignore
    const { access_token } = await tokens(postGrant(server, await assert(jwt.client_id, alice, {}, OWN)));
    const claims = decodeJwt(access_token);
    expect(claims).toMatchObject({ sub: alice, client_id: jwt.client_id, scope: 'read' });
    for (const claim of ['auth_time', 'amr', 'acr']) expect(claims).not.toHaveProperty(claim);
  });
});

describe('the grant type', () => {
  it('is in the metadata, and gone where it is switched off', async () => {
    const supported = async (of: RunningServer): Promise<string[]> => {
      const metadata = await fetch(`${baseOf(of)}/.well-known/oauth-authorization-server`);
      return ((await metadata.json()) as { grant_types_supported: string[] }).grant_types_supported;
    };
    const world = bootstrap();
    const off = await startServer({
      bootstrap: { ...world, clients: [...world.clients, gateway, robot] },
      options: { disabledGrantTypes: [JWT_BEARER], assertionIssuers: { [IDP]: { jwks: JWKS, subject: 'username' } } },
    });
    expect([(await supported(server)).includes(JWT_BEARER), (await supported(off)).includes(JWT_BEARER)]).toEqual([
      true,
      false,
    ]);
    const assertion = await assertionOf(off, IDP, ES, { sub: 'alice' });
    expect((await refusal(postGrant(off, assertion, gateway)))[1]).toBe('unsupported_grant_type');
    const own = await assertionOf(off, 'robot', OWN);
    expect((await refusal(postGrant(off, own))).slice(0, 2)).toEqual([401, 'invalid_client']);
  });

  it('needs an assertion, one', async () => {
    expect((await refusal(postGrant(server, '', gateway))).slice(0, 2)).toEqual([400, 'invalid_request']);
    const two = postGrant(server, await assert(IDP, 'alice'), gateway, { assertion: ['a', 'b'] });
    expect((await refusal(two)).slice(0, 2)).toEqual([400, 'invalid_request']);
  });

  it('is not that of a public client', async () => {
    const metadata = {
      grant_types: [JWT_BEARER],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'none',
    };
    const response = await administer(server, 'POST', '/api/clients', metadata);
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('for a public client')]);
  });

  it('is offered to nobody who makes a client on the pages', async () => {
    const jar = await signIn(server);
    const page = await visit(jar, `${baseOf(server)}/clients/new`);
    expect(await page.text()).not.toContain(JWT_BEARER);
  });
});
