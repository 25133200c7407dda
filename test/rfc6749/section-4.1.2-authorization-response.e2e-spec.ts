// The authorization response: how it travels, what it carries, and that a client gets its state back as it was.
// @see RFC 6749 §4.1.2, §4.1.2.1 https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
import { ask } from '../support/authorization-request.js';
import { administer, createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, redeem, signIn, signUp } from '../support/flow.js';
import { forms, hasId } from '../support/html.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const { trusted, web, multi, implicit } = CLIENTS;
const CALLBACK = trusted.redirect_uris[0];
const asked = { client_id: trusted.client_id, redirect_uri: CALLBACK, scope: 'read' };

let jar: CookieJar;
beforeAll(async () => void (jar = await signIn(server)));

/** A success and an error, both for who is signed in. */
const OUTCOMES: [string, ParameterMap][] = [
  ['a code', {}],
  ['an error', { scope: 'unknown' }],
];

const ODD_STATES = [
  'simple',
  ' a b  c ',
  'a+b%20c%2B',
  `"quotes" and 'apostrophes'`,
  '<script>alert(1)</script>&amp;&lt;',
  'a=b&code=stolen&state=other#fragment?x',
  'back\\slash/slash;semi,comma',
  '!$()*@[]{}|^`~',
  'ü é ß ж 日本 \u{1F600}',
  `${'x'.repeat(3000)}`,
];

describe('state', () => {
  it.each(ODD_STATES)('comes back exactly as it was in the query: %p (§4.1.2, Appendix A.5)', async (state) => {
    for (const [, parameters] of OUTCOMES) {
      const answer = await ask(server, { ...asked, ...parameters, state }, { jar });
      expect(answer).toMatchObject({ kind: 'answer', params: { state } });
    }
  });

  it.each(ODD_STATES)('comes back exactly as it was in the fragment and by form_post: %p', async (state) => {
    for (const mode of ['fragment', 'form_post']) {
      for (const [, parameters] of OUTCOMES) {
        const answer = await ask(server, { ...asked, ...parameters, state, response_mode: mode }, { jar });
        expect(answer).toMatchObject({ kind: 'answer', params: { state } });
      }
    }
  });

  it('comes back exactly as it was after POST, sign-in and consent (§4.1.2)', async () => {
    const user = await signUp(server);
    const state = `ü "x" & <y> + % 日本`;
    const { params, pages } = await authorize(
      server,
      { client_id: web.client_id, scope: 'read', state },
      { user, method: 'POST' },
    );
    expect(pages).toEqual(['sign-in', 'consent']);
    expect(params).toMatchObject({ state, code: expect.any(String) });
  });

  it.each(OUTCOMES)('is absent from %s when the request had none (§4.1.2)', async (_, parameters) => {
    const answer = await ask(server, { ...asked, ...parameters, state: undefined }, { jar });
    expect(answer).toMatchObject({ kind: 'answer' });
    expect(Object.keys((answer as { params: object }).params)).not.toContain('state');
  });
});

