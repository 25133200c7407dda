// Hostile text in every parameter of every endpoint: refused or ignored, never a fault of the server.
import { basic } from '../support/http.js';
import { CLIENTS } from '../support/fixtures.js';
import { sharedServer } from '../support/server.js';
import { expectSound, FORM, JSON_TYPE, send } from './raw.js';

const { url } = sharedServer();
const WEB = { authorization: basic(CLIENTS.web.client_id, CLIENTS.web.client_secret) };

/** As they stand on the wire. */
const TEXTS: Record<string, string> = {
  'an encoded NUL': 'a%00b',
  'a broken percent-encoding': 'a%zzb',
  'a cut percent-encoding': 'abc%',
  'an encoded lone surrogate': '%ED%A0%80',
  'an overlong UTF-8 sequence': '%C0%AE%C0%AE',
  'bytes that are no UTF-8': '%FF%FE%FA',
  'a quote and a line break': '%22%0D%0ASet-Cookie:%20a=b',
  'a script': '%3Cscript%3Ealert(1)%3C/script%3E',
  SQL: "'%20OR%201=1;%20DROP%20TABLE%20users;--",
  'a template': '%7B%7B7*7%7D%7D%3C%25=7*7%25%3E',
  'a format string': '%25s%25n%25p',
  'a prototype': '__proto__',
  'right-to-left and zero-width characters': '%E2%80%AEevil%E2%80%8B%F0%9F%91%BE',
  'a very long text': 'a'.repeat(20_000),
};

const TOKEN_PARAMETERS = [
  'grant_type', 'code', 'redirect_uri', 'code_verifier', 'refresh_token', 'scope', 'resource', 'username', 'password', 'client_id',
  'client_secret', 'client_assertion', 'client_assertion_type', 'token', 'token_type_hint',
]; // prettier-ignore
const AUTHORIZATION_PARAMETERS = [
  'client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'prompt', 'max_age', 'resource', 'login_hint',
  'code_challenge', 'code_challenge_method', 'request', 'request_uri', 'claims', 'ui_locales', 'interaction', 'posted_request', 'next',
]; // prettier-ignore
const FORM_FIELDS = [
  'csrf_token',
  'interaction',
  'next',
  'username',
  'password',
  'email',
  'decision',
  'client_name',
  'redirect_uris',
  'scope',
];

