// SECRET_KEYS are rotated: a new one is put before the old one, and later the old one goes.
// @see interface §1
import { jest } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { createDatabase } from '../support/database.js';
import { runCli } from '../support/cli.js';
import { CLIENTS, SCOPES, USERS } from '../support/fixtures.js';
import {
  baseOf,
  clientCredentials,
  introspect,
  me,
  obtainTokens,
  type OpenForm,
  openForm,
  redeem,
  signIn,
  submit,
  tokenRequest,
} from '../support/flow.js';
import { eventually } from '../support/eventually.js';
import { forms, hasId } from '../support/html.js';
import { CookieJar, form, pkce, visit } from '../support/http.js';
import { freePort, type RunningServer, startServer } from '../support/server.js';

jest.setTimeout(120_000);

const OLD = 'the-old-secret-key-the-old-secret-key';
const NEW = 'the-new-secret-key-the-new-secret-key';
const { api, machine, machineJwt, web, webJwt } = CLIENTS;
const START = {
  bootstrap: { users: [USERS.alice, USERS.bob], clients: [api, machine, machineJwt, web, webJwt], scopes: SCOPES },
};

interface Waiting {
  jar: CookieJar;
  page: OpenForm;
  verifier: string;
}

/** An authorization request that waits at a page for its user. */
async function waitAt(server: RunningServer, page: 'sign-in' | 'consent', jar = new CookieJar()): Promise<Waiting> {
  const { verifier, parameters } = pkce();
  const request = form({
    response_type: 'code', client_id: web.client_id, redirect_uri: web.redirect_uris[0], scope: 'read', prompt: 'consent', ...parameters,
  }); // prettier-ignore
  const asked = await visit(jar, `${baseOf(server)}/oauth/authorize?${request.toString()}`);
  const url = new URL(asked.headers.get('location')!, server.url);
  expect(url.pathname).toBe(`/${page}`);
  if (page === 'sign-in') return { jar, verifier, page: await openForm(server, jar, url.href, 'sign-in') };
  const html = await (await visit(jar, url)).text();
  const consent = forms(html).find(({ buttons }) => buttons.some(({ id }) => id === 'consent-allow'))!;
  return { jar, verifier, page: { ...consent, at: url.href } };
}

const allow = (server: RunningServer, { jar, page }: Waiting): Promise<Response> =>
  submit(server, jar, page, { decision: 'allow' });
const codeOf = (response: Response): string | null =>
  new URL(response.headers.get('location') ?? 'none:').searchParams.get('code');

describe('from the old one to both to the new one', () => {
  let port: number;
  let database: string;
  let server: RunningServer;
  const start = (SECRET_KEYS: string): Promise<RunningServer> =>
    startServer({ ...START, port, database, env: { SECRET_KEYS } });

  let atSignIn: Waiting;
  let atConsent: Waiting;
  let token: string;
  let jwt: string;
  let refreshToken: string;
  let session: CookieJar;

  beforeAll(async () => {
    port = await freePort();
    // Its keys are sealed with the old one.
    database = await createDatabase({ empty: true });
    server = await start(OLD);
    session = await signIn(server);
    ({ access_token: token, refresh_token: refreshToken = '' } = await obtainTokens(
      server,
      web,
      { scope: 'profile' },
      session,
    ));
    ({ access_token: jwt } = await obtainTokens(server, webJwt, { scope: 'profile' }, session));
    atSignIn = await waitAt(server, 'sign-in');
    atConsent = await waitAt(server, 'consent', session.copy());
    await server.stop();
    server = await start(`${NEW}, ${OLD}`);
  });

  it('with both, who waited at the consent page goes on', async () => {
    const code = codeOf(await allow(server, atConsent))!;
    expect(
      (await redeem(server, web, { code, verifier: atConsent.verifier, redirectUri: web.redirect_uris[0] })).scope,
    ).toBe('read');
  });

  it('with both, who waited at the sign-in page goes on', async () => {
    const { jar, page } = atSignIn;
    const response = await submit(server, jar, page, { username: USERS.bob.username, password: USERS.bob.password });
    expect(response.status).toBe(303);
    expect(new URL(response.headers.get('location')!, server.url).pathname).toMatch(/^\/(consent|oauth\/authorize)$/);
  });

  it('with both, sessions and tokens are good, also JWTs, and what is signed now has the same key', async () => {
    expect(await (await visit(session, server.url)).text()).toContain(USERS.alice.name);
    for (const one of [token, jwt]) expect((await me(server, one)).status).toBe(200);
    const signed = await clientCredentials(server, machineJwt);
    expect(decodeProtectedHeader(signed.access_token).kid).toBe(decodeProtectedHeader(jwt).kid);
    expect((await introspect(server, signed.access_token)).active).toBe(true);
    const parameters = { grant_type: 'refresh_token', refresh_token: refreshToken };
    expect((await tokenRequest(server, web, parameters)).status).toBe(200);
  });

  describe('and without the old one', () => {
    let sealedByNew: Waiting;
    beforeAll(async () => {
      sealedByNew = await waitAt(server, 'consent', session.copy());
      await server.stop();
      server = await start(NEW);
    });

    it('goes on what was sealed with the new one, and nothing that was sealed with the old one', async () => {
      expect(codeOf(await allow(server, sealedByNew))).toBeTruthy();
      const refused = await allow(server, { ...atConsent, jar: session.copy() });
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(refused.status).toBeLessThan(500);
      expect(hasId(await refused.text(), 'error')).toBe(true);
    });

    it('verifies what the old signing key has signed, and says at the start what to do about signing', async () => {
      expect((await me(server, jwt)).status).toBe(200);
      expect(server.logs()).toContain('cannot be opened with SECRET_KEYS');
      expect((await clientCredentials(server, machine)).access_token).toBeTruthy();
    });

    it('does not start in production as long as it cannot sign', async () => {
      const env = { NODE_ENV: 'production', ISSUER: 'https://as.example.com', SECRET_KEYS: NEW };
      const refused = await startServer({ database, env, waitUntilReady: false });
      expect(await refused.exited).toBe(1);
      expect(refused.logs()).toContain('cannot be opened with SECRET_KEYS');
      expect(refused.logs()).not.toMatch(/^\s+at /m);
    });

    it('signs again after keys rotate, without a restart, and the JWTs of before stay good', async () => {
      const rotated = await runCli(['keys', 'rotate'], { database, env: { SECRET_KEYS: NEW } });
      expect(rotated).toMatchObject({ status: 0 });
      const signed = await eventually(async () => {
        const response = await tokenRequest(server, machineJwt, { grant_type: 'client_credentials' });
        return response.ok && ((await response.json()) as { access_token: string }).access_token;
      });
      const { kid } = decodeProtectedHeader(signed);
      expect(kid).not.toBe(decodeProtectedHeader(jwt).kid);
      expect((await introspect(server, signed)).active).toBe(true);
      expect((await me(server, jwt)).status).toBe(200);
      const { keys } = (await (await fetch(`${server.url}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
      expect(keys.map((key) => key.kid)).toEqual(expect.arrayContaining([kid, decodeProtectedHeader(jwt).kid]));
    });
  });
});
