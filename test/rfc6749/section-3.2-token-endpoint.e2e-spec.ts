// The token endpoint: how a request is sent, which parameters count, and what no answer may leave behind.
// @see RFC 6749 §3.2, §5 https://www.rfc-editor.org/rfc/rfc6749#section-3.2
import { CLIENTS } from '../support/fixtures.js';
import { baseOf, clientCredentials } from '../support/flow.js';
import { basic, form, type ParameterMap, postForm } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const ENDPOINT = `${baseOf(server)}/oauth/token`;
const { machine, web } = CLIENTS;
const authorization = basic(machine.client_id, machine.client_secret);
const FORM = 'application/x-www-form-urlencoded';

const send = (body: string | Buffer, type: string | undefined = FORM): Promise<Response> =>
  fetch(ENDPOINT, {
    method: 'POST',
    body: Buffer.from(body),
    headers: { authorization, ...(type && { 'content-type': type }) },
  });

async function expectError(response: Response, error: string, status = 400): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/json(;|$)/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('pragma')).toBe('no-cache');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  const body = (await response.json()) as Record<string, string>;
  expect(body.error).toBe(error);
  expect(Object.keys(body).filter((name) => !['error', 'error_description', 'error_uri'].includes(name))).toEqual([]);
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
}

describe('how it is asked', () => {
  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'])(
    'not by %s: 405 with Allow (§3.2, RFC 9110 §15.5.6)',
    async (method) => {
      const url = `${ENDPOINT}?${form({ grant_type: 'client_credentials' }).toString()}`;
      const response = await fetch(url, { method, headers: { authorization } });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.text()).not.toContain('access_token');
    },
  );

  it.each([FORM, `${FORM}; charset=UTF-8`, `${FORM};charset=utf-8`, FORM.toUpperCase()])(
    'as %s (Appendix B)',
    async (type) => {
      expect((await send('grant_type=client_credentials', type)).status).toBe(200);
    },
  );

  it.each([
    ['JSON', 'application/json', '{"grant_type":"client_credentials"}'],
    ['JSON that is broken', 'application/json', '{"grant_type'],
    [
      'multipart',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--x--\r\n',
    ],
    ['plain text', 'text/plain', 'grant_type=client_credentials'],
    ['XML', 'application/xml', '<grant_type>client_credentials</grant_type>'],
    ['a type that is none', 'x', 'grant_type=client_credentials'],
    ['nothing in particular', '', 'grant_type=client_credentials'],
  ])('not as %s (§3.2, Appendix B)', async (_, type, body) => {
    await expectError(await send(body, type), 'invalid_request');
  });

  it('tells who sends multipart what to send instead (interface)', async () => {
    const response = await send('--x--\r\n', 'multipart/form-data; boundary=x');
    expect(((await response.json()) as Record<string, string>).error_description).toContain(FORM);
  });

  it('not in the URL (§3.2)', async () => {
    const url = `${ENDPOINT}?${form({ grant_type: 'client_credentials', scope: 'read' }).toString()}`;
    await expectError(await postForm(url, {}, { authorization }), 'invalid_request');
    expect(
      await (await postForm(url, { grant_type: 'client_credentials', scope: 'write' }, { authorization })).json(),
    ).toMatchObject({
      scope: 'write',
    });
  });

  it('not with a body of 200 000 characters (413)', async () => {
    await expectError(await send(`grant_type=client_credentials&x=${'y'.repeat(200_000)}`), 'invalid_request', 413);
  });

  it('not with a thousand parameters', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => `p${n}=1`).join('&');
    await expectError(await send(`grant_type=client_credentials&${many}`), 'invalid_request');
  });

  it('not with an empty body', async () => {
    await expectError(await send(''), 'invalid_request');
  });
});

