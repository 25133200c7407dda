// Claims: what the scope releases, what is asked for one by one, and at which endpoint it is told.
// @see OIDC Core §5 https://openid.net/specs/openid-connect-core-1_0.html#Claims
import { ask, press } from '../pages/browse.js';
import { createClient, type CreatedClient } from '../support/clients.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { administrate, authorize, clientCredentials, obtainTokens, redeem, signIn, signUp } from '../support/flow.js';
import { CookieJar, postForm } from '../support/http.js';
import { openidConfiguration, userinfo, verifyIdToken } from '../support/openid.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const IDENTITY = 'openid profile email address phone';
const PERSON = {
  email: 'claimed@example.com',
  email_verified: true,
  name: 'Jane Q. Claimed',
  given_name: 'Jane',
  family_name: 'Claimed',
  middle_name: 'Q.',
  nickname: 'jc',
  profile: 'https://people.example/jane',
  picture: 'https://people.example/jane.png',
  website: 'https://jane.example',
  gender: 'female',
  birthdate: '1990-12-31',
  zoneinfo: 'Europe/Paris',
  locale: 'fr-FR',
  phone_number: '+33 1 23 45 67 89',
  phone_number_verified: true,
  address: { street_address: '1 rue Example', locality: 'Paris', postal_code: '75001', country: 'FR' },
};
const jane = { username: 'jane-claimed', password: 'a password of jane' };

let client: CreatedClient;
let jar: CookieJar;

beforeAll(async () => {
  const created = await administrate(server, 'POST', '/api/users', { ...jane, ...PERSON });
  expect(created.status).toBe(201);
  jar = await signIn(server, jane);
  client = await createClient(server, { scope: `${IDENTITY} offline_access` });
});

async function obtain(params: Record<string, string>): Promise<{ access_token: string; id_token?: string }> {
  const redirectUri = client.redirect_uris[0];
  const flow = await authorize(server, { client_id: client.client_id, redirect_uri: redirectUri, ...params }, jar);
  expect(flow.params.error).toBeUndefined();
  return redeem(server, client, { ...flow, redirectUri });
}

