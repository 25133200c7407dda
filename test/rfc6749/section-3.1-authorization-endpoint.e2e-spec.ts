// The authorization endpoint: how a request is sent, which parameters count, and which never do.
// @see RFC 6749 §3.1 https://www.rfc-editor.org/rfc/rfc6749#section-3.1
import { ask, authorizationParameters, type Answer, type Method } from '../support/authorization-request.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, baseOf, redeem, signIn } from '../support/flow.js';
import { hasId } from '../support/html.js';
import { type CookieJar, form } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const ENDPOINT = `${baseOf(server)}/oauth/authorize`;
const { trusted } = CLIENTS;
const METHODS: Method[] = ['GET', 'POST'];
const request = { client_id: trusted.client_id, redirect_uri: trusted.redirect_uris[0], scope: 'read' };

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

function expectErrorPage(answer: Answer, error = 'invalid_request', status = 400): void {
  expect(answer).toMatchObject({ kind: 'error page', error });
  expect(answer.response.status).toBe(status);
  expect(answer.response.headers.get('location')).toBeNull();
  expect(answer.response.headers.get('content-type')).toMatch(/^text\/html/);
  expect(answer.response.headers.get('cache-control')).toBe('no-store');
}

function expectErrorAnswer(answer: Answer, error = 'invalid_request'): void {
  expect(answer).toMatchObject({ kind: 'answer', uri: request.redirect_uri, params: { error, state: 'a state' } });
}

