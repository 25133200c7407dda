// The log: JSON lines with the id of their request, and nothing in them that gives access, whatever goes right or wrong.
// @see interface §1, RFC 6819 §5.1.4.1.5, RFC 9700 §4.2.4 https://www.rfc-editor.org/rfc/rfc9700#section-4.2.4
import { apiOf, createClient, createUser, unique } from '../api/api.js';
import { ask, formOf, open, press } from '../pages/browse.js';
import { query } from '../support/database.js';
import { bootstrap, CLIENTS, USERS } from '../support/fixtures.js';
import {
  authorize,
  baseOf,
  clientCredentials,
  introspect,
  me,
  redeem,
  revoke,
  signUp,
  tokenRequest,
} from '../support/flow.js';
import { eventually } from '../support/eventually.js';
import { basic, CookieJar, postForm } from '../support/http.js';
import { logsWith, type RunningServer, startServer } from '../support/server.js';
import { SECRET_KEYS } from '../support/state.js';

const { api, machineJwt, password, post, web } = CLIENTS;

let server: RunningServer;
/** Everything that must not show, by what it is. */
const secrets = new Map<string, string>();
const keep = (what: string, value: string | undefined): string => {
  if (!value) throw new Error(`There is no ${what}.`);
  secrets.set(`${what} ${secrets.size}`, value);
  return value;
};
/** A secret of the test's own making. */
const canary = (what: string): string => keep(what, unique(`canary-${what.replaceAll(' ', '-')}`));
const requestIds: string[] = [];

interface Line {
  level: number;
  msg: string;
  [member: string]: unknown;
}

const lines = (): Line[] =>
  server.logs().split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line); // prettier-ignore

beforeAll(async () => {
  const env = { NODE_ENV: 'production', ISSUER: 'https://as.example.com', SIGN_UP: 'on', LOG_LEVEL: 'trace' };
  server = await startServer({ env, bootstrap: bootstrap() });
  keep('secret key', SECRET_KEYS);
  for (const client of Object.values(CLIENTS))
    if ('client_secret' in client) keep('client secret', client.client_secret);
  for (const user of Object.values(USERS)) keep('password', user.password);
});

async function answered(response: Response): Promise<Response> {
  requestIds.push(response.headers.get('x-request-id')!);
  await response.body?.cancel();
  return response;
}

it('people at the pages leave no password, cookie or form token in it', async () => {
  const keepCookies = (browser: CookieJar): void =>
    browser.names().forEach((name) => keep(`cookie ${name}`, browser.get(name)));
  const { jar, username, password: first } = await signUp(server);
  keep('password', first);
  keepCookies(jar);
  const stranger = new CookieJar();
  const page = await open(server, stranger, '/sign-in');
  keepCookies(stranger);
  const wrong = await press(server, stranger, page, 'sign-in', { username, password: canary('wrong password') });
  expect(wrong.status).toBe(400);
  const account = await open(server, jar, '/account');
  keep('form token', formOf(account, 'change-password').fields.csrf_token);
  const next = canary('new password');
  await press(server, jar, account, 'change-password', { current_password: first, new_password: next });
  keepCookies(jar);
  const consent = await ask(server, jar, { scope: 'read', state: canary('state') });
  keep('sealed interaction', new URL(consent.at).searchParams.get('interaction') ?? undefined);
  const allowed = await press(server, jar, consent, 'consent', { decision: 'allow' });
  keep('code', allowed.params.code);
});

