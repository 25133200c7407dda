// PKCE in the authorization request: S256, of everybody who is not exempted.
// @see RFC 7636 §4.2–§4.4, RFC 9700 §2.1.1 https://www.rfc-editor.org/rfc/rfc7636#section-4.3
import { ask, type Method } from '../support/authorization-request.js';
import { administer, createClient } from '../support/clients.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import { baseOf, signIn } from '../support/flow.js';
import { type CookieJar, type ParameterMap, pkce } from '../support/http.js';
import { sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const { trusted, spa, native, exempt } = CLIENTS;
const METHODS: Method[] = ['GET', 'POST'];
const none = { code_challenge: undefined, code_challenge_method: undefined };
const { challenge } = pkce();

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

const refused = { kind: 'answer', params: { error: 'invalid_request', state: 'a state', iss: server.issuer } };
const answered = { kind: 'answer', params: { code: expect.any(String) } };
const requestOf = (
  client: { client_id: string; redirect_uris: readonly string[] },
  parameters: ParameterMap,
): ParameterMap => ({
  client_id: client.client_id,
  redirect_uri: client.redirect_uris[0],
  scope: 'read',
  ...parameters,
});

describe('a challenge', () => {
  it.each([trusted, spa, native])(
    'is asked of $client_id, before anybody signs in (§4.4.1, RFC 9700 §2.1.1)',
    async (client) => {
      for (const method of METHODS) {
        for (const browser of [undefined, jar]) {
          const answer = await ask(server, requestOf(client, none), { method, jar: browser });
          expect(answer).toMatchObject(refused);
          expect(answer).toMatchObject({ params: { error_description: expect.stringContaining('code_challenge') } });
        }
      }
    },
  );

  it('of S256 is good (§4.2)', async () => {
    expect(await ask(server, requestOf(trusted, pkce().parameters), { jar })).toMatchObject(answered);
  });

  it.each<[string, ParameterMap]>([
    ['plain by name', { code_challenge: 'v'.repeat(43), code_challenge_method: 'plain' }],
    ['plain for want of a method', { code_challenge: 'v'.repeat(43), code_challenge_method: undefined }],
    [
      'plain for want of a method, of 128 characters',
      { code_challenge: 'v'.repeat(128), code_challenge_method: undefined },
    ],
    ['an empty method', { code_challenge: challenge, code_challenge_method: '' }],
    ['a method that there is not', { code_challenge: challenge, code_challenge_method: 'S512' }],
    ['a method in another case', { code_challenge: challenge, code_challenge_method: 's256' }],
    ['a property of objects for a method', { code_challenge: challenge, code_challenge_method: 'constructor' }],
    ['a method without a challenge', { code_challenge: undefined, code_challenge_method: 'S256' }],
    ['an empty challenge', { code_challenge: '', code_challenge_method: 'S256' }],
    ['42 characters', { code_challenge: challenge.slice(1), code_challenge_method: 'S256' }],
    ['44 characters', { code_challenge: `${challenge}a`, code_challenge_method: 'S256' }],
    ['padding', { code_challenge: `${challenge}=`, code_challenge_method: 'S256' }],
    [
      'signs of base64 that are not of base64url',
      { code_challenge: `+/${challenge.slice(2)}`, code_challenge_method: 'S256' },
    ],
    ['a verifier that is no hash', { code_challenge: `~.${challenge.slice(2)}`, code_challenge_method: 'S256' }],
    ['a line break', { code_challenge: `${challenge.slice(1)}\n`, code_challenge_method: 'S256' }],
    ['the hash in hexadecimal', { code_challenge: 'a'.repeat(64), code_challenge_method: 'S256' }],
    ['4 000 characters', { code_challenge: 'a'.repeat(4000), code_challenge_method: 'S256' }],
  ])('of %s is an invalid request (§4.3, §4.4.1, RFC 9700 §2.1.1)', async (_, parameters) => {
    for (const client of [trusted, spa]) {
      expect(await ask(server, requestOf(client, parameters), { jar })).toMatchObject(refused);
    }
  });

  it('is refused when it is malformed even of a client that needs none (§4.3)', async () => {
    for (const parameters of [
      { code_challenge: 'short', code_challenge_method: 'S256' },
      { code_challenge: challenge, code_challenge_method: 'plain' },
      { code_challenge: challenge, code_challenge_method: undefined },
      { code_challenge: undefined, code_challenge_method: 'S256' },
    ]) {
      expect(await ask(server, requestOf(exempt, parameters), { jar })).toMatchObject(refused);
    }
  });
});

describe('the exemption', () => {
  it('lets a confidential client that has it go without (interface §2)', async () => {
    expect(await ask(server, requestOf(exempt, none), { jar })).toMatchObject(answered);
  });

  it('cannot be given to a public client (RFC 9700 §2.1.1)', async () => {
    const metadata = {
      redirect_uris: ['https://created.example/callback'],
      token_endpoint_auth_method: 'none',
      require_pkce: false,
    };
    const response = await administer(server, 'POST', '/api/clients', metadata);
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain('require_pkce');
  });

  it('ends when the registration changes', async () => {
    const client = await createClient(server, { require_pkce: false });
    expect(await ask(server, requestOf(client, none), { jar })).toMatchObject(answered);
    await administer(server, 'PATCH', `/api/clients/${client.client_id}`, { require_pkce: null });
    expect(await ask(server, requestOf(client, none), { jar })).toMatchObject(refused);
  });
});

describe('PKCE_REQUIRED=public', () => {
  it('asks a challenge of public clients and of those registered for it, and checks the others’ all the same', async () => {
    const own = await startServer({
      env: { PKCE_REQUIRED: 'public' },
      bootstrap: {
        ...bootstrap(),
        clients: [trusted, spa, { ...exempt, client_id: 'strict', require_pkce: true }],
      },
    });
    const browser = await signIn(own);
    expect(await ask(own, requestOf(trusted, none), { jar: browser })).toMatchObject(answered);
    const plain = { code_challenge: 'v'.repeat(43), code_challenge_method: 'plain' };
    expect(await ask(own, requestOf(trusted, plain), { jar: browser })).toMatchObject({
      params: { error: 'invalid_request' },
    });
    for (const client of [spa, { ...exempt, client_id: 'strict' }]) {
      expect(await ask(own, requestOf(client, none), { jar: browser })).toMatchObject({
        params: { error: 'invalid_request' },
      });
    }
  });
});

it('is advertised as S256 alone (RFC 8414 §2)', async () => {
  const response = await fetch(`${baseOf(server)}/.well-known/oauth-authorization-server`);
  expect(await response.json()).toMatchObject({ code_challenge_methods_supported: ['S256'] });
});
