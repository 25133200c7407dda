// A grant type of a host application, in one file: a link that was sent by e-mail is worth tokens.
// @see RFC 6749 §4.5 https://www.rfc-editor.org/rfc/rfc6749#section-4.5
import {
  Grant,
  InvalidGrantError,
  ResourceIndicators,
  resolveScope,
  type TokenRequest,
  type TokenResponse,
  UsersService,
  UserTokens,
} from 'nest-authorization-server';
import { createClient, type CreatedClient } from '../support/clients.js';
import { CLIENTS, USERS } from '../support/fixtures.js';
import { clientCredentials, introspect, tokenRequest } from '../support/flow.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { openidConfiguration, verifyIdToken } from '../support/openid.js';

const MAGIC_LINK = 'urn:example:magic-link';

@Grant(MAGIC_LINK)
class MagicLinkGrant implements Grant {
  constructor(
    private readonly users: UsersService,
    private readonly resources: ResourceIndicators,
    private readonly tokens: UserTokens,
  ) {}

  async respond({ client, parameters }: TokenRequest): Promise<TokenResponse> {
    const [username, proof] = parameters.require('link').split(':');
    const user =
      proof === 'proven' ? (await this.users.list({ limit: 100 })).find((one) => one.username === username) : undefined;
    if (!user) throw new InvalidGrantError('The link is not good.', { reason: 'unknown link' });
    const resources = await this.resources.read(client, parameters);
    return this.tokens.issue({
      client,
      user,
      scope: resolveScope(client, parameters.get('scope'), resources),
      resources: resources.map(({ identifier }) => identifier),
      grantType: MAGIC_LINK,
      amr: ['link'],
    });
  }
}

@Grant('client_credentials', { replaces: true })
class OtherClientCredentialsGrant implements Grant {
  respond({ client }: TokenRequest): Promise<TokenResponse> {
    return Promise.resolve({ access_token: `of ${client.id}`, token_type: 'Bearer', expires_in: 1, scope: '' });
  }
}

@Grant('password')
class SecondPasswordGrant implements Grant {}

let server: InProcessServer;
let client: CreatedClient;

beforeAll(async () => {
  server = await startInProcess({ lifetimes: { accessTokenByGrantType: { [MAGIC_LINK]: 77 } } }, [MagicLinkGrant]);
  client = await createClient(server, {
    grant_types: [MAGIC_LINK, 'refresh_token'],
    response_types: [],
    redirect_uris: [],
  });
});

const redeem = (link: string, scope = 'read'): Promise<Response> =>
  tokenRequest(server, client, { grant_type: MAGIC_LINK, link, scope });

it('answers at the token endpoint, with tokens that work everywhere (§4.5, §5.1)', async () => {
  const response = await redeem('alice:proven');
  expect(response.status).toBe(200);
  const tokens = (await response.json()) as TokenResponse & { refresh_token: string };
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 77, scope: 'read' });
  expect(await introspect(server, tokens.access_token)).toMatchObject({ active: true, username: USERS.alice.username });
  const again = await tokenRequest(server, client, {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  });
  expect(again.status).toBe(200);
});

it('gets an ID token for the scope openid (OIDC Core §2)', async () => {
  const { id_token } = (await (await redeem('alice:proven', 'openid read')).json()) as TokenResponse;
  const { claims } = await verifyIdToken(server, client.client_id, id_token as string);
  expect(claims.amr).toEqual(['link']);
});

it('refuses with an error of the protocol (§5.2)', async () => {
  const response = await redeem('alice:guessed');
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: 'invalid_grant', error_description: 'The link is not good.' });
});

it('is for clients that are registered for it (§5.2)', async () => {
  const response = await tokenRequest(server, CLIENTS.web, { grant_type: MAGIC_LINK, link: 'alice:proven' });
  expect(await response.json()).toMatchObject({ error: 'unauthorized_client' });
});

it('is advertised (RFC 8414 §2)', async () => {
  expect((await openidConfiguration(server)).grant_types_supported).toContain(MAGIC_LINK);
});

it('takes the place of a built-in one when it says so', async () => {
  const other = await startInProcess({}, [OtherClientCredentialsGrant]);
  expect((await clientCredentials(other, CLIENTS.machine)).access_token).toBe('of machine');
});

it('is not provided twice by accident', async () => {
  await expect(startInProcess({}, [SecondPasswordGrant])).rejects.toThrow(
    "@Grant('password') is provided twice: SecondPasswordGrant and PasswordGrant. Say { replaces: true } on the one that shall be used.",
  );
});
