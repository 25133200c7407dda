// Plug-ins of a host application that are registered by calls: what the decorators do, and at any moment.
import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  AuthorizationServer,
  generateCredential,
  InvalidGrantError,
  jsonResponse,
  type OAuthRequest,
  seeOther,
  tokenIdentifier,
} from 'nest-authorization-server';
import { ask } from '../support/authorization-request.js';
import { createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import {
  administrate,
  clientCredentials,
  introspect,
  me,
  obtainTokens,
  signIn,
  tokenRequest,
} from '../support/flow.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { openidConfiguration, userinfo } from '../support/openid.js';

const VOUCHER = 'urn:example:voucher';

@Injectable()
class HostPlugins implements OnModuleInit {
  constructor(private readonly server: AuthorizationServer) {}

  onModuleInit(): void {
    const { server } = this;
    server.registerGrant(VOUCHER, {
      respond: ({ parameters }) => {
        throw new InvalidGrantError(`${parameters.require('voucher')} is no voucher.`);
      },
    });
    server.registerClientAuthMethod('client_secret_post', { read: () => undefined }, { replaces: true });
    server.registerTokenFormat('dotted', {
      write: ({ value }) => `dotted.${value}`,
      recognizes: (token) => token.startsWith('dotted.'),
      identify: (token) => tokenIdentifier(token.slice('dotted.'.length)),
    });
    server.registerResponseMode('bare', { respond: (uri, { state }) => seeOther(`${uri}?only=${state}`) });
    server.registerResponseType('receipt', {
      defaultResponseMode: 'query',
      grantTypes: [],
      authorize: () => Promise.resolve({ receipt: 'yours' }),
    });
    server.registerClaims('shoes', { claims: ['shoe_size'], resolve: () => ({ shoe_size: 43 }) });
    server.registerEndpoint(
      { name: 'revocation', replaces: true },
      { respond: ({ headers }: OAuthRequest) => jsonResponse(200, { of: headers.host }) },
    );
    server.registerTokenGenerator('client_credentials', () => `machine_${randomBytes(32).toString('base64url')}`);
    server.registerTokenGenerator('default', ({ clientId }) => `${clientId}_${generateCredential()}`);
    server.registerTokenGenerator('authorization_code', () => `rt_${generateCredential()}`, 'refresh_token');
  }
}

let server: InProcessServer;
let host: AuthorizationServer;
let metadata: Record<string, unknown>;

beforeAll(async () => {
  server = await startInProcess({}, [HostPlugins]);
  host = server.app.get(AuthorizationServer);
  metadata = await openidConfiguration(server);
});

it('grant types answer and are advertised', async () => {
  const client = await createClient(server, { grant_types: [VOUCHER], response_types: [], redirect_uris: [] });
  const response = await tokenRequest(server, client, { grant_type: VOUCHER, voucher: 'paper' });
  expect(await response.json()).toEqual({ error: 'invalid_grant', error_description: 'paper is no voucher.' });
  expect(metadata.grant_types_supported).toContain(VOUCHER);
});

it('client authentication methods take the place of built-in ones', async () => {
  const response = await tokenRequest(server, CLIENTS.post, { grant_type: 'authorization_code', code: 'any' });
  expect(response.status).toBe(401);
});

it('token formats write tokens that work', async () => {
  const client = await createClient(server, {
    ...{ access_token_format: 'dotted', grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
  });
  const { access_token } = await clientCredentials(server, client, { scope: 'read' });
  expect(access_token).toMatch(/^dotted\.machine_/);
  expect((await introspect(server, access_token)).active).toBe(true);
});

it('response types and modes answer', async () => {
  const client = await createClient(server, { response_types: ['receipt'] });
  const request = {
    client_id: client.client_id,
    redirect_uri: client.redirect_uris[0],
    response_type: 'receipt',
    scope: 'read',
  };
  const jar = await signIn(server);
  expect(await ask(server, request, { jar })).toMatchObject({ params: { receipt: 'yours' } });
  expect(await ask(server, { ...request, response_mode: 'bare' }, { jar })).toMatchObject({
    params: { only: 'a state' },
  });
  expect(metadata.response_types_supported).toContain('receipt');
  expect(metadata.response_modes_supported).toContain('bare');
});

it('claims are told with their scope', async () => {
  await administrate(server, 'POST', '/api/scopes', { name: 'shoes', description: 'See your shoe size' });
  const client = await createClient(server, { scope: 'openid shoes' });
  const parameters = { redirect_uri: client.redirect_uris[0], scope: 'openid shoes' };
  const { access_token } = await obtainTokens(server, client, parameters, await signIn(server));
  expect(await (await userinfo(server, access_token)).json()).toMatchObject({ shoe_size: 43 });
  expect(metadata.claims_supported).toContain('shoe_size');
});

it('endpoints answer in the place of built-in ones, by name and over HTTP', async () => {
  const response = await fetch(`${server.url}/oauth/revoke`, { method: 'POST' });
  expect(await response.json()).toEqual({ of: new URL(server.url).host });
});

it('token generators are those of the grant type, else the default one, and tell access and refresh tokens apart', async () => {
  expect((await clientCredentials(server, CLIENTS.machine)).access_token).toMatch(/^machine_/);
  const tokens = await obtainTokens(server, CLIENTS.trusted, { scope: 'profile' }, await signIn(server));
  expect(tokens.access_token).toMatch(/^trusted_/);
  expect(tokens.refresh_token).toMatch(/^rt_/);
  expect((await me(server, tokens.access_token)).status).toBe(200);
});

it('what is registered later counts, and is in the metadata, at once', async () => {
  host.registerGrant('urn:example:late', {
    respond: () => Promise.resolve({ access_token: 'late', token_type: 'Bearer', expires_in: 1, scope: '' }),
  });
  expect((await openidConfiguration(server)).grant_types_supported).toContain('urn:example:late');
  const client = await createClient(server, {
    grant_types: ['urn:example:late'],
    response_types: [],
    redirect_uris: [],
  });
  const response = await tokenRequest(server, client, { grant_type: 'urn:example:late' });
  expect(await response.json()).toMatchObject({ access_token: 'late' });
});

it('a name that is taken is refused unless it is said that it shall be replaced', () => {
  const grant = { respond: () => Promise.reject(new InvalidGrantError()) };
  expect(() => host.registerGrant('password', grant)).toThrow("@Grant('password') is provided twice");
  expect(() => host.registerClaims('hats', { claims: ['email'] })).toThrow("'email' is told by @Claims('email')");
  expect(() => host.registerTokenGenerator('default', () => '')).toThrow(
    "The access_token generator of 'default' is registered twice. Say { replaces: true } on the one that shall be used.",
  );
  host.registerGrant('password', grant, { replaces: true });
});