describe('its parameters', () => {
  it('that are unknown are ignored, also when they are repeated (§3.2)', async () => {
    const response = await send('grant_type=client_credentials&x=1&x=2&a%5Bb%5D=c&constructor=1&toString=2');
    expect(response.status).toBe(200);
  });

  it.each([
    'grant_type',
    'scope',
    'client_id',
    'client_secret',
    'code',
    'redirect_uri',
    'code_verifier',
    'refresh_token',
    'username',
    'password',
    'client_assertion',
    'client_assertion_type',
  ])('must not be repeated, even by a grant type that does not read them: %s (§3.2)', async (name) => {
    const value = name === 'grant_type' ? 'client_credentials' : name === 'scope' ? 'read' : 'x';
    const others = name === 'grant_type' ? '' : 'grant_type=client_credentials&';
    await expectError(await send(`${others}${name}=${value}&${name}=${value}`), 'invalid_request');
  });

  it.each(['scope', 'resource', 'client_secret', 'code', 'redirect_uri'])(
    'that are empty count as absent: %s (§3.2)',
    async (name) => {
      expect((await send(`grant_type=client_credentials&${name}=&${name}`)).status).toBe(200);
    },
  );

  it('that are empty beside one that is not do not count as a repetition (§3.2)', async () => {
    expect((await send('scope=&grant_type=&grant_type=client_credentials&scope=read')).status).toBe(200);
  });

  it.each(['grant_type%5B%5D', 'grant_type%5B0%5D', 'Grant_Type', 'grant_type%20', 'grant.type'])(
    'are read under their own name only, not as %s (§3.2)',
    async (name) => {
      await expectError(await send(`${name}=client_credentials`), 'invalid_request');
    },
  );

  it.each([
    ['a broken percent-encoding', 'scope=%zz'],
    ['a NUL', 'scope=a%00'],
    ['text that is no UTF-8', 'scope=%ff'],
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from('scope='), Buffer.from([0xff, 0xfe])])],
    ['a lone surrogate', 'scope=%ED%A0%80'],
  ])('cannot be read with %s (Appendix B)', async (_, extra) => {
    await expectError(
      await send(Buffer.concat([Buffer.from('grant_type=client_credentials&'), Buffer.from(extra)])),
      'invalid_request',
    );
  });

  it.each(['', 'grant_type=', 'grant_type'])('need a grant_type: %p is none (§5.2)', async (body) => {
    await expectError(await send(`${body}&scope=read`), 'invalid_request');
  });

  it.each([
    'unknown',
    'implicit',
    'constructor',
    'CLIENT_CREDENTIALS',
    'client_credentials ',
    'urn:ietf:params:oauth:grant-type:unknown',
    '"><script>',
  ])('are refused with a grant_type that there is not: %p (§5.2)', async (grantType) => {
    await expectError(await send(form({ grant_type: grantType }).toString()), 'unsupported_grant_type');
  });

  it.each<[string, ParameterMap]>([
    ['authorization_code', { code: 'x' }],
    ['refresh_token', { refresh_token: 'x' }],
    ['password', { username: 'alice', password: 'alice-password-1' }],
  ])(
    'are refused with a grant_type that the client is not registered for: %s (§5.2)',
    async (grantType, parameters) => {
      await expectError(
        await postForm(ENDPOINT, { grant_type: grantType, ...parameters }, { authorization }),
        'unauthorized_client',
      );
    },
  );

  it('are looked at only after the client has proven who it is (§3.2.1)', async () => {
    await expectError(await postForm(ENDPOINT, { grant_type: 'unknown' }), 'invalid_client', 401);
    await expectError(
      await postForm(
        ENDPOINT,
        { grant_type: 'unknown', scope: '\\' },
        { authorization: basic('nobody', 'x'.repeat(40)) },
      ),
      'invalid_client',
      401,
    );
  });

  it('never come back in an error (§5.2)', async () => {
    const canary = 'canary-0123456789';
    for (const name of [
      'grant_type',
      'scope',
      'code',
      'refresh_token',
      'redirect_uri',
      'code_verifier',
      'resource',
      'client_id',
      canary,
    ]) {
      const body = { grant_type: 'authorization_code', [name]: name === canary ? ['a', 'b'] : canary };
      const response = await postForm(ENDPOINT, body, { authorization: basic(web.client_id, web.client_secret) });
      expect(response.status).toBe(400);
      expect(JSON.stringify([[...response.headers], await response.text()])).not.toContain(canary);
    }
  });
});

describe('its answer', () => {
  it('is JSON that nobody keeps, with the members of the RFC and no more (§5.1)', async () => {
    const response = await send('grant_type=client_credentials&scope=read');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json(;|$)/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('pragma')).toBe('no-cache');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9\-._~+/]{43,}=*$/),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'read',
    });
  });

  it('holds a token that is new every time (§10.10)', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => clientCredentials(server)));
    expect(new Set(tokens.map(({ access_token }) => access_token)).size).toBe(20);
  });
});
