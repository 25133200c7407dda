// Settings of a provider: who goes before whom, what is a fault, and what a preset knows.
import { inspect } from 'node:util';
import { exportPKCS8, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { InputError } from '../common/input-error.js';
import type { ClientAuthenticator, OAuthClientOptions } from './oauth-client.options.js';
import { PRESETS } from './presets.js';
import { PROVIDER_KEYS, variableOf } from './provider-keys.js';
import { settingsOf, type SettingsSources } from './provider-settings.js';

const PLAIN: OAuthClientOptions = {
  clientId: 'id',
  clientSecret: 'secret',
  authorizeUrl: 'https://plain.example/authorize',
  accessTokenUrl: 'https://plain.example/token',
};

function faultsOf(name: string, options: OAuthClientOptions, sources?: SettingsSources): string[] {
  try {
    settingsOf(name, options, sources);
  } catch (error) {
    if (error instanceof InputError) return error.faults.map(({ member, problem }) => `${member} ${problem}`);
    throw error;
  }
  return [];
}

describe('the environment', () => {
  it('gives every member that the options lack', () => {
    const env = {
      CORP_CLIENT_ID: 'id',
      CORP_CLIENT_SECRET: ' secret\n',
      CORP_SERVER_METADATA_URL: 'https://corp.example/.well-known/openid-configuration',
      CORP_AUTHORIZE_URL: 'https://corp.example/authorize',
      CORP_AUTHORIZE_PARAMS: 'prompt=login&resource=a&resource=b',
      CORP_ACCESS_TOKEN_URL: 'https://corp.example/token',
      CORP_ACCESS_TOKEN_PARAMS: '{"audience": ["a", "b"]}',
      CORP_REFRESH_TOKEN_URL: 'https://corp.example/refresh',
      CORP_REFRESH_TOKEN_PARAMS: 'a=b',
      CORP_API_BASE_URL: 'https://corp.example/api/',
      CORP_SCOPE: 'openid email',
      CORP_USER_AGENT: 'wiki',
      CORP_ISSUER: 'https://corp.example',
      CORP_JWKS_URI: 'https://corp.example/jwks',
      CORP_USERINFO_ENDPOINT: 'https://corp.example/userinfo',
      CORP_END_SESSION_ENDPOINT: 'https://corp.example/logout',
      CORP_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post',
      CORP_LEEWAY: '30',
      CORP_PAR: 'on',
      CORP_ID_TOKEN_SIGNING_ALGS: 'RS256, PS256',
    };
    expect(settingsOf('corp', {}, { env })).toMatchObject({
      protocol: 'oidc',
      clientId: 'id',
      clientSecret: 'secret',
      serverMetadataUrl: 'https://corp.example/.well-known/openid-configuration',
      authorizeUrl: 'https://corp.example/authorize',
      authorizeParams: { prompt: 'login', resource: ['a', 'b'] },
      accessTokenUrl: 'https://corp.example/token',
      accessTokenParams: { audience: ['a', 'b'] },
      refreshTokenUrl: 'https://corp.example/refresh',
      refreshTokenParams: { a: 'b' },
      apiBaseUrl: 'https://corp.example/api/',
      userAgent: 'wiki',
      metadata: {
        issuer: 'https://corp.example',
        jwks_uri: 'https://corp.example/jwks',
        userinfo_endpoint: 'https://corp.example/userinfo',
        end_session_endpoint: 'https://corp.example/logout',
      },
      tokenEndpointAuthMethod: 'client_secret_post',
      leeway: 30,
      par: true,
      idTokenSigningAlgs: ['RS256', 'PS256'],
    });
  });

  it('has the variables of a name in upper case, with _ for what is no letter or digit', () => {
    expect(variableOf('my-corp_2', 'client_id')).toBe('MY_CORP_2_CLIENT_ID');
    expect(settingsOf('my-corp', PLAIN, { env: { MY_CORP_SCOPE: 'read' } }).scope).toBe('read');
  });

  it('gives several members at once as CLIENT_KWARGS, and its own variable goes before it', () => {
    const env = {
      PLAIN_CLIENT_KWARGS: '{"scope": "read", "leeway": 5, "code_challenge_method": "none", "token_placement": "uri"}',
      PLAIN_SCOPE: 'write',
    };
    expect(settingsOf('plain', PLAIN, { env })).toMatchObject({
      scope: 'write',
      leeway: 5,
      codeChallengeMethod: false,
      tokenPlacement: 'uri',
    });
  });

  it('gives a private key with its line ends written out', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const pem = await exportPKCS8(privateKey);
    const env = { PLAIN_PRIVATE_KEY: pem.replaceAll('\n', '\\n') };
    expect(settingsOf('plain', PLAIN, { env }).privateKey).toBe(pem.replace(/\n$/, '\n'));
  });

  it('goes behind the options, member by member in dictionaries', () => {
    const env = {
      PLAIN_CLIENT_ID: 'other',
      PLAIN_AUTHORIZE_PARAMS: 'a=env&b=env',
      PLAIN_ISSUER: 'https://env.example',
    };
    const options = { ...PLAIN, authorizeParams: { a: 'code' }, metadata: { jwks_uri: 'https://plain.example/jwks' } };
    expect(settingsOf('plain', options, { env })).toMatchObject({
      clientId: 'id',
      authorizeParams: { a: 'code', b: 'env' },
      metadata: { jwks_uri: 'https://plain.example/jwks', issuer: 'https://env.example' },
    });
  });

  it('goes before the options with overwrite, member by member in dictionaries', () => {
    const env = { PLAIN_CLIENT_ID: 'other', PLAIN_AUTHORIZE_PARAMS: 'a=env&b=env' };
    const options = { ...PLAIN, authorizeParams: { a: 'code', c: 'code' } };
    expect(settingsOf('plain', options, { env, overwrite: true })).toMatchObject({
      clientId: 'other',
      clientSecret: 'secret',
      authorizeParams: { a: 'env', b: 'env', c: 'code' },
    });
  });

  it('counts an empty variable as none', () => {
    expect(settingsOf('plain', PLAIN, { env: { PLAIN_SCOPE: ' ', PLAIN_CLIENT_KWARGS: '' } }).scope).toBeUndefined();
  });
});

