// Claims of a host application's plug-ins: normal, aggregated and distributed, beside those of the protocol.
// @see OIDC Core §5.2, §5.6 https://openid.net/specs/openid-connect-core-1_0.html#ClaimTypes
import { Claims, type ClaimsContext, type ClaimsSource, type ExternalClaims } from '../../src/index.js';
import { createClient, type CreatedClient } from '../support/clients.js';
import { administrate, authorize, redeem, signIn, type TokenResponse } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { type InProcessServer, startInProcess } from '../support/in-process.js';
import { openidConfiguration, userinfo, verifyIdToken } from '../support/openid.js';

@Claims('loyalty')
class LoyaltyClaims implements ClaimsSource {
  readonly claims = ['loyalty_level', 'loyalty_greeting', 'credit_score', 'payment_history'];

  resolve({ locales }: ClaimsContext): Record<string, unknown> {
    return {
      loyalty_level: 7,
      loyalty_greeting: locales.includes('fr') ? 'Bonjour' : 'Hello',
      // None of these is a claim that it has announced.
      ...{ iss: 'https://evil.example', sub: 'mallory', aud: 'other', exp: 1, nonce: 'other', auth_time: 1 },
      ...{ sid: 'other', at_hash: 'other', email: 'mallory@evil.example', _claim_names: { sub: 'src1' } },
    };
  }

  external(): ExternalClaims[] {
    return [
      { claims: ['credit_score'], jwt: 'eyJhbGciOiJub25lIn0.e30.' },
      { claims: ['payment_history', 'sub'], endpoint: 'https://bank.example/claims', accessToken: 'ksj3n283dke' },
    ];
  }
}

@Claims('forged')
class ForgedClaims implements ClaimsSource {
  readonly claims = ['acr'];
}

@Claims('mail')
class SecondEmailClaims implements ClaimsSource {
  readonly claims = ['email'];
}

const ALL = {
  loyalty_level: 7,
  loyalty_greeting: 'Hello',
  _claim_names: { credit_score: 'src1', payment_history: 'src2' },
  _claim_sources: {
    src1: { JWT: 'eyJhbGciOiJub25lIn0.e30.' },
    src2: { endpoint: 'https://bank.example/claims', access_token: 'ksj3n283dke' },
  },
};

let server: InProcessServer;
let client: CreatedClient;
let jar: CookieJar;

beforeAll(async () => {
  server = await startInProcess({}, [LoyaltyClaims]);
  expect((await administrate(server, 'POST', '/api/scopes', { name: 'loyalty', description: 'See your level' })).status)
    .toBe(201); // prettier-ignore
  client = await createClient(server, {
    scope: 'openid loyalty offline_access',
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
    response_types: ['code', 'id_token'],
  });
  jar = await signIn(server);
});

async function obtain(params: Record<string, string>): Promise<TokenResponse & { flow: Record<string, string> }> {
  const redirectUri = client.redirect_uris[0];
  const flow = await authorize(server, { client_id: client.client_id, redirect_uri: redirectUri, ...params }, jar);
  expect(flow.params.error).toBeUndefined();
  const tokens = flow.params.code === undefined ? {} : await redeem(server, client, { ...flow, redirectUri });
  return { ...(tokens as TokenResponse), flow: flow.params };
}

async function told(accessToken: string): Promise<Record<string, unknown>> {
  return (await (await userinfo(server, accessToken)).json()) as Record<string, unknown>;
}

it('are told with the scope of the plug-in: normal, aggregated and distributed (§5.6.2)', async () => {
  const { access_token } = await obtain({ scope: 'openid loyalty' });
  expect(await told(access_token)).toEqual({ sub: expect.any(String), ...ALL });
});

it('never override claims of the protocol, nor those of another source (§2, §5.3.2)', async () => {
  const { flow } = await obtain({ scope: 'openid loyalty', response_type: 'id_token', nonce: 'mine' });
  const { claims } = await verifyIdToken(server, client.client_id, flow.id_token);
  expect(claims).toMatchObject({ ...ALL, iss: server.issuer, aud: client.client_id, nonce: 'mine' });
  expect(claims.sub).not.toBe('mallory');
  expect(claims.auth_time).not.toBe(1);
  expect(claims.sid).not.toBe('other');
  expect(Object.keys(claims)).not.toEqual(expect.arrayContaining(['email']));
});

it('are told one by one when the claims parameter asks for them (§5.5)', async () => {
  const request = JSON.stringify({ userinfo: { payment_history: null }, id_token: { loyalty_level: { value: 7 } } });
  const { access_token, id_token } = await obtain({ scope: 'openid', claims: request });
  expect(await told(access_token)).toEqual({
    sub: expect.any(String),
    _claim_names: { payment_history: 'src1' },
    _claim_sources: { src1: ALL._claim_sources.src2 },
  });
  const { claims } = await verifyIdToken(server, client.client_id, id_token);
  expect(claims.loyalty_level).toBe(7);
  expect(claims).not.toHaveProperty('_claim_names');
});

it('know the languages of claims_locales, at userinfo and in ID tokens of the token endpoint (§5.2)', async () => {
  const request = JSON.stringify({ id_token: { loyalty_greeting: null } });
  const scope = 'openid loyalty offline_access';
  const tokens = await obtain({ scope, claims_locales: 'fr en', claims: request, prompt: 'consent' });
  expect(await told(tokens.access_token)).toMatchObject({ loyalty_greeting: 'Bonjour' });
  const { claims } = await verifyIdToken(server, client.client_id, tokens.id_token);
  expect(claims.loyalty_greeting).toBe('Bonjour');
});

it('are named by the metadata (Discovery §3)', async () => {
  const { claims_supported } = (await openidConfiguration(server)) as { claims_supported: string[] };
  expect(claims_supported).toEqual(expect.arrayContaining(['loyalty_level', 'credit_score']));
});

it.each([
  ['a claim of the protocol', ForgedClaims, "'acr' is a claim of the protocol"],
  ['a claim of another source', SecondEmailClaims, "'email' is told by @Claims('mail')"],
])('a plug-in that would tell %s stops the start', async (_what, plugin, message) => {
  await expect(startInProcess({}, [plugin])).rejects.toThrow(message);
});
