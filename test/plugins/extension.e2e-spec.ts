// What takes the place of a built-in plug-in can extend it: something before, something after, the rest as it was.
// @see RFC 6749 §5.1 https://www.rfc-editor.org/rfc/rfc6749#section-5.1
import {
  AuthorizationCodeGrant,
  type AuthorizationGrant,
  Claims,
  type ClaimsContext,
  ClientAuth,
  ClientCredentialsGrant,
  ClientSecretBasic,
  Grant,
  InvalidClientError,
  JwtFormat,
  type OAuthRequest,
  type OAuthResponse,
  type PresentedCredentials,
  ProfileClaims,
  QueryResponseMode,
  ResponseMode,
  ResponseType,
  TokenFormat,
  type TokenFormatContext,
  type TokenRequest,
  type TokenResponse,
  UnauthorizedClientError,
} from 'nest-authorization-server';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, clientCredentials, introspect, redeem, signIn, tokenRequest } from '../support/flow.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { userinfo } from '../support/openid.js';

const { machine, machineJwt, other, trusted } = CLIENTS;

@Grant('authorization_code', { replaces: true })
@ResponseType('code', { replaces: true })
class RegionalCodeGrant extends AuthorizationCodeGrant {
  override async authorize(grant: AuthorizationGrant): Promise<Record<string, string> | undefined> {
    const answer = await super.authorize(grant);
    return answer && { ...answer, region: 'eu' };
  }

  override async respond(request: TokenRequest): Promise<TokenResponse> {
    return { ...(await super.respond(request)), region: 'eu' };
  }
}

@Grant('client_credentials', { replaces: true })
class OfficeHoursGrant extends ClientCredentialsGrant {
  override async respond(request: TokenRequest): Promise<TokenResponse> {
    if (request.parameters.has('at_night')) throw new UnauthorizedClientError('Come back in the morning.');
    return super.respond(request);
  }
}

@ClientAuth('client_secret_basic', { replaces: true })
class SecretFromHome extends ClientSecretBasic {
  override read(request: OAuthRequest): PresentedCredentials | undefined {
    if (request.headers['x-from'] === 'abroad') throw new InvalidClientError('a secret from abroad');
    return super.read(request);
  }
}

@TokenFormat('jwt', { replaces: true })
class LoudJwtFormat extends JwtFormat {
  static written = 0;

  override write(context: TokenFormatContext): Promise<string> {
    LoudJwtFormat.written++;
    return super.write(context);
  }
}

@ResponseMode('query', { replaces: true })
class TracedQueryResponseMode extends QueryResponseMode {
  override respond(redirectUri: string, parameters: Record<string, string>): OAuthResponse {
    const response = super.respond(redirectUri, parameters);
    return { ...response, headers: { ...response.headers, 'x-traced': 'yes' } };
  }
}

@Claims('profile', { replaces: true })
class InitialsClaims extends ProfileClaims {
  override resolve(context: ClaimsContext): Record<string, unknown> {
    const { name, ...others } = super.resolve(context);
    return { ...others, name: String(name).charAt(0) };
  }
}

let server: InProcessServer;

beforeAll(async () => {
  server = await startInProcess({}, [
    RegionalCodeGrant,
    OfficeHoursGrant,
    SecretFromHome,
    LoudJwtFormat,
    TracedQueryResponseMode,
    InitialsClaims,
  ]);
});

it('a grant, at both endpoints', async () => {
  const flow = await authorize(server, { client_id: trusted.client_id, scope: 'openid profile' }, await signIn(server));
  expect(flow.params).toMatchObject({ region: 'eu', iss: server.issuer });
  const tokens = await redeem(server, trusted, flow);
  expect(tokens).toMatchObject({ region: 'eu', scope: 'openid profile', id_token: expect.any(String) });
  expect(await (await userinfo(server, tokens.access_token)).json()).toMatchObject({ name: 'A', given_name: 'Alice' });
});

it('a grant, by a check before it', async () => {
  expect((await introspect(server, (await clientCredentials(server, machine)).access_token)).active).toBe(true);
  const refused = await tokenRequest(server, machine, { grant_type: 'client_credentials', at_night: '1' });
  expect(await refused.json()).toEqual({
    error: 'unauthorized_client',
    error_description: 'Come back in the morning.',
  });
});

it('a client authentication method', async () => {
  const credentials = Buffer.from(`${other.client_id}:${other.client_secret}`).toString('base64');
  const request = (from: string): Promise<Response> =>
    fetch(`${server.url}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'x-from': from },
      body: new URLSearchParams({ token: 'unknown' }),
    });
  expect((await request('home')).status).toBe(200);
  expect((await request('abroad')).status).toBe(401);
});

it('a token format', async () => {
  const { access_token } = await clientCredentials(server, machineJwt);
  expect(LoudJwtFormat.written).toBe(1);
  expect((await introspect(server, access_token)).active).toBe(true);
});

it('a response mode', async () => {
  const query = new URLSearchParams({ client_id: trusted.client_id, response_type: 'code', prompt: 'none' });
  const response = await fetch(`${server.url}/oauth/authorize?${query.toString()}`, { redirect: 'manual' });
  expect(response.headers.get('x-traced')).toBe('yes');
  expect(response.headers.get('location')).toMatch(/^https:\/\/trusted\.example\/callback\?error=/);
});
