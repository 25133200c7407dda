// Client authentication at the token endpoint: one method a request, the registered one, and nothing told to strangers.
// @see RFC 6749 §2.3, §3.2.1 https://www.rfc-editor.org/rfc/rfc6749#section-2.3
import { randomUUID } from 'node:crypto';
import { administer, createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, baseOf, signIn } from '../support/flow.js';
import { basic, type CookieJar, type ParameterMap, postForm } from '../support/http.js';
import { sharedServer } from '../support/server.js';

const server = sharedServer();
const ENDPOINT = `${baseOf(server)}/oauth/token`;
const { machine, post, spa, trusted } = CLIENTS;
const WRONG = 'wrong-secret'.padEnd(40, '0');
const CHALLENGE = 'Basic realm="OAuth", charset="UTF-8"';

const ask = (parameters: ParameterMap, authorization?: string): Promise<Response> =>
  postForm(ENDPOINT, { grant_type: 'client_credentials', ...parameters }, authorization ? { authorization } : {});
const base64 = (text: string | Buffer): string => `Basic ${Buffer.from(text).toString('base64')}`;

async function expectInvalidClient(response: Response): Promise<void> {
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe(CHALLENGE);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({
    error: 'invalid_client',
    error_description: 'Client authentication failed.',
  });
}

async function expectInvalidRequest(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'invalid_request' });
}

describe('client_secret_basic', () => {
  it('authenticates a client with the Authorization header (§2.3.1)', async () => {
    expect((await ask({}, basic(machine.client_id, machine.client_secret))).status).toBe(200);
  });

  it.each(['basic', 'BASIC', 'BaSiC'])('takes the scheme in any case: %s (§2.3.1, RFC 7235 §2.1)', async (scheme) => {
    const credentials = basic(machine.client_id, machine.client_secret).slice('Basic '.length);
    expect((await ask({}, `${scheme} ${credentials}`)).status).toBe(200);
  });

  const ODD_ID = `odd:id+%2B/&=?${randomUUID()}`;
  const ODD_SECRET = 'p%ss: wörd+/?&="é"\\~'.padEnd(40, '§');

  describe('with an id and a secret that need encoding', () => {
    beforeAll(async () => {
      const metadata = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], scope: 'read' };
      await createClient(server, { ...metadata, client_id: ODD_ID, client_secret: ODD_SECRET });
    });

    it('form-decodes both halves: colon, percent, plus, spaces, quotes and UTF-8 (§2.3.1, Appendix B)', async () => {
      const response = await ask({}, basic(ODD_ID, ODD_SECRET));
      expect(await response.json()).toMatchObject({ token_type: 'Bearer', scope: 'read' });
    });

    it('takes %20 for a space as well as + (Appendix B)', async () => {
      const credentials = `${encodeURIComponent(ODD_ID)}:${encodeURIComponent(ODD_SECRET)}`;
      expect((await ask({}, base64(credentials))).status).toBe(200);
    });

    it('does not take the halves unencoded (§2.3.1)', async () => {
      await expectInvalidClient(await ask({}, base64(`${ODD_ID}:${ODD_SECRET}`)));
    });

    it('tells a plus from a space (Appendix B)', async () => {
      const credentials = basic(ODD_ID, ODD_SECRET.replace('+', ' '));
      await expectInvalidClient(await ask({}, credentials));
    });
  });

  it.each([
    ['a wrong secret', basic(machine.client_id, WRONG)],
    ['a part of the secret', basic(machine.client_id, machine.client_secret.slice(0, -1))],
    ['the secret and one character more', basic(machine.client_id, `${machine.client_secret}0`)],
    ['an empty secret', base64(`${machine.client_id}:`)],
    ['an empty client_id', base64(`:${machine.client_secret}`)],
    ['an unknown client', basic('nobody', WRONG)],
    ['a client_id of 15 000 characters', basic('x'.repeat(15_000), WRONG)],
    ['a secret of 15 000 characters', basic(machine.client_id, 'x'.repeat(15_000))],
    ['no colon', base64(machine.client_id)],
    ['nothing', base64('')],
    ['text that is no base64', 'Basic !!!'],
    ['a broken percent-encoding', base64(`${machine.client_id}:%zz`)],
    ['bytes that are no UTF-8', base64(Buffer.from([0xff, 0xfe, 0x3a, 0xff]))],
    ['a NUL', base64(`${machine.client_id}:%00`)],
    ['a lone surrogate', base64(`${machine.client_id}:%ED%A0%80`)],
    ['a Bearer token', 'Bearer abc'],
    ['a scheme without credentials', 'Basic'],
    ['a scheme that is unknown', 'Negotiate abc'],
  ])('refuses %s in one and the same way (§5.2)', async (_, authorization) => {
    await expectInvalidClient(await ask({}, authorization));
  });

  it('refuses a public client, which has no secret (§2.3.1)', async () => {
    for (const secret of ['', 'undefined', 'null']) {
      await expectInvalidClient(await ask({}, base64(`${spa.client_id}:${secret}`)));
    }
  });

  it('refuses a client that is registered for client_secret_post (§2.3)', async () => {
    await expectInvalidClient(await ask({}, basic(post.client_id, post.client_secret)));
  });

  it('takes a client_id beside it that names the same client, and none that names another one (§2.3)', async () => {
    const authorization = basic(machine.client_id, machine.client_secret);
    expect((await ask({ client_id: machine.client_id }, authorization)).status).toBe(200);
    await expectInvalidRequest(await ask({ client_id: trusted.client_id }, authorization));
  });
});

