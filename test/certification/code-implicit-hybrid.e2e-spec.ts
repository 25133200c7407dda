// The plans Basic, Implicit, Hybrid and Form Post: the same modules with each response type and mode.
// @see https://openid.net/wordpress-content/uploads/2018/06/OpenID-Connect-Conformance-Profiles.pdf
import { ask, formOf, open, press } from '../pages/browse.js';
import { query } from '../support/database.js';
import { administrate, signIn, tokenRequest } from '../support/flow.js';
import { CookieJar, postForm } from '../support/http.js';
import { userinfo } from '../support/openid.js';
import type { RunningServer } from '../support/server.js';
import { letPass } from '../support/time.js';
import { ALL_SCOPES, REDIRECT_URI, startProvider, Suite, type SuiteClient, type Variant } from './suite.js';

const PLANS: [string, Variant[]][] = [
  ['Basic', [{ responseType: 'code' }]],
  ['Implicit', [{ responseType: 'id_token' }, { responseType: 'id_token token' }]],
  [
    'Hybrid',
    [{ responseType: 'code id_token' }, { responseType: 'code token' }, { responseType: 'code id_token token' }],
  ],
  [
    'Form Post',
    ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'].map(
      (responseType) => ({
        responseType,
        responseMode: 'form_post',
      }),
    ),
  ],
];
const VARIANTS = PLANS.flatMap(([plan, variants]) => variants.map((variant) => ({ plan, ...variant })));

const PERSON = {
  username: 'certified',
  password: 'certified-password-1',
  email: 'certified@example.com',
  email_verified: true,
  name: 'Certified Person',
  phone_number: '+1 555 0100',
  address: { country: 'US' },
};

let provider: RunningServer;
beforeAll(async () => {
  provider = await startProvider();
  expect((await administrate(provider, 'POST', '/api/users', PERSON)).status).toBe(201);
});

