// The revocation request: who may revoke what, how it is asked, and how far it reaches.
// @see RFC 7009 §2, §2.1 https://www.rfc-editor.org/rfc/rfc7009#section-2.1
import { CLIENTS } from '../support/fixtures.js';
import {
  authorize,
  baseOf,
  clientCredentials,
  introspect,
  obtainTokens,
  redeem,
  revoke,
  signIn,
  tokenRequest,
  type TokenResponse,
} from '../support/flow.js';
import { basic, form, postForm } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const ENDPOINT = `${baseOf(server)}/oauth/revoke`;
const { web, post, other, spa, machine, machineJwt, api } = CLIENTS;
const JWT_RESOURCE = 'https://api.example.com';

const isActive = async (token: string): Promise<boolean> => (await introspect(server, token)).active;
const refresh = (client: { client_id: string }, token: string | undefined): Promise<Response> =>
  tokenRequest(server, client, { grant_type: 'refresh_token', refresh_token: token });
const asWeb = { authorization: basic(web.client_id, web.client_secret) };

/** Tokens of the public client, which get a refresh token. */
const spaTokens = (): Promise<TokenResponse> => obtainTokens(server, spa, { scope: 'profile read' });

describe('who may revoke', () => {
  it.each([
    ['client_secret_basic', web],
    ['client_secret_post', post],
  ])('a confidential client its own tokens, authenticated by %s (§2.1)', async (_, client) => {
    const { access_token } = await obtainTokens(server, client, { scope: 'read' });
    expect(await isActive(access_token)).toBe(true);
    expect((await revoke(server, client, access_token)).status).toBe(200);
    expect(await isActive(access_token)).toBe(false);
  });

  it('a public client its own access token, by its client_id (§2.1, §5)', async () => {
    const { access_token } = await spaTokens();
    expect(await isActive(access_token)).toBe(true);
    expect((await revoke(server, spa, access_token)).status).toBe(200);
    expect(await isActive(access_token)).toBe(false);
  });

  it('a public client its own refresh token, and with it the grant (§2.1, §5)', async () => {
    const { access_token, refresh_token } = await spaTokens();
    expect((await revoke(server, spa, refresh_token!)).status).toBe(200);
    expect(await isActive(access_token)).toBe(false);
    expect((await refresh(spa, refresh_token)).status).toBe(400);
  });

  it.each([
    ['a wrong secret', { authorization: basic(machine.client_id, 'wrong'.padEnd(40, '0')) }, {}],
    ['no authentication', {}, {}],
    ['the client_id alone of a client that has a secret', {}, { client_id: machine.client_id }],
    [
      'the secret in the body of a client registered for Basic',
      {},
      {
        client_id: machine.client_id,
        client_secret: machine.client_secret,
      },
    ],
    ['an unknown client', { authorization: basic('nobody', 'nothing'.padEnd(40, '0')) }, {}],
  ])('nobody with %s (§2.1, RFC 6749 §2.3)', async (_, headers, credentials) => {
    const { access_token } = await clientCredentials(server, machine);
    const response = await postForm(ENDPOINT, { token: access_token, ...credentials }, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
    expect(await isActive(access_token)).toBe(true);
  });

  it.each([
    ['an access token', (tokens: TokenResponse) => tokens.access_token],
    ['a refresh token', (tokens: TokenResponse) => tokens.refresh_token!],
  ])('not another client: %s is refused and stays as it is (§2.1)', async (_, choose) => {
    const tokens = await obtainTokens(server, web, { scope: 'read' });
    for (const stranger of [other, spa, api]) {
      const response = await revoke(server, stranger, choose(tokens));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
    }
    expect(await isActive(tokens.access_token)).toBe(true);
    expect((await refresh(web, tokens.refresh_token)).status).toBe(200);
  });

  it('not another client by the client_id of the owner beside its own credentials (§2.1)', async () => {
    const { access_token } = await clientCredentials(server, machine);
    const headers = { authorization: basic(other.client_id, other.client_secret) };
    const response = await postForm(ENDPOINT, { token: access_token, client_id: machine.client_id }, headers);
    expect(response.status).toBe(400);
    expect(await isActive(access_token)).toBe(true);
  });
});

describe('how it is asked', () => {
  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('not by %s (§2.1)', async (method) => {
    const response = await fetch(ENDPOINT, { method, headers: asWeb });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it.each([
    ['application/json', JSON.stringify({ token: 'x' })],
    ['text/plain', 'token=x'],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--x--\r\n'],
  ])('not as %s (§2.1)', async (type, body) => {
    const response = await fetch(ENDPOINT, { method: 'POST', body, headers: { ...asWeb, 'content-type': type } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it.each([
    ['without a token', ''],
    ['with an empty token', 'token='],
    ['with two tokens', 'token=a&token=b'],
    ['with two hints', 'token=a&token_type_hint=access_token&token_type_hint=refresh_token'],
    ['with a broken percent-encoding', 'token=%zz'],
    ['with a NUL', 'token=a%00b'],
    ['with bytes that are no UTF-8', 'token=%ff%fe'],
  ])('not %s (§2.1)', async (_, body) => {
    const headers = { ...asWeb, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(ENDPOINT, { method: 'POST', body, headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('not in the URL: a token there is none (§2.1)', async () => {
    const { access_token } = await clientCredentials(server, machine);
    const url = `${ENDPOINT}?${form({ token: access_token }).toString()}`;
    const response = await postForm(url, {}, { authorization: basic(machine.client_id, machine.client_secret) });
    expect(response.status).toBe(400);
    expect(await isActive(access_token)).toBe(true);
  });

  it.each(['refresh_token', 'urn:example:no-such-token', 'ACCESS_TOKEN', 'x'.repeat(2000)])(
    'with any hint for an access token: %.30s (§2.1)',
    async (hint) => {
      const { access_token } = await clientCredentials(server, machine);
      expect((await revoke(server, machine, access_token, { token_type_hint: hint })).status).toBe(200);
      expect(await isActive(access_token)).toBe(false);
    },
  );

  it.each(['access_token', 'urn:example:no-such-token'])(
    'with any hint for a refresh token: %s (§2.1)',
    async (hint) => {
      const { access_token, refresh_token } = await spaTokens();
      expect((await revoke(server, spa, refresh_token!, { token_type_hint: hint })).status).toBe(200);
      expect(await isActive(access_token)).toBe(false);
    },
  );

  it.each([
    ['access_token', 'access_token'],
    ['refresh_token', 'refresh_token'],
  ] as const)('with the right hint: %s (§2.1)', async (hint, member) => {
    const tokens = await spaTokens();
    expect((await revoke(server, spa, tokens[member]!, { token_type_hint: hint })).status).toBe(200);
    expect(await isActive(tokens.access_token)).toBe(false);
  });
});

describe('how far it reaches', () => {
  it('an access token ends alone: the refresh token and other access tokens of the grant stay (§2.1)', async () => {
    const first = await spaTokens();
    const second = (await (await refresh(spa, first.refresh_token)).json()) as TokenResponse;
    await revoke(server, spa, second.access_token);
    expect(await isActive(second.access_token)).toBe(false);
    expect(await isActive(first.access_token)).toBe(true);
    expect((await refresh(spa, second.refresh_token)).status).toBe(200);
  });

  it('a refresh token ends every access token of its grant, and its successors (§2.1)', async () => {
    const first = await spaTokens();
    const second = (await (await refresh(spa, first.refresh_token)).json()) as TokenResponse;
    await revoke(server, spa, second.refresh_token!);
    expect(await isActive(first.access_token)).toBe(false);
    expect(await isActive(second.access_token)).toBe(false);
    const refused = await refresh(spa, second.refresh_token);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('a refresh token that was rotated ends the grant, too, also within the grace (§2.1)', async () => {
    const first = await spaTokens();
    const second = (await (await refresh(spa, first.refresh_token)).json()) as TokenResponse;
    expect((await revoke(server, spa, first.refresh_token!)).status).toBe(200);
    expect(await isActive(second.access_token)).toBe(false);
    expect((await refresh(spa, second.refresh_token)).status).toBe(400);
    expect((await refresh(spa, first.refresh_token)).status).toBe(400);
  });

  it('a refresh token leaves other grants of the same user to the same client (§2.1)', async () => {
    const jar = await signIn(server);
    const ended = await obtainTokens(server, web, { scope: 'read' }, jar);
    const kept = await obtainTokens(server, web, { scope: 'read' }, jar);
    await revoke(server, web, ended.refresh_token!);
    expect(await isActive(ended.access_token)).toBe(false);
    expect(await isActive(kept.access_token)).toBe(true);
    expect((await refresh(web, kept.refresh_token)).status).toBe(200);
  });

  it('a token of a machine ends alone, although all of them hang on one grant (§2.1)', async () => {
    const [ended, kept] = await Promise.all([clientCredentials(server, machine), clientCredentials(server, machine)]);
    await revoke(server, machine, ended.access_token);
    expect(await isActive(ended.access_token)).toBe(false);
    expect(await isActive(kept.access_token)).toBe(true);
    expect(await isActive((await clientCredentials(server, machine)).access_token)).toBe(true);
  });

  it('a code is no token: it is not revoked, and stays good (§2.1)', async () => {
    const authorization = await authorize(server, { client_id: spa.client_id, scope: 'read' });
    expect((await revoke(server, spa, authorization.code)).status).toBe(200);
    expect((await redeem(server, spa, authorization)).access_token).toBeTruthy();
  });
});

describe('JWT access tokens (§3)', () => {
  it('end at once, by the text of the JWT', async () => {
    const [{ access_token }, kept] = await Promise.all([
      clientCredentials(server, machineJwt),
      clientCredentials(server, machineJwt),
    ]);
    expect(access_token.split('.')).toHaveLength(3);
    expect(await isActive(access_token)).toBe(true);
    expect((await revoke(server, machineJwt, access_token, { token_type_hint: 'refresh_token' })).status).toBe(200);
    expect(await isActive(access_token)).toBe(false);
    expect(await isActive(kept.access_token)).toBe(true);
  });

  it('end with the refresh token of their grant', async () => {
    const tokens = await obtainTokens(server, web, { scope: 'read', resource: JWT_RESOURCE });
    expect(tokens.access_token.split('.')).toHaveLength(3);
    expect(await isActive(tokens.access_token)).toBe(true);
    await revoke(server, web, tokens.refresh_token!);
    expect(await isActive(tokens.access_token)).toBe(false);
  });

  it('are not ended by another client, by a text that was changed, or by their jti', async () => {
    const { access_token } = await clientCredentials(server, machineJwt);
    const [head, payload, signature] = access_token.split('.') as [string, string, string];
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string };
    const stranger = await revoke(server, other, access_token);
    expect(stranger.status).toBe(400);
    expect(await stranger.json()).toMatchObject({ error: 'invalid_grant' });
    const forged = `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const token of [forged, `${head}.${payload}.`, jti]) {
      expect((await revoke(server, machineJwt, token)).status).toBe(200);
    }
    expect(await isActive(access_token)).toBe(true);
  });
});