describe('client_secret_post', () => {
  const credentials = { client_id: post.client_id, client_secret: post.client_secret };
  // The client has no right to this grant type: who gets so far has authenticated.
  const authenticated = { error: 'unauthorized_client' };

  it('authenticates a client with parameters of the body (§2.3.1)', async () => {
    expect(await (await ask(credentials)).json()).toMatchObject(authenticated);
  });

  it.each([
    ['a wrong secret', { ...credentials, client_secret: WRONG }],
    ['an unknown client', { ...credentials, client_id: 'nobody' }],
    ['the client_id alone', { client_id: post.client_id }],
    ['an empty secret', { ...credentials, client_secret: '' }],
    ['nothing', {}],
    ['a client that is registered for client_secret_basic', { ...machine, grant_type: 'client_credentials' }],
    ['a public client with a secret', { client_id: spa.client_id, client_secret: WRONG }],
  ])('refuses %s (§2.3.1, §5.2)', async (_, parameters) => {
    const { client_id, client_secret } = parameters as Record<string, string | undefined>;
    await expectInvalidClient(await ask({ client_id, client_secret }));
  });

  it('refuses a secret without a client_id (§2.3.1)', async () => {
    await expectInvalidRequest(await ask({ client_secret: post.client_secret }));
  });

  it.each([['client_id'], ['client_secret']])(
    'refuses a %s that is sent twice, even with one value (§3.2)',
    async (name) => {
      const value = credentials[name as keyof typeof credentials];
      await expectInvalidRequest(await ask({ ...credentials, [name]: [value, value] }));
    },
  );

  it('refuses credentials in the URL, where logs keep them (§2.3.1)', async () => {
    const url = `${ENDPOINT}?${new URLSearchParams(credentials).toString()}`;
    await expectInvalidRequest(await postForm(url, { grant_type: 'client_credentials' }));
    const withBody = await postForm(url, { grant_type: 'client_credentials', ...credentials });
    await expectInvalidRequest(withBody);
  });
});

describe('none', () => {
  let jar: CookieJar;
  let redeemable: { code: string; verifier: string };
  const redeemAs = (parameters: ParameterMap, authorization?: string): Promise<Response> =>
    postForm(
      ENDPOINT,
      {
        grant_type: 'authorization_code',
        code: redeemable.code,
        code_verifier: redeemable.verifier,
        redirect_uri: spa.redirect_uris[0],
        ...parameters,
      },
      authorization ? { authorization } : {},
    );

  beforeAll(async () => void (jar = await signIn(server)));
  beforeEach(async () => void (redeemable = await authorize(server, { client_id: spa.client_id, scope: 'read' }, jar)));

  it('identifies a public client by its client_id (§3.2.1)', async () => {
    expect((await redeemAs({ client_id: spa.client_id })).status).toBe(200);
  });

  it('counts an empty client_secret as none (§3.1, §3.2)', async () => {
    expect((await redeemAs({ client_id: spa.client_id, client_secret: '' })).status).toBe(200);
  });

  it.each([
    ['without a client_id', {}],
    ['with an empty client_id', { client_id: '' }],
    ['with a secret', { client_id: spa.client_id, client_secret: WRONG }],
  ])('refuses a public client %s, and leaves its code alone (§3.2.1)', async (_, parameters) => {
    await expectInvalidClient(await redeemAs(parameters));
    expect((await redeemAs({ client_id: spa.client_id })).status).toBe(200);
  });

  it('refuses a confidential client that only names itself, and leaves its code alone (§3.2.1)', async () => {
    const { code, verifier } = await authorize(server, { client_id: trusted.client_id, scope: 'read' }, jar);
    const grant = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: trusted.redirect_uris[0],
    };
    await expectInvalidClient(await postForm(ENDPOINT, { ...grant, client_id: trusted.client_id }));
    const authorization = basic(trusted.client_id, trusted.client_secret);
    expect((await postForm(ENDPOINT, grant, { authorization })).status).toBe(200);
  });
});

describe('more than one method in a request', () => {
  const { client_id, client_secret } = machine;

  it.each([
    ['the same secret in header and body', basic(client_id, client_secret), { client_id, client_secret }],
    ['a secret in the body beside the right header', basic(client_id, client_secret), { client_secret: WRONG }],
    ['the right secret in the body beside a wrong header', basic(client_id, WRONG), { client_id, client_secret }],
    ['two clients', basic(client_id, client_secret), { client_id: post.client_id, client_secret: post.client_secret }],
  ])('is refused: %s (§2.3)', async (_, authorization, parameters) => {
    const response = await ask(parameters, authorization);
    expect(response.status).toBe(400);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });
});

describe('a client that may not act any more', () => {
  it('is refused as one that never was (§2.3)', async () => {
    const metadata = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], scope: 'read' };
    const client = await createClient(server, metadata);
    const authorization = basic(client.client_id, client.client_secret!);
    expect((await ask({}, authorization)).status).toBe(200);
    expect((await administer(server, 'POST', `/api/clients/${client.client_id}/disable`)).status).toBe(200);
    await expectInvalidClient(await ask({}, authorization));
  });
});