it('clients leave no code, verifier, token, assertion or secret in it, with requests that succeed and that fail', async () => {
  const authorization = await authorize(server, { client_id: web.client_id, scope: 'profile read' });
  keep('code', authorization.code);
  keep('verifier', authorization.verifier);
  const tokens = await redeem(server, web, authorization);
  keep('access token', tokens.access_token);
  keep('refresh token', tokens.refresh_token);
  expect((await answered(await me(server, tokens.access_token))).status).toBe(200);
  expect((await introspect(server, tokens.access_token)).active).toBe(true);
  keep('JWT', (await clientCredentials(server, machineJwt)).access_token);
  const endpoint = `${baseOf(server)}/oauth/token`;
  const failing: Promise<Response>[] = [
    tokenRequest(server, web, { grant_type: 'authorization_code', code: authorization.code }),
    tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }),
    tokenRequest(server, web, { grant_type: 'refresh_token', refresh_token: canary('unknown refresh token') }),
    tokenRequest(server, web, { grant_type: 'authorization_code', code: canary('unknown code'), code_verifier: canary('verifier'.repeat(6)) }),
    tokenRequest(server, password, { grant_type: 'password', username: 'alice', password: canary('wrong password') }),
    tokenRequest(server, { ...web, client_secret: canary('wrong secret') }, { grant_type: 'refresh_token' }),
    tokenRequest(server, { ...post, client_secret: canary('wrong secret') }, { grant_type: 'refresh_token' }),
    postForm(endpoint, { access_token: canary('token in a form') }, { authorization: `Bearer ${canary('bearer')}` }),
    fetch(`${endpoint}?client_secret=${canary('secret in a query')}&code=${canary('code in a query')}`, { method: 'POST' }),
    fetch(`${baseOf(server)}/api/me?access_token=${canary('token in a query')}`),
    fetch(`${baseOf(server)}/oauth/nothing`, { headers: { cookie: `session=${canary('cookie')}` } }),
    me(server, canary('unknown token')),
    fetch(endpoint, { method: 'POST', headers: { authorization: basic('web', canary('wrong secret')), 'content-type': 'application/json' }, body: `{"client_secret":"${canary('secret in JSON')}"` }),
    revoke(server, web, canary('unknown token to revoke')),
    revoke(server, api, tokens.access_token),
  ]; // prettier-ignore
  for (const response of failing) await answered(await response);
});

it('the administration leaves no password or secret in it', async () => {
  const administration = apiOf(server);
  keep('password', (await createUser(administration)).password);
  const client = await createClient(administration);
  keep('client secret', client.client_secret);
  const { body } = await administration('POST', `/api/clients/${client.client_id}/secret`);
  keep('client secret', (body as { client_secret: string }).client_secret);
  const weak = { username: unique('weak'), password: canary('refused password').repeat(100) };
  expect((await administration('POST', '/api/users', { body: weak })).status).toBe(400);
});

it('a mistake of the server leaves nothing of the request in it but its id', async () => {
  await query(server, 'ALTER TABLE refresh_tokens RENAME COLUMN successor_salt TO gone');
  const refreshed = await answered(
    await tokenRequest(server, web, {
      grant_type: 'refresh_token',
      refresh_token: canary('refresh token of a mistake'),
    }),
  );
  await query(server, 'ALTER TABLE refresh_tokens RENAME COLUMN gone TO successor_salt');
  expect(refreshed.status).toBe(500);
  const id = refreshed.headers.get('x-request-id');
  // In production the log is written beside everything else; it comes a moment later.
  const mistakes = (): number =>
    lines().filter((line) => line.level >= 50 && JSON.stringify(line).includes(id!)).length;
  await eventually(() => mistakes() > 0);
  expect(mistakes()).toBe(1);
});

it('is JSON, line by line', () => {
  for (const line of lines()) expect(line).toMatchObject({ level: expect.any(Number), time: expect.anything() });
});

it('names the requests by the id that their answers carry', async () => {
  expect(requestIds.length).toBeGreaterThan(10);
  for (const id of requestIds) await logsWith(server, id);
});

it('shows none of these', () => {
  const written = server.logs();
  expect(secrets.size).toBeGreaterThan(40);
  expect([...secrets].filter(([, value]) => written.includes(value)).map(([what]) => what)).toEqual([]);
  // Nor encoded, as an Authorization header carries them.
  for (const [id, secret] of Object.values(CLIENTS).flatMap((one) =>
    'client_secret' in one ? [[one.client_id, one.client_secret]] : [],
  ))
    expect(written).not.toContain(basic(id, secret).slice('Basic '.length));
});
