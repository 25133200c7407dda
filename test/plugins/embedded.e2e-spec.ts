// Plug-ins in a host application with the server inside: provided by any module of it, on Fastify and on Express.
import { Module } from '@nestjs/common';
import {
  AuthorizationServer,
  Claims,
  type ClaimsContext,
  type ClaimsSource,
  Endpoint,
  EndpointController,
  type EndpointResponder,
  Grant,
  InvalidGrantError,
  jsonResponse,
  type OAuthResponse,
  type TokenRequest,
  type TokenResponse,
  UsersService,
  UserTokens,
} from 'nest-authorization-server';
import { type Host, PLATFORMS, startHost } from '../embedding/host.js';
import { CALLBACK, CLIENTS } from '../support/fixtures.js';
import { introspect, obtainTokens, tokenRequest } from '../support/flow.js';
import { basic } from '../support/http.js';
import { userinfo } from '../support/openid.js';

const PIN = 'urn:example:pin';
const kiosk = {
  client_id: 'kiosk',
  client_secret: 'kiosk-secret-'.padEnd(40, '0'),
  redirect_uris: [CALLBACK],
  grant_types: [PIN, 'authorization_code'],
  scope: 'openid read badge',
};

@Grant(PIN)
class PinGrant implements Grant {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: UserTokens,
  ) {}

  async respond({ client, parameters }: TokenRequest): Promise<TokenResponse> {
    const [alice] = (await this.users.list({ limit: 100 })).filter(({ username }) => username === 'alice');
    if (parameters.require('pin') !== '0815') throw new InvalidGrantError('The PIN is wrong.');
    return this.tokens.issue({ client, user: alice, scope: ['read'], resources: [], grantType: PIN, amr: ['pin'] });
  }
}

@Claims('badge')
class BadgeClaims implements ClaimsSource {
  readonly claims = ['badge_number'];

  resolve({ user }: ClaimsContext): Record<string, unknown> {
    return { badge_number: user.username.length };
  }
}

@Endpoint({ name: 'ping', path: '/oauth/ping', methods: ['GET'], metadata: 'ping_endpoint' })
class PingEndpoint extends EndpointController {
  respond(): OAuthResponse {
    return jsonResponse(200, { pong: true });
  }
}

@Endpoint({ name: 'revocation', replaces: true })
class NothingRevoked implements EndpointResponder {
  respond(): OAuthResponse {
    return jsonResponse(200, { revoked: false });
  }
}

/** Far from the root module, and without an import of ours. */
@Module({ controllers: [PingEndpoint], providers: [PinGrant, BadgeClaims, NothingRevoked] })
class PluginsModule {}

const world = {
  users: [{ username: 'alice', password: 'alice-password-1' }],
  clients: [kiosk, CLIENTS.api],
  scopes: [
    { name: 'read', description: 'Read' },
    { name: 'badge', description: 'See your badge' },
  ],
};

describe.each(PLATFORMS)('in a host application on %s', (platform) => {
  let host: Host;
  beforeAll(async () => {
    const server = { issuerPath: '/auth', bootstrap: world };
    host = await startHost({ platform, server, imports: [PluginsModule] });
  });

  it('a grant issues tokens', async () => {
    const response = await tokenRequest(host, kiosk, { grant_type: PIN, pin: '0815' });
    const { access_token } = (await response.json()) as TokenResponse;
    expect(await introspect(host, access_token)).toMatchObject({ active: true, username: 'alice', scope: 'read' });
    expect((await tokenRequest(host, kiosk, { grant_type: PIN, pin: '1' })).status).toBe(400);
  });

  it('claims are told', async () => {
    const parameters = { scope: 'openid badge', redirect_uri: kiosk.redirect_uris[0] };
    const { access_token } = await obtainTokens(host, kiosk, parameters);
    expect(await (await userinfo(host, access_token)).json()).toMatchObject({ badge_number: 5 });
  });

  it('an endpoint answers below the issuer, untouched by what the host has for all its routes', async () => {
    const response = await fetch(`${host.issuer}/oauth/ping`);
    expect(await response.json()).toEqual({ pong: true });
    expect((await fetch(`${host.url}/oauth/ping`)).status).toBe(404);
    const metadata = await fetch(`${host.issuer}/.well-known/openid-configuration`);
    expect(await metadata.json()).toMatchObject({ ping_endpoint: `${host.issuer}/oauth/ping` });
  });

  it('an endpoint takes the place of a built-in one', async () => {
    const response = await fetch(`${host.issuer}/oauth/revoke`, { method: 'POST' });
    expect(await response.json()).toEqual({ revoked: false });
  });

  it('AuthorizationServer answers without HTTP', async () => {
    const server = host.app.get(AuthorizationServer);
    const { status, body } = await server.createTokenResponse({
      method: 'POST',
      query: '',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basic(kiosk.client_id, kiosk.client_secret),
      },
      body: Buffer.from(`grant_type=${PIN}&pin=0815`),
      address: '192.0.2.1',
    });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ token_type: 'Bearer', scope: 'read' });
  });
});