describe.each(VARIANTS)('$plan: $responseType $responseMode', (variant) => {
  let suite: Suite;
  let client: SuiteClient;
  const hasAccessToken = /code|(^| )token/.test(variant.responseType);
  const hasCode = variant.responseType.includes('code');

  beforeAll(async () => {
    suite = new Suite(provider, variant);
    client = await suite.register();
  });

  /** Somebody of whom everything is known. */
  async function known(): Promise<typeof PERSON & { jar: CookieJar }> {
    return { ...PERSON, jar: await signIn(provider, PERSON) };
  }

  it('oidcc-server', async () => {
    const flow = await suite.authorize(client, await suite.person(), { state: 'the state' });
    expect(flow.params).toMatchObject({ state: 'the state', iss: provider.issuer });
    const { idToken } = await suite.complete(client, flow);
    expect(idToken.header.alg).toBe('RS256');
    expect(idToken.header.kid).toEqual(expect.any(String));
    expect(idToken.claims).toMatchObject({ nonce: 'a-nonce-of-the-suite', aud: client.client_id });
  });

  it('oidcc-response-type-missing', async () => {
    const stop = await ask(provider, new CookieJar(), {
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      response_type: undefined,
      scope: 'openid',
    });
    expect(stop.params.error).toBe('invalid_request');
  });

  if (hasAccessToken) {
    it.each([
      ['oidcc-userinfo-get', (token: string) => userinfo(provider, token)],
      ['oidcc-userinfo-post-header', (token: string) => userinfo(provider, token, { method: 'POST' })],
      [
        'oidcc-userinfo-post-body',
        (token: string) => postForm(`${provider.url}/oauth/userinfo`, { access_token: token }),
      ],
    ])('%s', async (_module, request) => {
      const { idToken, accessToken } = await suite.run(client);
      const response = await request(accessToken!);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ sub: idToken.claims.sub });
    });
  }

  if (variant.responseType.includes('id_token')) {
    it('oidcc-ensure-request-without-nonce-fails', async () => {
      const flow = await suite.authorize(client, await suite.person(), { nonce: undefined });
      expect(flow.params.error).toBe('invalid_request');
    });
  } else {
    it('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
      const { idToken } = await suite.run(client, { nonce: undefined });
      expect(idToken.claims).not.toHaveProperty('nonce');
    });
  }

  it.each([
    ['oidcc-scope-profile', 'openid profile', { name: PERSON.name }],
    ['oidcc-scope-email', 'openid email', { email: PERSON.email, email_verified: true }],
    ['oidcc-scope-address', 'openid address', { address: PERSON.address }],
    ['oidcc-scope-phone', 'openid phone', { phone_number: PERSON.phone_number }],
    ['oidcc-scope-all', ALL_SCOPES, { name: PERSON.name, email: PERSON.email, address: PERSON.address }],
    ['oidcc-ensure-other-scope-order-succeeds', 'email openid', { email: PERSON.email }],
  ])('%s', async (_module, scope, claims) => {
    const flow = await suite.authorize(client, await known(), { scope });
    const { idToken, accessToken } = await suite.complete(client, flow);
    const told = accessToken === undefined ? idToken.claims : await (await userinfo(provider, accessToken)).json();
    expect(told).toMatchObject({ sub: idToken.claims.sub, ...claims });
  });

  it.each([
    ['oidcc-display-page', { display: 'page' }],
    ['oidcc-display-popup', { display: 'popup' }],
    ['oidcc-max-age-10000', { max_age: '10000' }],
    ['oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }],
    ['oidcc-ui-locales', { ui_locales: 'se' }],
    ['oidcc-claims-locales', { claims_locales: 'se' }],
    ['oidcc-ensure-request-with-acr-values-succeeds', { acr_values: '1 2' }],
  ])('%s', async (_module, params) => {
    const { idToken } = await suite.run(client, params);
    expect(idToken.claims.auth_time).toEqual(expect.any(Number));
  });

  it('oidcc-prompt-login, oidcc-max-age-1', async () => {
    const person = await suite.person();
    const earlier = `UPDATE sessions SET auth_time = auth_time - interval '3 seconds'
      FROM users WHERE users.id::text = user_id::text AND username = $1`;
    await query(provider, earlier, [person.username]);
    const first = await suite.complete(client, await suite.authorize(client, person));
    for (const params of [{ max_age: '1' }, { prompt: 'login' }]) {
      const flow = await suite.authorize(client, person, params);
      expect(flow.pages).toContain('sign-in');
      const again = await suite.complete(client, flow);
      expect(again.idToken.claims.sub).toBe(first.idToken.claims.sub);
      expect(again.idToken.claims.auth_time).toBeGreaterThan(first.idToken.claims.auth_time as number);
    }
  });

  it('oidcc-prompt-none-not-logged-in', async () => {
    const nobody = { username: '', password: '', jar: new CookieJar() };
    const { params } = await suite.authorize(client, nobody, { prompt: 'none' });
    expect(params.error).toBe('login_required');
  });

  it('oidcc-prompt-none-logged-in, oidcc-id-token-hint', async () => {
    const person = await suite.person();
    const first = await suite.authorize(client, person);
    const { idToken, tokens } = await suite.complete(client, first);
    const hint = first.params.id_token ?? tokens?.id_token;
    for (const params of [{ prompt: 'none' }, { prompt: 'none', id_token_hint: hint }]) {
      const flow = await suite.authorize(client, person, params);
      expect(flow.pages).toEqual([]);
      const again = await suite.complete(client, flow);
      expect(again.idToken.claims).toMatchObject({ sub: idToken.claims.sub, auth_time: idToken.claims.auth_time });
    }
  });

  it('oidcc-login-hint', async () => {
    const page = await ask(provider, new CookieJar(), {
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      response_type: variant.responseType,
      response_mode: variant.responseMode,
      scope: 'openid',
      nonce: 'n',
      login_hint: 'bob@example.com',
    });
    expect(formOf(page, 'sign-in').fields.username).toBe('bob@example.com');
  });

  it('oidcc-ensure-registered-redirect-uri', async () => {
    const stop = await ask(provider, new CookieJar(), {
      client_id: client.client_id,
      redirect_uri: `${REDIRECT_URI}-not-registered`,
      scope: 'openid',
    });
    expect(stop).toMatchObject({ status: 400, location: undefined });
  });

  it('oidcc-ensure-post-request-succeeds', async () => {
    const jar = await signIn(provider, PERSON);
    const body = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      response_type: variant.responseType,
      scope: 'openid',
      nonce: 'n',
    });
    const stop = await open(provider, jar, '/oauth/authorize', { method: 'POST', body });
    const answered = stop.location ? stop : await press(provider, jar, stop, 'consent', { decision: 'allow' });
    expect(answered.params.error).toBeUndefined();
  });

  it('oidcc-claims-essential', async () => {
    const place = hasAccessToken ? 'userinfo' : 'id_token';
    const claims = JSON.stringify({ [place]: { name: { essential: true } } });
    const flow = await suite.authorize(client, await known(), { claims });
    const { idToken, accessToken } = await suite.complete(client, flow);
    const told = hasAccessToken ? await (await userinfo(provider, accessToken!)).json() : idToken.claims;
    expect(told).toMatchObject({ name: PERSON.name });
  });

  it('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = {
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      response_type: variant.responseType,
    };
    const request = `${encode({ alg: 'none' })}.${encode({ ...claims, nonce: 'n', state: 's' })}.`;
    const flow = await suite.authorize(client, await suite.person(), { request });
    expect(['invalid_request_object', 'request_not_supported', undefined]).toContain(flow.params.error);
  });

  if (hasCode) {
    it('oidcc-codereuse, oidcc-codereuse-30seconds', async () => {
      const flow = await suite.authorize(client, await suite.person());
      const { access_token } = await suite.redeem(client, flow);
      await letPass(provider, flow.code, 30);
      const again = await tokenRequest(provider, client, {
        grant_type: 'authorization_code',
        code: flow.code,
        redirect_uri: REDIRECT_URI,
      });
      expect([again.status, await again.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_grant' })]);
      expect((await userinfo(provider, access_token)).status).toBe(401);
    });

    it('oidcc-server-client-secret-post', async () => {
      const posting = await suite.register({ token_endpoint_auth_method: 'client_secret_post' });
      expect((await suite.run(posting)).tokens).toMatchObject({ token_type: 'Bearer' });
    });

    it('oidcc-refresh-token', async () => {
      const person = await suite.person();
      const flow = await suite.authorize(client, person, { scope: 'openid offline_access', prompt: 'consent' });
      const { tokens, idToken } = await suite.complete(client, flow);
      const refreshed = await tokenRequest(provider, client, {
        grant_type: 'refresh_token',
        refresh_token: tokens!.refresh_token,
      });
      const body = (await refreshed.json()) as { access_token: string };
      expect((await userinfo(provider, body.access_token)).status).toBe(200);
      expect(idToken.claims.sub).toEqual(expect.any(String));
    });
  }
});