describe('faults', () => {
  it('are told all at once, with the member and the variable', () => {
    const env = { CORP_LEEWAY: 'soon', CORP_PAR: 'perhaps' };
    expect(faultsOf('corp', { authorizeUrl: 'nowhere' }, { env })).toEqual([
      'corp.authorizeUrl must be an absolute URL (CORP_AUTHORIZE_URL in the environment)',
      'corp.par must be true or false (CORP_PAR in the environment)',
      'corp.leeway must be a number of seconds, 0 or more (CORP_LEEWAY in the environment)',
      'corp.clientId is missing (CORP_CLIENT_ID in the environment)',
      'corp.serverMetadataUrl is missing, or accessTokenUrl (CORP_SERVER_METADATA_URL in the environment)',
    ]);
  });

  it('hold no value', () => {
    const env = { PLAIN_PRIVATE_KEY: 'hush-hush', PLAIN_CLIENT_KWARGS: '["hush-hush"]', PLAIN_DPOP: 'hush-hush' };
    const faults = faultsOf('plain', { ...PLAIN, metadata: { issuer: 'ftp://hush-hush' } }, { env });
    expect(faults).toHaveLength(4);
    expect(faults.join()).not.toContain('hush');
  });

  it.each<[string, OAuthClientOptions, string]>([
    [
      'hybrid without a nonce',
      { scope: 'openid', responseType: 'code id_token', nonceSupported: false },
      'plain.nonceSupported must be true with an ID token beside the code',
    ],
    ['an option that is not known', { client_id: 'id' } as OAuthClientOptions, 'plain.client_id is not known'],
    [
      'a compliance hook that is not known',
      { compliance: { x: () => 1 } as object },
      'plain.compliance.x is not known',
    ],
    ['a hook that is no function', { fetchToken: 1 as never }, 'plain.fetchToken must be a function'],
    ['a preset that there is not', { preset: 'toString' }, 'plain.preset must be one of google, microsoft'],
    ['http', { accessTokenUrl: 'http://plain.example/' }, 'plain.accessTokenUrl must use https, or http on a loopback'],
    ['http in the metadata', { metadata: { jwks_uri: 'http://a.example' } }, 'plain.metadata.jwks_uri must use https'],
    ['another scheme', { authorizeUrl: 'javascript:alert(1)' }, 'plain.authorizeUrl must be an https URL'],
    ['userinfo', { apiBaseUrl: 'https://a:b@plain.example/' }, 'plain.apiBaseUrl must not have userinfo'],
    ['a fragment', { apiBaseUrl: 'https://plain.example/#a' }, 'plain.apiBaseUrl must not have a fragment'],
    [
      'a key of which something is missing',
      { privateKey: '-----BEGIN PRIVATE KEY-----\\nMII=' },
      'plain.privateKey must',
    ],
    ['a key that is no key', { privateKey: 'key' }, 'plain.privateKey must be a private key'],
    ['a public key', { privateKey: { kty: 'EC' } }, 'plain.privateKey must be a private key'],
    ['private_key_jwt without a key', { tokenEndpointAuthMethod: 'private_key_jwt' }, 'plain.privateKey is missing'],
    ['request objects without a key', { requestObject: true }, 'plain.privateKey is missing'],
    ['the algorithm none', { idTokenSigningAlgs: ['none'] }, 'plain.idTokenSigningAlgs must not hold none'],
    ['hybrid without openid', { responseType: 'code id_token' }, 'plain.responseType needs openid in the scope'],
    ['openid without keys', { scope: 'openid' }, 'plain.metadata.issuer is missing'],
    [
      'OAuth 1.0a without its URLs',
      { requestTokenUrl: 'https://a.example', authorizeUrl: undefined },
      'plain.authorizeUrl is missing',
    ],
    [
      'PLAINTEXT over http',
      { requestTokenUrl: 'http://a.example', signatureMethod: 'PLAINTEXT' },
      'plain.requestTokenUrl must use https with PLAINTEXT (RFC 5849 §3.4.4)',
    ],
  ])('are %s', (_, options, fault) => {
    expect(faultsOf('plain', { ...PLAIN, ...options }).some((one) => one.startsWith(fault))).toBe(true);
  });

  it('are not http on this machine, or where the operator allows it', () => {
    for (const url of ['http://localhost:3000/', 'http://127.0.0.1/', 'http://[::1]/'])
      expect(faultsOf('plain', { ...PLAIN, apiBaseUrl: url })).toEqual([]);
    const sources = { allowInsecureHosts: ['idp.internal:8080'] };
    expect(faultsOf('plain', { ...PLAIN, accessTokenUrl: 'http://idp.internal:8080/token' }, sources)).toEqual([]);
  });

  it('are symmetric ID tokens without a secret, client_secret_basic without one', () => {
    const { clientSecret: _, ...options } = PLAIN;
    expect(faultsOf('plain', { ...options, idTokenSigningAlgs: ['HS256'] })).toHaveLength(1);
    expect(faultsOf('plain', { ...options, tokenEndpointAuthMethod: 'client_secret_basic' })).toHaveLength(1);
    expect(faultsOf('plain', options)).toEqual([]);
  });

  it.each(['Google', '1st', '', 'a b', '__proto__', 'a'.repeat(65)])('are the name %j', (name) => {
    expect(faultsOf(name, PLAIN)).toHaveLength(1);
  });
});

