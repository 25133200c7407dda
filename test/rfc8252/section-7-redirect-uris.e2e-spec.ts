// Redirect URIs of native applications: any port on the loopback IP literals, private-use schemes byte for byte.
// @see RFC 8252 §7, §8.3, §8.4 https://www.rfc-editor.org/rfc/rfc8252#section-7
import { ask, type Answer } from '../support/authorization-request.js';
import { createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, redeem, signIn, tokenRequest } from '../support/flow.js';
import type { CookieJar } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { native } = CLIENTS;

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

const askFor = (uri: string, clientId: string = native.client_id): Promise<Answer> =>
  ask(server, { client_id: clientId, redirect_uri: uri, scope: 'read' }, { jar });
const nativeClient = (...uris: string[]) =>
  createClient(server, {
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: uris,
    skip_consent: undefined,
  });
const accepted = { kind: 'page', path: '/consent' };
const refused = { kind: 'error page', error: 'invalid_request' };

describe('a loopback IP literal', () => {
  it.each([
    'http://127.0.0.1/callback',
    'http://127.0.0.1:80/callback',
    'http://127.0.0.1:51004/callback',
    'http://127.0.0.1:65535/callback',
    'http://[::1]/callback',
    'http://[::1]:61023/callback',
  ])('takes any port at the time of the request: %s (§7.3)', async (uri) => {
    const { redirectUri, code, verifier } = await authorize(
      server,
      { client_id: native.client_id, redirect_uri: uri, scope: 'read' },
      jar,
    );
    expect(redirectUri).toBe(uri);
    expect((await redeem(server, native, { code, verifier, redirectUri: uri })).scope).toBe('read');
  });

  it('binds the code to the port of the request (§7.3, RFC 6749 §4.1.3)', async () => {
    const uri = 'http://127.0.0.1:51004/callback';
    for (const other of ['http://127.0.0.1:51005/callback', 'http://127.0.0.1/callback']) {
      const asked = { client_id: native.client_id, redirect_uri: uri, scope: 'read' };
      const { code, verifier } = await authorize(server, asked, jar);
      const response = await tokenRequest(server, native, {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: other,
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
    }
  });

  it.each([
    ['another path', 'http://127.0.0.1:51004/callback/more'],
    ['no path', 'http://127.0.0.1:51004'],
    ['a query', 'http://127.0.0.1:51004/callback?x=1'],
    ['a fragment', 'http://127.0.0.1:51004/callback#x'],
    ['another scheme', 'https://127.0.0.1:51004/callback'],
    ['a port that there is not', 'http://127.0.0.1:65536/callback'],
    ['a port of six digits', 'http://127.0.0.1:510045/callback'],
    ['a port that is no number', 'http://127.0.0.1:x/callback'],
    ['an empty port', 'http://127.0.0.1:/callback'],
    ['a user name', 'http://user@127.0.0.1:51004/callback'],
    ['the literal as a user name', 'http://127.0.0.1:51004@attacker.example/callback'],
    ['the literal as a subdomain', 'http://127.0.0.1.attacker.example/callback'],
    ['another loopback address', 'http://127.0.0.2:51004/callback'],
    ['the address as one number', 'http://2130706433:51004/callback'],
    ['the address in octal', 'http://0177.0.0.1:51004/callback'],
    ['a mapped address', 'http://[::ffff:127.0.0.1]:51004/callback'],
    ['a long form of the address', 'http://[0:0:0:0:0:0:0:1]:51004/callback'],
    ['the name localhost', 'http://localhost:51004/callback'],
    ['the name localhost without a port', 'http://localhost/callback'],
  ])('is not matched with %s (§7.3, §8.3, §8.4)', async (_, uri) => {
    expect(await askFor(uri)).toMatchObject(refused);
  });

  it('takes any port also where it was registered with one, and keeps the query (§7.3)', async () => {
    const client = await nativeClient('http://127.0.0.1:8080/callback?app=1');
    expect(await askFor('http://127.0.0.1:9090/callback?app=1', client.client_id)).toMatchObject(accepted);
    expect(await askFor('http://127.0.0.1/callback?app=1', client.client_id)).toMatchObject(accepted);
    expect(await askFor('http://127.0.0.1:9090/callback?app=2', client.client_id)).toMatchObject(refused);
    expect(await askFor('http://[::1]:9090/callback?app=1', client.client_id)).toMatchObject(refused);
  });
});

describe('the name localhost', () => {
  it('is compared byte for byte, the port included (§8.3)', async () => {
    const client = await nativeClient('http://localhost:8080/callback');
    expect(await askFor('http://localhost:8080/callback', client.client_id)).toMatchObject(accepted);
    for (const uri of [
      'http://localhost:8081/callback',
      'http://localhost/callback',
      'http://LOCALHOST:8080/callback',
      'http://127.0.0.1:8080/callback',
      'http://localhost.:8080/callback',
    ]) {
      expect(await askFor(uri, client.client_id)).toMatchObject(refused);
    }
  });
});

describe('https', () => {
  it('has no port rule: claimed URIs are compared byte for byte (§7.2)', async () => {
    const client = await nativeClient('https://app.example/callback');
    expect(await askFor('https://app.example/callback', client.client_id)).toMatchObject({ kind: 'page' });
    expect(await askFor('https://app.example:8443/callback', client.client_id)).toMatchObject(refused);
  });
});

describe('a private-use scheme', () => {
  it('brings the code back to the application (§7.1)', async () => {
    const uri = 'com.example.native:/callback';
    const asked = { client_id: native.client_id, redirect_uri: uri, scope: 'read' };
    const { location, code, verifier } = await authorize(server, asked, jar);
    expect(location).toMatch(/^com\.example\.native:\/callback\?code=/);
    expect((await redeem(server, native, { code, verifier, redirectUri: uri })).scope).toBe('read');
  });

  it.each([
    'com.example.native:/callback/',
    'com.example.native://callback',
    'com.example.native:callback',
    'com.example.native:///callback',
    'COM.EXAMPLE.NATIVE:/callback',
    'com.example.other:/callback',
    'com.example.native:/callback?x=1',
    'com.example.native:/callback#x',
  ])('is compared byte for byte: not %s (§7.1, RFC 9700 §2.1)', async (uri) => {
    expect(await askFor(uri)).toMatchObject(refused);
  });

  it('brings errors back, too (§7.1)', async () => {
    const uri = 'com.example.native:/callback';
    const answer = await ask(server, { client_id: native.client_id, redirect_uri: uri, scope: 'unknown' });
    expect(answer).toMatchObject({ kind: 'answer', uri, params: { error: 'invalid_scope' } });
  });
});

it('does not let a public client go without PKCE (§8.1)', async () => {
  const without = { code_challenge: undefined, code_challenge_method: undefined };
  const answer = await ask(
    server,
    { client_id: native.client_id, redirect_uri: 'http://127.0.0.1:5000/callback', scope: 'read', ...without },
    { jar },
  );
  expect(answer).toMatchObject({ kind: 'answer', params: { error: 'invalid_request' } });
});