const VALID: Record<string, string> = {
  client_id: CLIENTS.web.client_id,
  redirect_uri: CLIENTS.web.redirect_uris[0],
  response_type: 'code',
  scope: 'read',
  state: 'state',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

/** The parameters with one replaced by what is sent as it stands. */
function query(parameters: Record<string, string>, name: string, raw: string): string {
  const rest = Object.entries(parameters).filter(([other]) => other !== name);
  return [...rest.map(([key, value]) => `${key}=${encodeURIComponent(value)}`), `${name}=${raw}`].join('&');
}

describe.each(Object.entries(TEXTS))('%s', (_, raw) => {
  it.each(['/oauth/token', '/oauth/revoke', '/oauth/introspect'])(
    'in any parameter of %s is answered',
    async (path) => {
      for (const grantType of ['authorization_code', 'refresh_token', 'client_credentials', 'password']) {
        for (const name of TOKEN_PARAMETERS) {
          const body = query({ grant_type: grantType, token: 'x', code: 'x', refresh_token: 'x' }, name, raw);
          const response = await send(url, { method: 'POST', path, headers: { ...FORM, ...WEB }, body });
          expectSound(response, raw);
          expect(response.headers['cache-control']).toBe('no-store');
        }
      }
    },
  );

  it('in any parameter of the authorization endpoint is answered, and goes nowhere unproven', async () => {
    for (const name of AUTHORIZATION_PARAMETERS) {
      const sent = query(VALID, name, raw);
      for (const request of [
        { path: `/oauth/authorize?${sent}` },
        { path: '/oauth/authorize', method: 'POST', headers: FORM, body: sent },
      ]) {
        // A very long query is refused by its length before anything reads it.
        const response = await send(url, request);
        expectSound(response, raw);
        const location = response.headers.location as string | undefined;
        if (location)
          expect(location).toMatch(/^(?:\/sign-in\?|\/oauth\/authorize\?|https:\/\/client\.example\/callback\?)/);
      }
    }
  });

  it('in any field of a page is answered', async () => {
    for (const path of [
      '/sign-in',
      '/sign-up',
      '/consent',
      '/device',
      '/clients/new',
      '/account/password',
      '/oauth/logout',
    ]) {
      for (const name of FORM_FIELDS) {
        const response = await send(url, { method: 'POST', path, headers: FORM, body: `${name}=${raw}` });
        expectSound(response, raw);
        expect(response.headers.location ?? '/').toMatch(/^\/(?![/\\])/);
        expectSound(await send(url, { path: `${path}?${name}=${raw}` }), raw);
      }
    }
  });

  it('in a path is answered', async () => {
    const short = raw.slice(0, 4000);
    for (const path of ['/', '/assets/', '/clients/', '/api/users/', '/api/clients/', '/oauth/', '/health/']) {
      expectSound(await send(url, { path: path + short }), short);
    }
  });

  it('in a JSON body is answered', async () => {
    const text = JSON.stringify({ username: raw, client_name: raw, [raw]: raw });
    for (const path of ['/api/users', '/api/clients', '/api/scopes', '/oauth/token', '/sign-in']) {
      expectSound(await send(url, { method: 'POST', path, headers: JSON_TYPE, body: text }), raw);
    }
  });
});

describe('headers', () => {
  const HEADERS: [string, Record<string, string>][] = [
    ['Basic without credentials', { authorization: 'Basic' }],
    ['Basic that is no base64', { authorization: 'Basic ????' }],
    ['Basic without a colon', { authorization: `Basic ${Buffer.from('web').toString('base64')}` }],
    ['Basic that is no UTF-8', { authorization: `Basic ${Buffer.from([0xff, 0x3a, 0xfe]).toString('base64')}` }],
    ['Basic with NUL', { authorization: `Basic ${Buffer.from('web:\0').toString('base64')}` }],
    ['Basic with a broken percent-encoding', { authorization: `Basic ${Buffer.from('web:%zz').toString('base64')}` }],
    ['Basic of 8 KB', { authorization: `Basic ${Buffer.from(`web:${'x'.repeat(6000)}`).toString('base64')}` }],
    ['another scheme', { authorization: 'Digest username="web"' }],
    ['Bearer at a client endpoint', { authorization: 'Bearer abc' }],
  ];
  it.each(HEADERS)('%s is invalid_client', async (_, headers) => {
    const body = 'grant_type=client_credentials';
    const response = await send(url, { method: 'POST', path: '/oauth/token', headers: { ...FORM, ...headers }, body });
    expectSound(response, headers.authorization ?? '');
    expect(response.status).toBe(401);
    expect(JSON.parse(response.body)).toMatchObject({ error: 'invalid_client' });
    expect(response.headers['www-authenticate']).toMatch(/^Basic /);
  });

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer "x"', 'bearer\tx', `Bearer ${'x'.repeat(20_000)}`, 'Bearer é'])(
    'a malformed bearer token (%.20s) is refused',
    async (authorization) => {
      const headers = { authorization: Buffer.from(authorization).toString('latin1') };
      const response = await send(url, { path: '/api/me', headers });
      expectSound(response, authorization);
      expect([400, 401, 431]).toContain(response.status);
    },
  );

  it.each(['nas_session=x', 'a'.repeat(8000), '=;=;;;', `nas_browser=${'%00'.repeat(50)}`, 'é=ü', '__proto__=1'])(
    'a cookie header like %.20s is answered',
    async (cookie) => {
      const headers = { cookie: Buffer.from(cookie).toString('latin1') };
      for (const path of ['/', '/account', `/oauth/authorize?${new URLSearchParams(VALID).toString()}`]) {
        expectSound(await send(url, { path, headers }), cookie);
      }
    },
  );

  it('never take the issuer, a redirect or a document from the request (Host, X-Forwarded-*)', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
      'x-original-url': '/evil',
      'x-http-method-override': 'DELETE',
    };
    for (const path of [
      '/',
      '/sign-in',
      '/.well-known/oauth-authorization-server',
      `/oauth/authorize?${new URLSearchParams(VALID).toString()}`,
    ]) {
      const response = await send(url, { path, headers });
      expect(response.status).toBeLessThan(400);
      expect(JSON.stringify(response.headers) + response.body).not.toContain('evil.example');
    }
  });

  it('of 40 KB are refused, not fatal', async () => {
    const response = await send(url, { path: '/', headers: { 'x-large': 'x'.repeat(40_000) } });
    expect(response.status).toBe(431);
  });
});