describe('defaults', () => {
  it('are those of the specification', () => {
    expect(settingsOf('plain', PLAIN)).toMatchObject({
      name: 'plain',
      label: 'plain',
      protocol: 'oauth2',
      tokenEndpointAuthMethod: 'client_secret_basic',
      codeChallengeMethod: 'S256',
      responseType: 'code',
      responseMode: 'query',
      nonceSupported: true,
      tokenPlacement: 'header',
    });
  });

  it('make hybrid answers come as a form', () => {
    const options = { clientId: 'id', serverMetadataUrl: 'https://a.example', scope: 'openid' } as const;
    expect(settingsOf('a', { ...options, responseType: 'code id_token' }).responseMode).toBe('form_post');
  });

  it('authenticate by the key where there is no secret, and not at all without either', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const { clientSecret: _, ...options } = PLAIN;
    expect(settingsOf('a', options).tokenEndpointAuthMethod).toBe('none');
    const jwk = await exportJWK(privateKey);
    expect(settingsOf('a', { ...options, privateKey: jwk }).tokenEndpointAuthMethod).toBe('private_key_jwt');
  });

  it('find the metadata at the issuer when nothing else is known', () => {
    const settings = settingsOf('a', { clientId: 'id', scope: 'openid', metadata: { issuer: 'https://a.example/x' } });
    expect(settings.serverMetadataUrl).toBe('https://a.example/x');
  });

  it('make it OAuth 1.0a where temporary credentials are requested', () => {
    expect(settingsOf('a', { ...PLAIN, requestTokenUrl: 'https://a.example/request' }).protocol).toBe('oauth1');
  });

  it('are logged without secrets', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(privateKey);
    const settings = settingsOf('plain', { ...PLAIN, clientSecret: 'hush', privateKey: jwk, dpop: jwk });
    for (const text of [inspect(settings, { depth: 9 }), JSON.stringify(settings)]) {
      expect(text).toContain('plain.example');
      expect(text).not.toContain('hush');
      expect(text).not.toContain(jwk.d);
    }
    expect([settings.clientSecret, settings.privateKey, settings.dpop]).toEqual(['hush', jwk, jwk]);
  });

  it('cannot be changed', () => {
    const settings = settingsOf('plain', PLAIN);
    expect(() => Object.assign(settings, { clientId: 'other' })).toThrow(TypeError);
    expect(() => Object.assign(settings.authorizeParams, { a: 'b' })).toThrow(TypeError);
  });
});

