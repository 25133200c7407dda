// The other endpoints at addresses of a host application: the same answers, by the same code.
// @see RFC 6749 §3 https://www.rfc-editor.org/rfc/rfc6749#section-3
import { AuthorizationServer, type OAuthRequest } from 'nest-authorization-server';
import { createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect, obtainTokens, signIn } from '../support/flow.js';
import { basic, form, postForm } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { HOST } from './host.js';

const { machine, api, trusted } = CLIENTS;

let server: InProcessServer;
let host: AuthorizationServer;

beforeAll(async () => {
  server = await startInProcess({ errorUris: { invalid_scope: 'https://docs.example/scope' } }, HOST);
  host = server.app.get(AuthorizationServer);
});

const at = (name: string): string => `${server.url}/host/endpoints/${name}`;
const as = ({ client_id, client_secret }: { client_id: string; client_secret: string }): { authorization: string } => ({
  authorization: basic(client_id, client_secret),
});
const request = (body: string, headers: Record<string, string> = {}): OAuthRequest => ({
  method: 'POST',
  query: '',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: Buffer.from(body),
  address: '192.0.2.1',
});

it('createTokenResponse answers as the token endpoint, errors too (RFC 6749 §3.2, §5.2)', async () => {
  const response = await postForm(
    `${server.url}/host/token`,
    { grant_type: 'client_credentials', scope: 'read' },
    as(machine),
  );
  const { access_token } = (await response.json()) as { access_token: string };
  expect((await introspect(server, access_token)).active).toBe(true);
  const wrong = { client_id: machine.client_id, client_secret: 'wrong' };
  const refused = await postForm(`${server.url}/host/token`, { grant_type: 'client_credentials' }, as(wrong));
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('Basic');
  expect(await refused.json()).toEqual({ error: 'invalid_client', error_description: 'Client authentication failed.' });
});

it('needs no HTTP', async () => {
  const response = await host.createTokenResponse(request('grant_type=client_credentials&scope=unknown', as(machine)));
  expect(response).toMatchObject({
    status: 400,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
  expect(JSON.parse(response.body)).toMatchObject({ error: 'invalid_scope', error_uri: 'https://docs.example/scope' });
});

it('revocation and introspection (RFC 7009 §2, RFC 7662 §2)', async () => {
  const { access_token: token } = await clientCredentials(server, machine);
  const introspected = async (): Promise<unknown> => (await postForm(at('introspection'), { token }, as(api))).json();
  expect(await introspected()).toMatchObject({ active: true, client_id: 'machine' });
  expect((await postForm(at('revocation'), { token }, as(machine))).status).toBe(200);
  expect(await introspected()).toEqual({ active: false });
});

it('userinfo, with the challenge of its errors (OIDC Core §5.3)', async () => {
  const client = await createClient(server);
  const parameters = { redirect_uri: client.redirect_uris[0], scope: 'openid profile' };
  const { access_token } = await obtainTokens(server, client, parameters, await signIn(server));
  const response = await fetch(at('userinfo'), { headers: { authorization: `Bearer ${access_token}` } });
  expect(await response.json()).toMatchObject({ name: 'Alice Example' });
  const refused = await fetch(at('userinfo'), { headers: { authorization: 'Bearer unknown' } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
});

it('registration and client configuration (RFC 7591 §3, RFC 7592 §2)', async () => {
  const metadata = JSON.stringify({ redirect_uris: ['https://new.example/callback'] });
  const headers = { 'content-type': 'application/json' };
  const registered = await fetch(at('registration'), { method: 'POST', headers, body: metadata });
  expect(registered.status).toBe(201);
  const { client_id, registration_access_token } = (await registered.json()) as Record<string, string>;
  const configuration: OAuthRequest = {
    ...request('', { authorization: `Bearer ${registration_access_token}` }),
    ...{ method: 'GET', path: `/anywhere/${client_id}`, body: undefined },
  };
  const response = await host.createEndpointResponse('client_configuration', configuration);
  expect(JSON.parse(response.body)).toMatchObject({ client_id, redirect_uris: ['https://new.example/callback'] });
});

it.each(['jwks', 'metadata', 'openid_configuration'])('%s is the same document', async (name) => {
  const own = { jwks: 'oauth/jwks', metadata: '.well-known/oauth-authorization-server' }[name];
  const document = await fetch(`${server.url}/${own ?? '.well-known/openid-configuration'}`);
  expect(await (await fetch(at(name))).text()).toBe(await document.text());
});

it('takes the methods of the endpoint alone (RFC 6749 §3.2)', async () => {
  const response = await fetch(at('token'));
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('POST');
});

it.each([
  ['nonsense', "No @Endpoint('nonsense') is provided; there are: "],
  ['authorization', "@Endpoint('authorization') answers with pages"],
])('of %s there is no answer, and the host is told why', async (name, message) => {
  const response = await fetch(at(name));
  expect(response.status).toBe(501);
  expect(((await response.json()) as { message: string }).message).toContain(message);
});

describe('validateEndpointRequest', () => {
  const signOut = (parameters: Record<string, string>): Promise<Response> =>
    fetch(`${server.url}/host/sign-out?${form(parameters).toString()}`, { redirect: 'manual' });

  it('checks a logout request before a page asks about it (RP-Initiated Logout §2)', async () => {
    const uri = 'https://created.example/bye';
    const client = await createClient(server, { post_logout_redirect_uris: [uri] });
    expect(await (await signOut({ client_id: client.client_id, post_logout_redirect_uri: uri })).json()).toMatchObject({
      page: 'sign-out',
    });
    const parameters = { redirect_uri: client.redirect_uris[0], scope: 'openid' };
    const { id_token } = await obtainTokens(server, client, parameters, await signIn(server));
    const known = await signOut({ id_token_hint: id_token as string, post_logout_redirect_uri: uri, state: 's' });
    expect(known.headers.get('location')).toBe(`${uri}?state=s`);
    const refused = await signOut({ client_id: trusted.client_id, post_logout_redirect_uri: 'https://evil.example/' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('says where there is nothing to ask', async () => {
    await expect(host.validateEndpointRequest('token', request(''))).rejects.toThrow(
      "@Endpoint('token') has nothing to ask",
    );
  });
});
