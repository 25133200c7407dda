// A credential of one kind is never accepted as another.
import { tokenIdentifier } from '../../src/common/credential.js';
import {
  authorize,
  clientCredentials,
  introspect,
  obtainTokens,
  redeem,
  revoke,
  signIn,
  tokenRequest,
} from '../support/flow.js';
import { CLIENTS } from '../support/fixtures.js';
import { basic } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { web } = CLIENTS;

let credentials: Record<string, string>;

beforeAll(async () => {
  const { access_token: accessToken, refresh_token: refreshToken } = await obtainTokens(server, web, {
    scope: 'profile read',
  });
  const { code } = await authorize(server, { client_id: 'web', scope: 'profile' });
  const { access_token: jwt } = await clientCredentials(server, CLIENTS.machineJwt);
  const jar = await signIn(server);
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { jti: string };
  credentials = {
    accessToken,
    refreshToken: refreshToken ?? '',
    code,
    jwt,
    jti: claims.jti,
    identifier: tokenIdentifier(accessToken),
    session: jar.session()?.value ?? '',
    secret: web.client_secret,
  };
});

const me = (token: string): Promise<Response> =>
  fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } });

it.each(['refreshToken', 'code', 'jti', 'identifier', 'session', 'secret'])('%s is no access token', async (kind) => {
  const response = await me(credentials[kind]);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect(await introspect(server, credentials[kind])).toEqual({ active: false });
});

it.each(['accessToken', 'code', 'jwt', 'jti', 'identifier', 'session', 'secret'])(
  '%s is no refresh token',
  async (kind) => {
    const response = await tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token: credentials[kind] });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
  },
);

it.each(['accessToken', 'refreshToken', 'jwt', 'jti', 'identifier', 'session'])('%s is no code', async (kind) => {
  const parameters = { grant_type: 'authorization_code', code: credentials[kind], redirect_uri: web.redirect_uris[0] };
  const response = await tokenRequest(server, web, { ...parameters, code_verifier: 'x'.repeat(43) });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
});

it.each(['accessToken', 'refreshToken', 'code', 'jti', 'identifier'])('%s is no session', async (kind) => {
  const jar = await signIn(server);
  const { name } = jar.session() as { name: string };
  const headers = { cookie: `${name}=${credentials[kind]}` };
  const response = await fetch(`${server.url}/account`, { redirect: 'manual', headers });
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toMatch(/^\/sign-in\?/);
});

it('a token is no client secret', async () => {
  for (const kind of ['accessToken', 'refreshToken', 'jwt']) {
    const response = await fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: basic('machine', credentials[kind]) },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    expect(response.status).toBe(401);
  }
});

it('the code of one client is refused to another, and stays good for its own', async () => {
  const grant = await authorize(server, { client_id: 'web', scope: 'profile' });
  const parameters = {
    grant_type: 'authorization_code',
    code: grant.code,
    code_verifier: grant.verifier,
    redirect_uri: web.redirect_uris[0],
  };
  const foreign = await tokenRequest(server, CLIENTS.other, parameters);
  expect(foreign.status).toBe(400);
  expect(await foreign.json()).toMatchObject({ error: 'invalid_grant' });
  expect((await redeem(server, web, { ...grant, redirectUri: web.redirect_uris[0] })).access_token).toBeTruthy();
});

it('nothing that was tried here has ended a token of its owner', async () => {
  expect((await me(credentials.accessToken)).status).toBe(200);
  await revoke(server, web, credentials.accessToken);
  expect((await me(credentials.accessToken)).status).toBe(401);
});
