// Redirect URIs: compared byte for byte, and nothing is redirected before one is proven.
// @see RFC 6749 §3.1.2, RFC 9700 §2.1 https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2
import { type Answer, ask, type Method } from '../support/authorization-request.js';
import { administer, createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, redeem, signIn, tokenRequest } from '../support/flow.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { trusted, multi, web } = CLIENTS;
const METHODS: Method[] = ['GET', 'POST'];
const CALLBACK = trusted.redirect_uris[0];

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

function expectErrorPage(answer: Answer): void {
  expect(answer).toMatchObject({ kind: 'error page', error: 'invalid_request' });
  expect(answer.response.status).toBe(400);
  expect(answer.response.headers.get('location')).toBeNull();
  expect(answer.response.headers.get('refresh')).toBeNull();
}

describe('a redirect_uri that is presented', () => {
  it('must equal a registered one, of which there may be several (§3.1.2.3)', async () => {
    for (const uri of multi.redirect_uris) {
      const { redirectUri, code } = await authorize(server, { client_id: multi.client_id, redirect_uri: uri }, jar);
      expect(redirectUri).toBe(uri.replace(/\?.*/, ''));
      expect(code).not.toBe('');
    }
  });

  it('keeps its query in the answer, and the order of it (§3.1.2, §4.1.2)', async () => {
    const [, uri] = multi.redirect_uris;
    const { location } = await authorize(server, { client_id: multi.client_id, redirect_uri: uri }, jar);
    expect(location).toMatch(/^https:\/\/multi\.example\/two\?fixed=1&/);
    const failed = await ask(server, { client_id: multi.client_id, redirect_uri: uri, scope: 'unknown' });
    expect(failed).toMatchObject({ params: { fixed: '1', error: 'invalid_scope' } });
  });

  it.each([
    ['another host', 'https://attacker.example/callback'],
    ['another scheme', CALLBACK.replace('https', 'http')],
    ['another port', CALLBACK.replace('.example', '.example:8443')],
    ['the default port', CALLBACK.replace('.example', '.example:443')],
    ['another path', `${CALLBACK}/more`],
    ['a prefix', CALLBACK.slice(0, -1)],
    ['a slash at its end', `${CALLBACK}/`],
    ['a query', `${CALLBACK}?x=1`],
    ['an empty query', `${CALLBACK}?`],
    ['a fragment', `${CALLBACK}#x`],
    ['an empty fragment', `${CALLBACK}#`],
    ['capitals in the host', CALLBACK.replace('trusted', 'TRUSTED')],
    ['capitals in the path', CALLBACK.replace('callback', 'Callback')],
    ['an encoded letter', CALLBACK.replace('callback', '%63allback')],
    ['a path that goes up', CALLBACK.replace('callback', 'x/../callback')],
    ['an encoded path that goes up', CALLBACK.replace('callback', 'x/%2e%2e/callback')],
    ['a second slash', CALLBACK.replace('/callback', '//callback')],
    ['a user name', CALLBACK.replace('https://', 'https://user@')],
    ['the registered host as a user name', 'https://trusted.example@attacker.example/callback'],
    ['a backslash', 'https://trusted.example\\@attacker.example/callback'],
    ['a subdomain', CALLBACK.replace('trusted', 'a.trusted')],
    ['a longer host', CALLBACK.replace('.example', '.example.attacker.example')],
    ['a trailing dot', CALLBACK.replace('.example', '.example.')],
    ['a space before', ` ${CALLBACK}`],
    ['a space after', `${CALLBACK} `],
    ['a line break', `${CALLBACK}\r\nx: y`],
    ['a tab', `${CALLBACK}\t`],
    ['javascript', 'javascript:alert(1)//'],
    ['data', 'data:text/html,x'],
    ['a scheme-relative form', '//trusted.example/callback'],
    ['a relative form', '/callback'],
    ['words', 'callback'],
    ['a different encoding of the whole', encodeURIComponent(CALLBACK)],
    ['the URI of another client', web.redirect_uris[0]],
    ['two URIs in one', `${CALLBACK},${CALLBACK}`],
  ])('never leads anywhere with %s (§3.1.2.4, §10.15, RFC 9700 §4.1.3)', async (_, uri) => {
    for (const method of METHODS) {
      expectErrorPage(await ask(server, { client_id: trusted.client_id, redirect_uri: uri }, { method, jar }));
    }
  });

  it('never leads anywhere either when something else is wrong as well (§4.1.2.1)', async () => {
    const wrong = {
      redirect_uri: 'https://attacker.example/',
      response_type: 'unknown',
      scope: 'unknown',
      prompt: 'none',
    };
    expectErrorPage(await ask(server, { client_id: trusted.client_id, ...wrong }, { jar }));
  });
});