describe('presets', () => {
  it.each(Object.keys(PRESETS))('%s needs a client id, a secret and, of ours alone, where it is', (name) => {
    const place = name === 'nest-authorization-server' ? { serverMetadataUrl: 'https://auth.example' } : {};
    const settings = settingsOf(name, { clientId: 'id', clientSecret: 'secret', ...place });
    expect(settings.label).toBe(PRESETS[name].label);
    expect(faultsOf(name, place).map((fault) => fault.split(' ')[0])).toEqual(
      expect.arrayContaining([`${name}.clientId`]),
    );
  });

  it('are taken by name where nothing says where the provider is', () => {
    const sources = { env: { GITLAB_CLIENT_ID: 'id', GITLAB_CLIENT_SECRET: 'secret' } };
    expect(settingsOf('gitlab', {}, sources).serverMetadataUrl).toMatch(/^https:\/\/gitlab\.com\//);
    const elsewhere = settingsOf('gitlab', { serverMetadataUrl: 'https://git.corp.example' }, sources);
    expect([elsewhere.scope, elsewhere.apiBaseUrl]).toEqual([undefined, undefined]);
  });

  it('are taken under another name, and lie under options and environment', () => {
    const sources = { env: { WORK_PRESET: 'gitlab', WORK_CLIENT_ID: 'id', WORK_SCOPE: 'openid' } };
    const options = { serverMetadataUrl: 'https://git.corp.example' };
    expect(settingsOf('work', options, sources)).toMatchObject({
      label: 'GitLab',
      serverMetadataUrl: 'https://git.corp.example',
      scope: 'openid',
    });
  });

  it.each<[string, OAuthClientOptions]>([
    ['gitlab', { serverMetadataUrl: 'https://git.corp.example' }],
    [
      'github',
      { authorizeUrl: 'https://git.corp.example/authorize', accessTokenUrl: 'https://git.corp.example/token' },
    ],
    ['slack', { metadata: { issuer: 'https://slack.corp.example' } }],
  ])('of a %s somewhere else give no URL to which its tokens would go', (preset, place) => {
    const settings = settingsOf('own', { preset, clientId: 'id', clientSecret: 'secret', ...place });
    expect(settings.apiBaseUrl).toBeUndefined();
    expect(JSON.stringify(settings)).not.toMatch(new RegExp(`//[\\w.]*${preset}\\.com`));
    expect(settings.scope).toBe(PRESETS[preset].options.scope);
    expect(settings.compliance).toEqual(PRESETS[preset].options.compliance ?? {});
  });

  it('keep their URLs where the place is one of theirs, as a tenant is', () => {
    const serverMetadataUrl = 'https://login.microsoftonline.com/contoso.example/v2.0';
    const settings = settingsOf('work', { preset: 'microsoft', clientId: 'id', serverMetadataUrl });
    expect(settings).toMatchObject({ serverMetadataUrl, apiBaseUrl: 'https://graph.microsoft.com/v1.0/' });
  });

  it('need where our own server is', () => {
    expect(faultsOf('nest-authorization-server', { clientId: 'id' })).toEqual([
      'nest-authorization-server.serverMetadataUrl is missing (NEST_AUTHORIZATION_SERVER_SERVER_METADATA_URL in the environment)',
    ]);
    const issuer = {
      clientId: 'id',
      metadata: { issuer: 'https://auth.example' },
      preset: 'nest-authorization-server',
    };
    expect(settingsOf('auth', issuer)).toMatchObject({ serverMetadataUrl: 'https://auth.example', protocol: 'oidc' });
  });

  it('name the documentation of the provider', () => {
    for (const { documentation } of Object.values(PRESETS)) expect(new URL(documentation).protocol).toBe('https:');
  });

  it('make the client secret of Apple: a JWT of five minutes that the key of the team signs', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const options = {
      clientId: 'com.example.web',
      teamId: 'TEAM',
      keyId: 'KEY',
      privateKey: await exportPKCS8(privateKey),
    };
    const { tokenEndpointAuthMethod, responseMode } = settingsOf('apple', options);
    expect(responseMode).toBe('form_post');
    const body = new URLSearchParams();
    const url = new URL('https://appleid.apple.com/auth/token');
    await (tokenEndpointAuthMethod as ClientAuthenticator)({
      url,
      body,
      headers: new Headers(),
      clientId: options.clientId,
    });
    const { payload, protectedHeader } = await jwtVerify(body.get('client_secret') ?? '', publicKey, {
      issuer: 'TEAM',
      subject: 'com.example.web',
      audience: 'https://appleid.apple.com',
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'KEY' });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300);
    expect(faultsOf('apple', { ...options, teamId: undefined, keyId: undefined })).toHaveLength(2);
    expect(faultsOf('apple', { clientId: 'id' })).toHaveLength(1);
  });

  it('take the issuer of Microsoft from the tenant of the ID token', () => {
    const { issuerOf } = settingsOf('microsoft', { clientId: 'id' });
    const document = 'https://login.microsoftonline.com/{tenantid}/v2.0';
    const tid = '9188040d-6c67-4c5b-b112-36a304b66dad';
    expect(issuerOf?.({ tid }, document)).toBe(`https://login.microsoftonline.com/${tid}/v2.0`);
    for (const other of ['x/../..', '', undefined, [tid]]) expect(issuerOf?.({ tid: other }, document)).toBeUndefined();
    const own = `https://login.microsoftonline.com/${tid}/v2.0`;
    expect(issuerOf?.({ tid: 'another' }, own)).toBe(own);
  });

  it.each(['github', 'slack'])('read an error of %s that comes with status 200 as one', async (name) => {
    const { compliance } = settingsOf(name, { clientId: 'id', clientSecret: 'secret' });
    for (const body of ['{"ok":false,"error":"bad_verification_code"}', 'error=bad_verification_code']) {
      const response = await compliance.accessTokenResponse?.(new Response(body));
      expect([response?.status, await response?.text()]).toEqual([400, body]);
    }
    const fine = await compliance.accessTokenResponse?.(new Response('{"access_token":"t"}'));
    expect([fine?.status, await fine?.text()]).toEqual([200, '{"access_token":"t"}']);
  });

  it.each([
    ['{"error":{"message":"This code has been used.","type":"OAuthException","code":100}}', 'invalid_grant'],
    ['{"error":{"message":"This code has been used.","type":"GraphMethodException"}}', 'invalid_request'],
  ])('read the error of Facebook %s as %s', async (body, error) => {
    const { compliance } = settingsOf('facebook', { clientId: 'id', clientSecret: 'secret' });
    const read = await compliance.accessTokenResponse?.(new Response(body, { status: 400 }));
    expect(await read?.json()).toEqual({ error, error_description: 'This code has been used.' });
    for (const other of ['null', 'Sorry', '[]', '{"error":"x"}']) {
      const answer = await compliance.accessTokenResponse?.(new Response(other, { status: 401 }));
      expect([answer?.status, await answer?.json()]).toEqual([400, { error: 'invalid_request' }]);
    }
    for (const status of [200, 503]) {
      const response = new Response('{}', { status });
      expect(await compliance.accessTokenResponse?.(response)).toBe(response);
    }
  });

  it.each<[string, object, object]>([
    [
      'github',
      { id: 1, login: 'mona', name: null, email: 'mona@example.com', avatar_url: 'https://a.example/1' },
      { sub: '1', preferred_username: 'mona', email: 'mona@example.com', picture: 'https://a.example/1' },
    ],
    [
      'facebook',
      {
        id: '1',
        name: 'Mona L',
        first_name: 'Mona',
        last_name: 'L',
        picture: { data: { url: 'https://a.example/1' } },
      },
      { sub: '1', name: 'Mona L', given_name: 'Mona', family_name: 'L', picture: 'https://a.example/1' },
    ],
    [
      'x',
      { data: { id: '1', name: 'Mona', username: 'mona' } },
      { sub: '1', name: 'Mona', preferred_username: 'mona' },
    ],
    [
      'discord',
      { id: '1', username: 'mona', global_name: 'Mona', email: 'm@example.com', verified: false, avatar: 'a' },
      {
        sub: '1',
        name: 'Mona',
        preferred_username: 'mona',
        email: 'm@example.com',
        email_verified: false,
        picture: 'https://cdn.discordapp.com/avatars/1/a.png',
      },
    ],
  ])('read the user of %s as claims', async (name, user, claims) => {
    const { compliance } = settingsOf(name, { clientId: 'id', clientSecret: 'secret' });
    const nothingMore = (): Promise<undefined> => Promise.resolve(undefined);
    expect(await compliance.userinfo?.(user, nothingMore)).toEqual(claims);
    expect(await compliance.userinfo?.(null, nothingMore)).toEqual({});
  });
});

it('has every key under a name of its own', () => {
  const names = PROVIDER_KEYS.map(({ key }) => key);
  expect(new Set(names).size).toBe(names.length);
});