async function told(params: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await userinfo(server, (await obtain(params)).access_token);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

describe('claims of the scope (§5.4)', () => {
  it('are all told with their JSON types (§5.1)', async () => {
    const { sub, updated_at, ...claims } = await told({ scope: IDENTITY });
    expect(claims).toEqual({ ...PERSON, preferred_username: jane.username });
    expect(sub).toEqual(expect.any(String));
    expect(Number.isInteger(updated_at)).toBe(true);
  });

  it.each([
    ['openid', ['sub']],
    ['openid email', ['email', 'email_verified', 'sub']],
    ['openid phone', ['phone_number', 'phone_number_verified', 'sub']],
    ['openid address', ['address', 'sub']],
  ])('%s tells no more than its own', async (scope, names) => {
    expect(Object.keys(await told({ scope })).sort()).toEqual(names);
  });

  it('that are not known of the user are left out, not null', async () => {
    const { jar: nobody } = await signUp(server);
    const redirectUri = client.redirect_uris[0];
    const request = { client_id: client.client_id, redirect_uri: redirectUri, scope: IDENTITY };
    const tokens = await redeem(server, client, { ...(await authorize(server, request, nobody)), redirectUri });
    const claims = (await (await userinfo(server, tokens.access_token)).json()) as object;
    expect(Object.keys(claims).sort()).toEqual(['preferred_username', 'sub', 'updated_at']);
  });

  it('are the same sub as in the ID token (§5.3.2)', async () => {
    const { access_token, id_token } = await obtain({ scope: 'openid' });
    const { claims } = await verifyIdToken(server, client.client_id, id_token);
    expect(await (await userinfo(server, access_token)).json()).toEqual({ sub: claims.sub });
  });
});

describe('the claims parameter (§5.5)', () => {
  const claims = (request: object): string => JSON.stringify(request);

  it('asks userinfo for a claim without its scope', async () => {
    const request = claims({ userinfo: { email: { essential: true }, given_name: null } });
    const { sub, ...rest } = await told({ scope: 'openid', claims: request });
    expect(rest).toEqual({ email: PERSON.email, given_name: PERSON.given_name });
    expect(sub).toEqual(expect.any(String));
  });

  it('asks for claims in the ID token, which then are not at userinfo', async () => {
    const request = claims({ id_token: { email: null, auth_time: { essential: true } } });
    const { access_token, id_token } = await obtain({ scope: 'openid', claims: request });
    const token = await verifyIdToken(server, client.client_id, id_token);
    expect(token.claims).toMatchObject({ email: PERSON.email, auth_time: expect.any(Number) });
    expect(await (await userinfo(server, access_token)).json()).toEqual({ sub: token.claims.sub });
  });

  it('a value that the user does not have is not told (§5.5.1)', async () => {
    const request = claims({ userinfo: { locale: { value: 'de' }, zoneinfo: { values: ['UTC', 'Europe/Paris'] } } });
    expect(await told({ scope: 'openid', claims: request })).toEqual({
      sub: expect.any(String),
      zoneinfo: 'Europe/Paris',
    });
  });

  it('never overrides a claim of the protocol', async () => {
    const request = claims({
      id_token: { iss: { value: 'https://evil.example' }, aud: { value: 'x' }, exp: { value: 9 } },
    });
    const { id_token } = await obtain({ scope: 'openid', claims: request });
    await expect(verifyIdToken(server, client.client_id, id_token)).resolves.toBeDefined();
  });

  it('a sub of another user is login_required with prompt=none (§5.5.1)', async () => {
    const request = {
      client_id: client.client_id,
      redirect_uri: client.redirect_uris[0],
      scope: 'openid',
      prompt: 'none',
    };
    const wrong = await ask(server, jar, {
      ...request,
      claims: claims({ id_token: { sub: { value: 'somebody-else' } } }),
    });
    expect(wrong.params.error).toBe('login_required');
  });

  it('one of several subs that are asked for may answer (§5.5.1)', async () => {
    const { id_token } = await obtain({ scope: 'openid' });
    const { sub } = (await verifyIdToken(server, client.client_id, id_token)).claims;
    const request = { scope: 'openid', claims: claims({ id_token: { sub: { values: ['somebody-else', sub] } } }) };
    expect((await obtain({ ...request, prompt: 'none' })).id_token).toEqual(expect.any(String));
  });

  it('a sub beside a hint that is no ID token, or of another user, is invalid_request (§3.1.2.2)', async () => {
    const { id_token } = await obtain({ scope: 'openid' });
    const asked = claims({ id_token: { sub: { value: 'somebody-else' } } });
    const request = {
      client_id: client.client_id,
      redirect_uri: client.redirect_uris[0],
      scope: 'openid',
      claims: asked,
    };
    for (const hint of ['no-id-token', id_token])
      expect((await ask(server, jar, { ...request, id_token_hint: hint })).params.error).toBe('invalid_request');
  });

  it('is shown to the user for consent as its scope is, and remembered with it', async () => {
    const user = await signUp(server);
    const request = { scope: 'openid', claims: claims({ userinfo: { email: null } }) };
    await authorize(server, { client_id: 'web', scope: 'openid' }, user.jar);
    const page = await ask(server, user.jar, request);
    expect(page.html).toContain('data-scope="email"');
    expect((await press(server, user.jar, page, 'consent', { decision: 'allow' })).params.code).toEqual(
      expect.any(String),
    );
    expect((await ask(server, user.jar, { ...request, prompt: 'none' })).params.code).toEqual(expect.any(String));
  });

  it('gives nothing of scopes that the client is not registered for', async () => {
    const tokens = await obtainTokens(
      server,
      CLIENTS.spa,
      { scope: 'openid', claims: claims({ userinfo: { email: null, name: null } }) },
      { user: USERS.alice },
    );
    expect(await (await userinfo(server, tokens.access_token)).json()).toEqual({
      sub: expect.any(String),
      name: USERS.alice.name,
    });
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['text', '"email"'],
    ['a claim that is text', '{"userinfo":{"email":"yes"}}'],
    ['a list of claims', '{"id_token":["email"]}'],
    ['values that are no list', '{"id_token":{"acr":{"values":"1"}}}'],
    ['essential that is no boolean', '{"id_token":{"acr":{"essential":1}}}'],
    ['a name of JavaScript’s', '{"userinfo":{"__proto__":{"essential":true}}}'],
  ])('that is malformed is invalid_request: %s', async (_what, value) => {
    const request = {
      client_id: client.client_id,
      redirect_uri: client.redirect_uris[0],
      scope: 'openid',
      claims: value,
    };
    expect((await ask(server, jar, request)).params.error).toBe('invalid_request');
  });

  it('lives on in refreshed tokens', async () => {
    const redirectUri = client.redirect_uris[0];
    const request = {
      client_id: client.client_id,
      redirect_uri: redirectUri,
      scope: 'openid offline_access',
      prompt: 'consent',
      claims: claims({ userinfo: { nickname: null }, id_token: { nickname: null } }),
    };
    const first = await redeem(server, client, { ...(await authorize(server, request, jar)), redirectUri });
    const response = await postForm(
      `${server.url}/oauth/token`,
      { grant_type: 'refresh_token', refresh_token: first.refresh_token },
      { authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
    );
    const second = (await response.json()) as { access_token: string; id_token: string };
    expect((await verifyIdToken(server, client.client_id, second.id_token)).claims.nickname).toBe('jc');
    expect(await (await userinfo(server, second.access_token)).json()).toMatchObject({ nickname: 'jc' });
  });
});

describe('the userinfo request (§5.3.1)', () => {
  const url = `${server.url}/oauth/userinfo`;
  let token: string;
  beforeAll(async () => {
    token = (await obtain({ scope: 'openid' })).access_token;
  });

  it('takes a POST without a body, whatever type of body it names (§5.3.1)', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/oauth/userinfo`, { method: 'POST', headers });
    expect(response.status).toBe(200);
  });

  it.each(['GET', 'POST'])('takes the token in the header: %s', async (method) => {
    const response = await userinfo(server, token, { method });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('takes the token in a form that is posted (RFC 6750 §2.2)', async () => {
    expect((await postForm(url, { access_token: token })).status).toBe(200);
  });

  it('takes no token from the URL', async () => {
    const response = await fetch(`${url}?access_token=${token}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_request"/);
  });

  it('refuses two tokens at once', async () => {
    const response = await postForm(url, { access_token: token }, { authorization: `Bearer ${token}` });
    expect(response.status).toBe(400);
  });

  it('without a token is 401 with a challenge that names no error (RFC 6750 §3)', async () => {
    const response = await fetch(url);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="userinfo"');
  });

  it('with a bad token is invalid_token', async () => {
    const response = await userinfo(server, 'nonsense');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/error="invalid_token"/);
  });

  it('with a token without the scope openid is insufficient_scope', async () => {
    const { access_token } = await obtain({ scope: 'profile' });
    const response = await userinfo(server, access_token);
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toMatch(/error="insufficient_scope".*scope="openid"/);
  });

  it('with a machine’s token is refused', async () => {
    const { access_token } = await clientCredentials(server);
    expect((await userinfo(server, access_token)).status).toBe(403);
  });

  it('with an ID token is refused', async () => {
    const { id_token } = await obtain({ scope: 'openid' });
    expect((await userinfo(server, id_token!)).status).toBe(401);
  });

  it('takes no other method', async () => {
    const response = await fetch(url, { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});

describe('signed userinfo (§5.3.2)', () => {
  it.each(['RS256', 'ES256'])('is a JWT with iss and aud when the client is registered for %s', async (algorithm) => {
    const signed = await createClient(server, { userinfo_signed_response_alg: algorithm, scope: IDENTITY });
    const redirectUri = signed.redirect_uris[0];
    const request = { client_id: signed.client_id, redirect_uri: redirectUri, scope: 'openid email' };
    const { access_token, id_token } = await redeem(server, signed, {
      ...(await authorize(server, request, jar)),
      redirectUri,
    });
    const response = await userinfo(server, access_token);
    expect(response.headers.get('content-type')).toBe('application/jwt');
    const { header, claims } = await verifyIdToken(server, signed.client_id, await response.text());
    expect(header.alg).toBe(algorithm);
    const idToken = await verifyIdToken(server, signed.client_id, id_token);
    expect(claims).toMatchObject({
      iss: server.issuer,
      aud: signed.client_id,
      sub: idToken.claims.sub,
      email: PERSON.email,
    });
  });
});

it('the metadata names what can be told (Discovery §3)', async () => {
  const metadata = await openidConfiguration(server);
  expect(metadata).toMatchObject({
    claims_parameter_supported: true,
    claim_types_supported: ['normal', 'aggregated', 'distributed'],
  });
  const { sub, ...claims } = await told({ scope: IDENTITY });
  expect(metadata.claims_supported).toEqual(expect.arrayContaining(['sub', ...Object.keys(claims)]));
  expect(sub).toBeDefined();
});
