// The plans Config, Dynamic and 3rd-party-initiated login.
// @see https://openid.net/certification/conformance-testing-for-openid-connect-providers/
import { ask, open } from '../pages/browse.js';
import { assertionOf, type AssertionKey, makeAssertionKey, postAssertion } from '../support/assertions.js';
import { clientKey, jwksOf, signClaims } from '../support/client-keys.js';
import { type ClientSite, startClientSite } from '../support/client-site.js';
import { runCli } from '../support/cli.js';
import { CookieJar, type ParameterMap } from '../support/http.js';
import { openidConfiguration, userinfo, verifyIdToken } from '../support/openid.js';
import { unsigned } from '../support/request-objects.js';
import type { RunningServer } from '../support/server.js';
import { REDIRECT_URI, startProvider, Suite, type SuiteClient } from './suite.js';

let provider: RunningServer;
let suite: Suite;
let site: ClientSite;

beforeAll(async () => {
  site = await startClientSite();
  provider = await startProvider({
    env: { OUTBOUND_ALLOW: '127.0.0.1' },
    options: { unsignedIdTokens: true, unsignedRequestObjects: true },
  });
  suite = new Suite(provider);
});

describe('Config', () => {
  it('oidcc-discovery-endpoint-verification', async () => {
    const response = await fetch(`${provider.url}/.well-known/openid-configuration`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const metadata = (await response.json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      issuer: provider.issuer,
      authorization_endpoint: expect.any(String),
      token_endpoint: expect.any(String),
      userinfo_endpoint: expect.any(String),
      jwks_uri: expect.any(String),
      registration_endpoint: expect.any(String),
      response_types_supported: expect.arrayContaining(['code', 'id_token', 'id_token token']),
      response_modes_supported: expect.arrayContaining(['query', 'fragment', 'form_post']),
      grant_types_supported: expect.arrayContaining(['authorization_code', 'implicit']),
      subject_types_supported: expect.arrayContaining(['public']),
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
      scopes_supported: expect.arrayContaining(['openid']),
      claims_supported: expect.arrayContaining(['sub']),
      token_endpoint_auth_methods_supported: expect.arrayContaining(['client_secret_basic']),
    });
    for (const [name, value] of Object.entries(metadata))
      if (name.endsWith('_endpoint') || name === 'jwks_uri') expect(value).toMatch(`${provider.issuer}/`);
  });

  it('the keys have distinct kids, a use and an alg, and no private member', async () => {
    const { jwks_uri } = await openidConfiguration(provider);
    const { keys } = (await (await fetch(jwks_uri as string)).json()) as { keys: Record<string, string>[] };
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: expect.any(String), alg: expect.any(String) });
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(member);
    }
  });
});