describe('how it is sent', () => {
  it.each(METHODS)('by %s (§3.1)', async (method) => {
    const { code, verifier, pages } = await authorize(server, request, { jar, method });
    expect(pages).toEqual([]);
    expect((await redeem(server, trusted, { code, verifier, redirectUri: request.redirect_uri })).scope).toBe('read');
  });

  it.each(METHODS)('by %s, also by somebody who has to sign in first (§3.1)', async (method) => {
    const { code, pages } = await authorize(server, request, { method });
    expect(pages).toEqual(['sign-in']);
    expect(code).not.toBe('');
  });

  it.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'not by %s: 405 with Allow (§3.1, RFC 9110 §15.5.6)',
    async (method) => {
      const url = `${ENDPOINT}?${form(authorizationParameters(request)).toString()}`;
      const response = await fetch(url, { method, redirect: 'manual', headers: { cookie: jar.header() } });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, POST');
      expect(response.headers.get('location')).toBeNull();
    },
  );

  it.each([
    ['application/json', JSON.stringify(authorizationParameters(request))],
    ['text/plain', form(authorizationParameters(request)).toString()],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--x--\r\n'],
  ])('not as %s (§3.1, Appendix B)', async (type, body) => {
    const headers = { 'content-type': type, cookie: jar.header() };
    const response = await fetch(ENDPOINT, { method: 'POST', body, headers, redirect: 'manual' });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(hasId(await response.text(), 'error')).toBe(true);
  });

  it('not in the URL of a POST: its parameters are in the body (§3.1)', async () => {
    const url = `${ENDPOINT}?${form(authorizationParameters(request)).toString()}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await fetch(url, { method: 'POST', headers, body: 'x=1', redirect: 'manual' });
    const onward = posted.headers.get('location');
    const response = onward
      ? await fetch(new URL(onward, url), { headers: { cookie: jar.header() }, redirect: 'manual' })
      : posted;
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
  });

  it.each(METHODS)('not with more than the server reads: %s (§3.1)', async (method) => {
    const answer = await ask(server, { ...request, login_hint: 'x'.repeat(10_000) }, { method, jar });
    if (method === 'GET') expectErrorAnswer(answer);
    else expectErrorPage(answer);
  });

  it('by POST with long parameters that are not read (§3.1)', async () => {
    const answer = await ask(server, { ...request, unknown: 'x'.repeat(60_000) }, { method: 'POST', jar });
    expect(answer).toMatchObject({ kind: 'answer', params: { code: expect.any(String) } });
  });

  it.each(METHODS)('not with a thousand parameters: %s (§3.1)', async (method) => {
    const many = Array.from({ length: 1000 }, (_, n) => `p${n}=1`).join('&');
    const answer = await ask(server, `${form(authorizationParameters(request)).toString()}&${many}`, { method, jar });
    expectErrorPage(answer);
  });
});

describe.each(METHODS)('parameters of a %s', (method) => {
  const raw = (extra: string, without: readonly string[] = []): Promise<Answer> => {
    const parameters = form(authorizationParameters(request));
    for (const name of without) parameters.delete(name);
    return ask(server, `${parameters.toString()}&${extra}`, { method, jar });
  };

  it('that are unknown are ignored, also when they are repeated (§3.1)', async () => {
    expect(await raw('unknown=1&unknown=2&x%5By%5D=z&toString=1&constructor=3')).toMatchObject({
      params: { code: expect.any(String), state: 'a state' },
    });
  });

  it.each(['client_id', 'redirect_uri'])(
    'that must be proven end on an error page when repeated: %s (§3.1)',
    async (name) => {
      const value = request[name as 'client_id' | 'redirect_uri'];
      expectErrorPage(await raw(`${name}=${encodeURIComponent(value)}`));
    },
  );

  it.each([
    ['response_type', 'code'],
    ['scope', 'read'],
    ['code_challenge', 'x'],
    ['code_challenge_method', 'S256'],
    ['response_mode', 'query&response_mode=query'],
    ['prompt', 'login&prompt=login'],
    ['nonce', 'a&nonce=b'],
    ['max_age', '1&max_age=1'],
    ['login_hint', 'a&login_hint=b'],
  ])('are refused at the redirect URI when repeated: %s (§3.1, §4.1.2.1)', async (name, value) => {
    expectErrorAnswer(await raw(`${name}=${value}`));
  });

  it('answers a repeated state with an error and no state (§3.1, §4.1.2.1)', async () => {
    const answer = await raw('state=another');
    expect(answer).toMatchObject({ kind: 'answer', params: { error: 'invalid_request' } });
    expect(answer).not.toHaveProperty('params.state');
  });

  it.each(['scope', 'state', 'response_mode', 'prompt', 'max_age', 'nonce'])(
    'that are empty count as absent: %s (§3.1)',
    async (name) => {
      const answer = await raw(`${name}=&${name}`, [name]);
      expect(answer).toMatchObject({ kind: 'answer', params: { code: expect.any(String) } });
      if (name === 'state') expect(answer).not.toHaveProperty('params.state');
    },
  );

  it('that are empty beside one that is not do not count as a repetition (§3.1)', async () => {
    expect(await raw('scope=&state=&response_type=')).toMatchObject({ params: { code: expect.any(String) } });
  });

  it('are read under their own name only: client_id[], client_id[0] and CLIENT_ID are other ones (§3.1)', async () => {
    for (const name of ['client_id%5B%5D', 'client_id%5B0%5D', 'CLIENT_ID', 'client_id%20']) {
      expectErrorPage(await raw(`${name}=${trusted.client_id}`, ['client_id']));
    }
  });

  it.each([
    ['a broken percent-encoding', 'scope=%zz'],
    ['a NUL', 'login_hint=a%00b'],
    ['text that is no UTF-8', 'login_hint=%ff'],
    ['a lone surrogate', 'login_hint=%ED%A0%80'],
  ])('cannot be read with %s (Appendix B)', async (_, extra) => {
    expectErrorPage(await raw(extra));
  });

  it('are refused without a response_type (§3.1.1)', async () => {
    expectErrorAnswer(await raw('', ['response_type']));
  });

  it.each(['unknown', 'code unknown', 'constructor', 'code token code', 'CODE', 'code,token'])(
    'are refused with a response_type that there is not: %s (§3.1.1)',
    async (responseType) => {
      const answer = await raw(`response_type=${encodeURIComponent(responseType)}`, ['response_type']);
      expectErrorAnswer(answer, 'unsupported_response_type');
    },
  );

  it('are refused with a response_type that the client is not registered for (§3.1.1, §4.1.2.1)', async () => {
    expectErrorAnswer(await raw('response_type=token', ['response_type']), 'unauthorized_client');
  });

  it('are refused on an error page without a client_id (§3.1.2.4)', async () => {
    expectErrorPage(await raw('', ['client_id']));
  });

  it.each(['nobody', 'TRUSTED', 'trusted ', '../trusted', "trusted' OR '1'='1", '\u{1F600}', 'x'.repeat(3000)])(
    'are refused on an error page with a client_id that there is not: %p (§3.1.2.4)',
    async (clientId) => {
      const answer = await raw(`client_id=${encodeURIComponent(clientId)}`, ['client_id']);
      expectErrorPage(answer, 'invalid_client');
    },
  );
});