describe('the way back', () => {
  it.each(OUTCOMES)(
    'is a redirect by 303 with nothing to keep and no referrer: %s (§4.1.2, RFC 9700 §4.12)',
    async (_, parameters) => {
      const { response } = await ask(server, { ...asked, ...parameters }, { jar });
      expect(response.status).toBe(303);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('location')).toMatch(/^https:\/\/trusted\.example\/callback\?/);
    },
  );

  it('carries code, state and iss, and nothing else (§4.1.2, RFC 9207 §2)', async () => {
    expect(await ask(server, asked, { jar })).toMatchObject({
      params: { code: expect.any(String), state: 'a state', iss: server.issuer },
    });
    const { params } = (await ask(server, asked, { jar })) as { params: object };
    expect(Object.keys(params).sort()).toEqual(['code', 'iss', 'state']);
  });

  it('carries error, error_description, state and iss, and nothing else (§4.1.2.1, RFC 9207 §2)', async () => {
    const { params } = (await ask(server, { ...asked, scope: 'unknown' }, { jar })) as {
      params: Record<string, string>;
    };
    expect(Object.keys(params).sort()).toEqual(['error', 'error_description', 'iss', 'state']);
    expect(params.iss).toBe(server.issuer);
    expect(params.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  it('keeps the registered query in every mode (§3.1.2)', async () => {
    const [, uri] = multi.redirect_uris;
    const own = { client_id: multi.client_id, redirect_uri: uri, scope: 'unknown' };
    const locationOf = async (mode: string): Promise<string> =>
      ((await ask(server, { ...own, response_mode: mode }, { jar })) as { location: string }).location;
    expect(await locationOf('query')).toMatch(/^https:\/\/multi\.example\/two\?fixed=1&error=/);
    expect(await locationOf('fragment')).toMatch(/^https:\/\/multi\.example\/two\?fixed=1#error=/);
    expect(await locationOf('form_post')).toBe(uri);
  });
});

describe('response_mode', () => {
  it('query and fragment put the answer where they say (Multiple Response Types §2.1)', async () => {
    for (const [, parameters] of OUTCOMES) {
      const query = await ask(server, { ...asked, ...parameters, response_mode: 'query' }, { jar });
      expect(query).toMatchObject({ kind: 'answer', location: expect.stringMatching(/^[^#]+\?[^#]+$/) });
      const fragment = await ask(server, { ...asked, ...parameters, response_mode: 'fragment' }, { jar });
      expect(fragment).toMatchObject({ kind: 'answer', location: expect.stringMatching(/^[^?#]+#[^#]+$/) });
    }
  });

  it.each(OUTCOMES)(
    'form_post is a page that posts %s, works without script and is kept nowhere (Form Post Response Mode §2)',
    async (_, parameters) => {
      const { response, html } = await ask(server, { ...asked, ...parameters, response_mode: 'form_post' }, { jar });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const policy = response.headers.get('content-security-policy')!;
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
      // A form-action would stop the way back to the client.
      expect(policy).not.toContain('form-action');
      const [page] = forms(html);
      expect(page).toMatchObject({ method: 'POST', action: CALLBACK });
      expect(page.buttons).toHaveLength(1);
      expect(Object.keys(page.fields).sort()).toEqual(
        'scope' in parameters ? ['error', 'error_description', 'iss', 'state'] : ['code', 'iss', 'state'],
      );
    },
  );

  it('form_post gives a code that is good (Form Post Response Mode §2)', async () => {
    const { code, verifier } = await authorize(server, { ...asked, response_mode: 'form_post' }, jar);
    expect((await redeem(server, trusted, { code, verifier, redirectUri: CALLBACK })).scope).toBe('read');
  });

  it('form_post lets no state out of its attribute', async () => {
    const state = `"><script src="https://attacker.example/"></script><input value="`;
    const { html } = await ask(server, { ...asked, state, response_mode: 'form_post' }, { jar });
    expect(html).not.toContain('<script src="https://attacker');
    expect(forms(html)[0].fields.state).toBe(state);
  });

  it.each(['unknown', 'jwt', 'QUERY', 'query fragment', 'web_message', 'constructor'])(
    'that there is not is an error, sent the usual way: %s (Multiple Response Types §2.1)',
    async (mode) => {
      const answer = await ask(server, { ...asked, response_mode: mode }, { jar });
      expect(answer).toMatchObject({ kind: 'answer', uri: CALLBACK, params: { error: 'invalid_request' } });
      expect((answer as { location: string }).location).toContain('?error=');
    },
  );

  it('query never carries a token: it is refused for one, in the fragment (Multiple Response Types §3)', async () => {
    const { params, location } = await authorize(
      server,
      { client_id: implicit.client_id, response_type: 'token', response_mode: 'query', scope: 'read' },
      jar,
    );
    expect(params.error).toBe('invalid_request');
    expect(location).toMatch(/^[^?]+#error=/);
  });
});

describe('an error', () => {
  it.each<[string, string, ParameterMap]>([
    ['unsupported_response_type', 'a response type that there is not', { response_type: 'unknown' }],
    ['unauthorized_client', 'a response type that the client may not use', { response_type: 'token' }],
    ['invalid_scope', 'a scope that the client may not ask', { scope: 'email' }],
    ['invalid_request', 'no response type', { response_type: undefined }],
    ['invalid_request', 'no PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
    ['invalid_request', 'a prompt that there is not', { prompt: 'unknown' }],
    ['invalid_request', 'prompt=none beside another one', { prompt: 'none login' }],
    ['invalid_request', 'a max_age that is no number', { max_age: '-1' }],
    ['invalid_target', 'a resource that there is not', { resource: 'https://unknown.example' }],
    ['invalid_request_object', 'a request object that is not signed', { request: 'eyJhbGciOiJub25lIn0.e30.' }],
    [
      'invalid_request_uri',
      'the URL of a request object that is not registered',
      { request_uri: 'https://client.example/request' },
    ],
    ['registration_not_supported', 'a registration', { registration: '{}' }],
  ])('%s for %s, whether or not anybody is signed in (§4.1.2.1)', async (error, _, parameters) => {
    for (const browser of [jar, undefined]) {
      const answer = await ask(server, { ...asked, ...parameters }, { jar: browser });
      expect(answer).toMatchObject({ kind: 'answer', uri: CALLBACK, params: { error, state: 'a state' } });
    }
  });

  it('access_denied when the user refuses, after which the request is over (§4.1.2.1)', async () => {
    const user = await signUp(server);
    const { params, pages } = await authorize(
      server,
      { client_id: web.client_id, scope: 'read', state: 'x' },
      { jar: user.jar, decision: 'deny' },
    );
    expect(pages).toEqual(['consent']);
    expect(params).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'x',
      iss: server.issuer,
    });
  });

  it('access_denied goes the asked way, too (§4.1.2.1, Form Post Response Mode §2)', async () => {
    for (const mode of ['fragment', 'form_post']) {
      const user = await signUp(server);
      const { params, redirectUri } = await authorize(
        server,
        { client_id: web.client_id, scope: 'read', response_mode: mode },
        { jar: user.jar, decision: 'deny' },
      );
      expect(redirectUri).toBe(web.redirect_uris[0]);
      expect(params.error).toBe('access_denied');
    }
  });

  it('says nothing that the request said (§4.1.2.1)', async () => {
    const canary = 'canary-0123456789';
    for (const name of ['scope', 'response_type', 'prompt', 'max_age', 'code_challenge', 'resource', 'response_mode']) {
      const answer = await ask(server, { ...asked, [name]: canary }, { jar });
      expect(answer).toMatchObject({ kind: 'answer', params: { error: expect.any(String) } });
      expect(JSON.stringify(answer)).not.toContain(canary);
    }
    for (const parameters of [{ client_id: canary }, { redirect_uri: `https://${canary}.example/` }]) {
      const { html, kind } = await ask(server, { ...asked, ...parameters }, { jar });
      expect(kind).toBe('error page');
      expect(html).not.toContain(canary);
    }
  });
});

describe('an error page', () => {
  it('is for people: a sentence, the code, and a reference that is in the header as well (interface)', async () => {
    const { response, html } = await ask(server, { client_id: 'nobody' });
    expect(response.status).toBe(400);
    expect(hasId(html, 'error')).toBe(true);
    expect(html).toContain('The request could not be completed');
    expect(html).toContain('invalid_client');
    expect(html).toContain(response.headers.get('x-request-id')!);
  });

  it('is what a disabled client’s users get (§3.1.2.4)', async () => {
    const client = await createClient(server);
    const request = { client_id: client.client_id, redirect_uri: client.redirect_uris[0], scope: 'read' };
    expect(await ask(server, request, { jar })).toMatchObject({ kind: 'answer', params: { code: expect.any(String) } });
    await administer(server, 'POST', `/api/clients/${client.client_id}/disable`);
    expect(await ask(server, request, { jar })).toMatchObject({ kind: 'error page', error: 'invalid_client' });
  });
});