describe('Dynamic', () => {
  it('oidcc-server, with everything that the client says of itself', async () => {
    const client = await suite.register({ client_name: 'A client', contacts: ['a@suite.example'] });
    expect(client).toMatchObject({
      client_id: expect.any(String),
      client_secret: expect.any(String),
      client_secret_expires_at: 0,
      registration_access_token: expect.any(String),
      client_name: 'A client',
      contacts: ['a@suite.example'],
    });
    const read = await fetch(client.registration_client_uri, {
      headers: { authorization: `Bearer ${client.registration_access_token}` },
    });
    expect(await read.json()).toMatchObject({ client_id: client.client_id, redirect_uris: [REDIRECT_URI] });
    expect((await suite.run(client)).idToken.header.alg).toBe('RS256');
  });

  it('oidcc-idtoken-unsigned', async () => {
    const client = await suite.register({ id_token_signed_response_alg: 'none' });
    const tokens = await suite.redeem(client, await suite.authorize(client, await suite.person()));
    const [header, claims, signature] = tokens.id_token!.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'none' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ aud: client.client_id });
    expect(signature).toBe('');
  });

  it('oidcc-userinfo-rs256', async () => {
    const client = await suite.register({ userinfo_signed_response_alg: 'RS256' });
    const { accessToken, idToken } = await suite.run(client);
    const response = await userinfo(provider, accessToken!);
    expect(response.headers.get('content-type')).toBe('application/jwt');
    const { claims } = await verifyIdToken(provider, client.client_id, await response.text());
    expect(claims.sub).toBe(idToken.claims.sub);
  });

  it('oidcc-redirect-uri-query-OK', async () => {
    const uri = `${REDIRECT_URI}?foo=bar`;
    const client = await suite.register({ redirect_uris: [uri] });
    const flow = await suite.authorize(client, await suite.person());
    expect(flow.params).toMatchObject({ foo: 'bar', code: expect.any(String) });
  });

  it.each([
    ['oidcc-redirect-uri-query-mismatch', `${REDIRECT_URI}?foo=bar`, `${REDIRECT_URI}?foo=other`],
    ['oidcc-redirect-uri-query-added', REDIRECT_URI, `${REDIRECT_URI}?foo=bar`],
  ])('%s', async (_module, registered, sent) => {
    const client = await suite.register({ redirect_uris: [registered] });
    const stop = await ask(provider, new CookieJar(), {
      client_id: client.client_id,
      redirect_uri: sent,
      scope: 'openid',
    });
    expect(stop).toMatchObject({ status: 400, location: undefined });
  });

  it('oidcc-redirect-uri-regfrag', async () => {
    const response = await suite.postRegistration({ redirect_uris: [`${REDIRECT_URI}#fragment`] });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_redirect_uri' }),
    ]);
  });

  it.each([
    ['oidcc-registration-logo-uri', 'logo_uri', 'client-logo'],
    ['oidcc-registration-policy-uri', 'policy_uri', 'client-policy'],
    ['oidcc-registration-tos-uri', 'tos_uri', 'client-tos'],
  ])('%s', async (_module, member, id) => {
    const client = await suite.register({ [member]: `https://suite.example/${member}` });
    const page = await ask(provider, new CookieJar(), {
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
    });
    expect(page.html).toMatch(new RegExp(`id="${id}"[^>]*https://suite.example/${member}`));
  });

  it('oidcc-registration-sector-uri', async () => {
    const redirects = [REDIRECT_URI, 'https://second.example/callback'];
    site.content.set('/sector', JSON.stringify(redirects));
    const client = await suite.register({
      redirect_uris: redirects,
      subject_type: 'pairwise',
      sector_identifier_uri: `${site.origin}/sector`,
    });
    expect((await suite.run(client)).idToken.claims.sub).toEqual(expect.any(String));
  });

  it('oidcc-registration-sector-bad', async () => {
    site.content.set('/bad-sector', JSON.stringify(['https://elsewhere.example/callback']));
    const response = await suite.postRegistration({
      subject_type: 'pairwise',
      sector_identifier_uri: `${site.origin}/bad-sector`,
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_client_metadata' }),
    ]);
  });

  describe('keys of the client', () => {
    const serve = (...keys: AssertionKey[]): void =>
      void site.content.set('/jwks', JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }));

    /** Redeems a code with an assertion that the key signs. */
    async function redeemWith(client: SuiteClient, key: AssertionKey, aud: string): Promise<number> {
      const { code } = await suite.authorize(client, await suite.person());
      const assertion = await assertionOf(provider, client.client_id, key, { aud });
      const parameters = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
      return (await postAssertion(provider, assertion, parameters)).status;
    }

    it('oidcc-registration-jwks-uri, oidcc-refresh-token-rp-key-rotation', async () => {
      const [first, second] = [makeAssertionKey('RS256', 'first'), makeAssertionKey('RS256', 'second')];
      serve(first);
      const client = await suite.register({
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: `${site.origin}/jwks`,
      });
      expect(client).not.toHaveProperty('client_secret');
      // The suite addresses its assertions to the token endpoint.
      expect(await redeemWith(client, first, `${provider.issuer}/oauth/token`)).toBe(200);
      serve(second);
      expect(await redeemWith(client, second, provider.issuer)).toBe(200);
    });
  });

  describe('request objects', () => {
    const claimsOf = (client: SuiteClient): Record<string, unknown> => ({
      iss: client.client_id,
      aud: provider.issuer,
      client_id: client.client_id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: 'inside',
      nonce: 'inside',
    });

    async function expectAnswer(client: SuiteClient, params: ParameterMap): Promise<void> {
      const flow = await suite.authorize(client, await suite.person(), {
        state: 'outside',
        nonce: undefined,
        ...params,
      });
      expect(flow.params).toMatchObject({ state: 'inside', code: expect.any(String) });
      expect((await suite.complete(client, flow)).idToken.claims.nonce).toBe('inside');
    }

    it('oidcc-request-uri-unsigned', async () => {
      const client = await suite.register({ request_uris: [`${site.origin}/unsigned`] });
      site.content.set('/unsigned', unsigned(claimsOf(client)));
      await expectAnswer(client, { request_uri: `${site.origin}/unsigned` });
    });

    it('oidcc-request-uri-signed-rs256, with a fragment', async () => {
      const key = await clientKey('RS256');
      const requestUri = `${site.origin}/signed#some-fragment`;
      const client = await suite.register({
        request_uris: [requestUri],
        request_object_signing_alg: 'RS256',
        jwks: jwksOf(key),
      });
      site.content.set('/signed', await signClaims(key, claimsOf(client)));
      await expectAnswer(client, { request_uri: requestUri });
    });

    it('oidcc-ensure-request-object-with-redirect-uri', async () => {
      const client = await suite.register();
      await expectAnswer(client, { request: unsigned(claimsOf(client)), redirect_uri: undefined });
    });
  });

  it('oidcc-server-rotate-keys', async () => {
    const client = await suite.register();
    const before = await suite.run(client);
    const rotated = await runCli(['keys', 'rotate', '--now', '--algorithm', 'RS256'], { database: provider.database });
    expect(rotated).toMatchObject({ status: 0 });
    const after = await suite.run(client);
    expect(after.idToken.header.kid).not.toBe(before.idToken.header.kid);
  });
});

describe('3rd-party-initiated login', () => {
  it('oidcc-3rd-party-initiated-login', async () => {
    const client = await suite.register({ initiate_login_uri: 'https://suite.example/initiate' });
    const person = await suite.person();
    await suite.complete(client, await suite.authorize(client, person));
    const { html } = await open(provider, person.jar, '/account');
    expect(html).toContain(`https://suite.example/initiate?iss=${encodeURIComponent(provider.issuer)}`);
  });

  it('oidcc-3rd-party-initiated-login-with-http-uri', async () => {
    const response = await suite.postRegistration({ initiate_login_uri: 'http://suite.example/initiate' });
    expect(response.status).toBe(400);
  });
});