describe('a redirect_uri that is left out', () => {
  it('is the only one that is registered, and the token request leaves it out as well (§3.1.2.3, §4.1.3)', async () => {
    const { code, verifier, redirectUri } = await authorize(
      server,
      { client_id: trusted.client_id, redirect_uri: undefined, scope: 'read' },
      jar,
    );
    expect(redirectUri).toBe(CALLBACK);
    expect((await redeem(server, trusted, { code, verifier })).scope).toBe('read');
  });

  it('may be named at the token request when it is the registered one, and no other (§4.1.3)', async () => {
    const leftOut = { client_id: trusted.client_id, redirect_uri: undefined, scope: 'read' };
    const first = await authorize(server, leftOut, jar);
    await redeem(server, trusted, { code: first.code, verifier: first.verifier, redirectUri: CALLBACK });
    const second = await authorize(server, leftOut, jar);
    const response = await tokenRequest(server, trusted, {
      grant_type: 'authorization_code',
      code: second.code,
      code_verifier: second.verifier,
      redirect_uri: 'https://attacker.example/',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it.each<[string, ParameterMap]>([
    ['when several are registered', { client_id: multi.client_id }],
    ['in an OpenID request', { client_id: trusted.client_id, scope: 'openid' }],
    ['in an OpenID request for more', { client_id: trusted.client_id, scope: 'profile openid read' }],
  ])('is an error page %s (§3.1.2.3, §3.1.2.4, OIDC Core §3.1.2.1)', async (_, parameters) => {
    for (const method of METHODS) {
      expectErrorPage(await ask(server, parameters, { method, jar }));
      expectErrorPage(await ask(server, { redirect_uri: '', ...parameters }, { method, jar }));
    }
  });

  it('is the only one in a request that fails, too (§4.1.2.1)', async () => {
    const answer = await ask(server, { client_id: trusted.client_id, scope: 'unknown' });
    expect(answer).toMatchObject({ kind: 'answer', uri: CALLBACK, params: { error: 'invalid_scope' } });
  });
});

describe('a redirect_uri that is registered', () => {
  const register = (uri: string): Promise<Response> =>
    administer(server, 'POST', '/api/clients', {
      redirect_uris: [uri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    });

  it.each([
    ['a fragment', 'https://client.example/callback#x'],
    ['an empty fragment', 'https://client.example/callback#'],
    ['a wildcard', 'https://*.example/callback'],
    ['a wildcard in its path', 'https://client.example/*'],
    ['userinfo', 'https://user:password@client.example/callback'],
    ['an empty userinfo', 'https://@client.example/callback'],
    ['no host', 'https:///callback'],
    ['no scheme', 'client.example/callback'],
    ['http to a host that is not this machine', 'http://client.example/callback'],
    ['http to a host that only looks like this machine', 'http://127.0.0.1.attacker.example/callback'],
    ['a script', 'javascript:alert(1)'],
    ['a script in capitals', 'JavaScript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a file', 'file:///etc/passwd'],
    ['a scheme that is no reversed domain name', 'myapp:/callback'],
    ['a space', 'https://client.example/call back'],
    ['a line break', 'https://client.example/\r\nx'],
    ['a quotation mark', 'https://client.example/"'],
    ['nothing', ''],
    ['text that is not ASCII', 'https://client.example/ü'],
  ])('cannot have %s (§3.1.2, RFC 9700 §2.1, RFC 8252 §7.1)', async (_, uri) => {
    const response = await register(uri);
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain('redirect_uris');
  });

  it.each([
    'https://client.example/callback?a=1&b=%20c',
    'https://client.example:8443/callback',
    'https://client.example',
    'http://localhost:3000/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:8080/callback',
    'com.example.app:/callback',
    'com.example.app://host/callback',
  ])('works as it is: %s (§3.1.2)', async (uri) => {
    const client = await createClient(server, { redirect_uris: [uri] });
    const answer = await ask(server, { client_id: client.client_id, redirect_uri: uri, scope: 'read' }, { jar });
    expect(answer).toMatchObject({ kind: 'answer', params: { code: expect.any(String) } });
    expect((answer as { location: string }).location.startsWith(uri)).toBe(true);
  });
});