describe('bodies', () => {
  const ENDPOINTS = ['/oauth/token', '/oauth/revoke', '/oauth/introspect'];

  it.each(ENDPOINTS)('of 300 KB are too large at %s', async (path) => {
    const body = `grant_type=${'x'.repeat(300_000)}`;
    const response = await send(url, { method: 'POST', path, headers: { ...FORM, ...WEB }, body });
    expectSound(response, body);
    expect(response.status).toBe(413);
  });

  it.each(ENDPOINTS)('with 10 000 parameters are refused at %s', async (path) => {
    const body = Array.from({ length: 10_000 }, (_, index) => `p${index}=1`).join('&');
    const response = await send(url, { method: 'POST', path, headers: { ...FORM, ...WEB }, body });
    expectSound(response, body);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body)).toMatchObject({ error: 'invalid_request' });
  });

  const TYPES: [string, string, string][] = [
    ['JSON', 'application/json', '{"grant_type":"client_credentials"}'],
    ['malformed JSON', 'application/json', '{"grant_type":'],
    ['text', 'text/plain', 'grant_type=client_credentials'],
    ['XML', 'application/xml', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'],
    ['no type', '', 'grant_type=client_credentials'],
  ];
  for (const [name, type, body] of TYPES) {
    it.each(ENDPOINTS)(`of ${name} are invalid_request at %s`, async (path) => {
      const headers = { ...WEB, ...(type && { 'content-type': type }) };
      const response = await send(url, { method: 'POST', path, headers, body });
      expectSound(response, body);
      expect(response.status).toBe(400);
      expect(JSON.parse(response.body)).toMatchObject({ error: 'invalid_request' });
      expect(response.headers['cache-control']).toBe('no-store');
    });
  }

  it('from curl -F say what to send instead', async () => {
    const headers = { ...WEB, 'content-type': 'multipart/form-data; boundary=x' };
    const body = '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--x--\r\n';
    const response = await send(url, { method: 'POST', path: '/oauth/token', headers, body });
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body)).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('application/x-www-form-urlencoded') as string,
    });
  });

  it('never become objects: a[b]=c is another name', async () => {
    const body = 'grant_type[x]=client_credentials&grant_type[]=a&__proto__[admin]=1&constructor=1';
    const response = await send(url, { method: 'POST', path: '/oauth/token', headers: { ...FORM, ...WEB }, body });
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body)).toMatchObject({ error: 'invalid_request' });
  });
});

describe('methods', () => {
  const ALLOWED: Record<string, string[]> = {
    '/oauth/token': ['POST'],
    '/oauth/revoke': ['POST'],
    '/oauth/introspect': ['POST'],
    '/oauth/authorize': ['GET', 'POST'],
    '/oauth/jwks': ['GET'],
    '/.well-known/oauth-authorization-server': ['GET'],
  };
  it.each(Object.entries(ALLOWED))('other than those of %s are 405 with Allow', async (path, allowed) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !allowed.includes(one))) {
      const response = await send(url, { method, path, headers: FORM, body: 'a=b' });
      expectSound(response, '');
      expect(response.status).toBe(405);
      expect(response.headers.allow).toBe(allowed.join(', '));
    }
  });

  it.each(['TRACE', 'PROPFIND', 'LOCK', 'FOO'])('%s is answered on every kind of route', async (method) => {
    for (const path of ['/', '/sign-in', '/oauth/token', '/api/users', '/assets/style.css']) {
      const response = await send(url, { method, path }).catch(() => undefined);
      // A method that HTTP does not know is refused before a route sees it.
      if (response) expect(response.status).toBeLessThan(500);
    }
  });
});

describe('paths', () => {
  it.each([
    '/assets/../../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/....//package.json',
    '/assets/style.css%00.js',
    '/assets/../../../../etc/passwd',
    '/assets/%5c..%5c..%5cpackage.json',
  ])('%s gives no file', async (path) => {
    const response = await send(url, { path });
    expectSound(response, path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.body).not.toContain('nest-authorization-server"');
    expect(response.body).not.toContain('root:');
  });

  it.each(['/%zz', '/%', '/a%00b', `/${'a'.repeat(15_000)}`, '//evil.example', '/\\evil.example', '/?%zz=%'])(
    '%.40s is answered',
    async (path) => {
      const response = await send(url, { path });
      expectSound(response, path);
      expect(response.headers.location).toBeUndefined();
    },
  );
});
