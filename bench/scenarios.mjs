// What is measured: for each scenario, how one connection talks to the server and to the floor. A unit that does not
// get exactly what it expects throws.
import { hash } from 'node:crypto';
import { get, post } from './http-client.mjs';

/** @typedef {import('./http-client.mjs').HttpClient} HttpClient */
/** @typedef {(http: HttpClient, worker: number) => Promise<() => Promise<void>>} Prepare */

const SECRET = 'bench-secret-'.padEnd(40, '0');
export const MACHINE = { id: 'machine', secret: SECRET };
export const API = { id: 'api', secret: SECRET };
export const WEB = { id: 'web', secret: SECRET, redirectUri: 'https://client.example/callback' };
/** Clients that get an ID token, by its algorithm. */
export const OPENID = {
  ES256: { ...WEB, id: 'web-es256' },
  RS256: { ...WEB, id: 'web-rs256' },
};
export const ID_TOKENS = new Map(
  Object.entries(OPENID).map(([algorithm, { id }]) => [id, /** @type {'ES256' | 'RS256'} */ (algorithm)]),
);
export const SCOPE = 'profile read';
export const OPENID_SCOPE = 'openid profile';
/** How many browsers are signed in: as many as there may be connections. */
export const BROWSERS = 256;

/** The session cookie's value of a browser. @param {number} browser */
export const sessionOf = (browser) => hash('sha256', `browser ${browser}`, 'base64url').padEnd(48, '0');

const VERIFIER = 'v'.repeat(43);
const CHALLENGE = hash('sha256', VERIFIER, 'base64url');
const TOKENS = 20;

/** @param {{ id: string, secret: string }} client */
const basic = ({ id, secret }) => ({ Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
/** @param {Record<string, string>} parameters */
const form = (parameters) => new URLSearchParams(parameters).toString();

/**
 * @param {HttpClient} http
 * @param {string} request
 * @param {number} status
 * @param {string} text that the body holds
 */
async function expect(http, request, status, text) {
  const answer = await http.send(request);
  if (answer.status === status && answer.body.includes(text)) return answer;
  throw new Error(
    `expected ${status} with ${text}, got ${answer.head.slice(0, answer.head.indexOf('\r'))} ${answer.body}`,
  );
}

/** @param {string} body @param {string} member */
function read(body, member) {
  const start = body.indexOf(`"${member}":"`) + member.length + 4;
  return body.slice(start, body.indexOf('"', start));
}

/** The same unit again and again. @param {string} request @param {string} text @returns {Prepare} */
export const repeat = (request, text) => async (http) => async () => void (await expect(http, request, 200, text));

/** Client credentials: of the client that the server authenticates, and of the floor, which believes. */
const credentialsRequest = {
  product: post('/oauth/token', form({ grant_type: 'client_credentials', scope: 'read' }), basic(MACHINE)),
  floor: post('/oauth/token', form({ grant_type: 'client_credentials', scope: 'read', client_id: MACHINE.id })),
};

/** @param {'product' | 'floor'} server @returns {Prepare} */
const introspection = (server) => async (http) => {
  const requests = [];
  for (let count = 0; count < TOKENS; count++) {
    const { body } = await expect(http, credentialsRequest[server], 200, '"access_token":');
    const token = read(body, 'access_token');
    requests.push(post('/oauth/introspect', form({ token }), server === 'product' ? basic(API) : {}));
  }
  let next = 0;
  return async () => void (await expect(http, requests[next++ % TOKENS], 200, '"active":true'));
};

/**
 * The whole flow, from the authorization request to the tokens.
 * @param {'product' | 'floor'} server
 * @param {typeof WEB} client
 * @param {string} scope
 */
const flow =
  (server, client = WEB, scope = SCOPE) =>
  (/** @type {HttpClient} */ http, /** @type {number} */ worker) => {
    const query = form({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: client.redirectUri,
      scope,
      state: `state-${worker}`,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    });
    const cookie = { Cookie: `__Host-nas_session=${sessionOf(worker % BROWSERS)}` };
    const authorize = get(`/oauth/authorize?${query}`, cookie);
    const authentication = server === 'product' ? basic(client) : {};
    const result = client === WEB ? '"refresh_token":' : '"id_token":';
    const rest = form({ redirect_uri: client.redirectUri, code_verifier: VERIFIER });
    return async () => {
      const { head } = await expect(http, authorize, 303, '');
      const code = /[?&]code=([\w-]+)/.exec(head)?.[1];
      if (code === undefined) throw new Error(`no code: ${head}`);
      const redeem = post('/oauth/token', `grant_type=authorization_code&code=${code}&${rest}`, authentication);
      return (await expect(http, redeem, 200, result)).body;
    };
  };

/** @param {'product' | 'floor'} server @param {typeof WEB} [client] @param {string} [scope] @returns {Prepare} */
const codeFlow = (server, client, scope) => async (http, worker) => {
  const unit = flow(server, client, scope)(http, worker);
  return async () => void (await unit());
};

/** @param {'product' | 'floor'} server @returns {Prepare} */
const refresh = (server) => async (http, worker) => {
  const client = server === 'product' ? basic(WEB) : {};
  let token = read(await flow(server)(http, worker)(), 'refresh_token');
  return async () => {
    const request = post('/oauth/token', `grant_type=refresh_token&refresh_token=${token}`, client);
    token = read((await expect(http, request, 200, '"refresh_token":')).body, 'refresh_token');
  };
};

/** @param {'product' | 'floor'} server @returns {Prepare} */
const me = (server) => async (http, worker) => {
  const token = read(await flow(server)(http, worker)(), 'access_token');
  const request = get('/api/me', { Authorization: `Bearer ${token}` });
  return async () => void (await expect(http, request, 200, '"username":'));
};

/** @param {'product' | 'floor'} server @returns {Prepare} */
const userinfo = (server) => async (http, worker) => {
  const token = read(await flow(server, OPENID.ES256, OPENID_SCOPE)(http, worker)(), 'access_token');
  const request = get('/oauth/userinfo', { Authorization: `Bearer ${token}` });
  return async () => void (await expect(http, request, 200, '"preferred_username":'));
};

/** @param {(server: 'product' | 'floor') => Prepare} prepare */
const both = (prepare) => ({ product: prepare('product'), floor: prepare('floor') });

/** @type {Record<string, { product: Prepare, floor: Prepare }>} */
export const SCENARIOS = {
  client_credentials: both((server) => repeat(credentialsRequest[server], '"access_token":')),
  introspection: both(introspection),
  me: both(me),
  refresh: both(refresh),
  code_flow: both(codeFlow),
  id_token_es256: both((server) => codeFlow(server, OPENID.ES256, OPENID_SCOPE)),
  id_token_rs256: both((server) => codeFlow(server, OPENID.RS256, OPENID_SCOPE)),
  userinfo: both(userinfo),
  metadata: both(() => repeat(get('/.well-known/oauth-authorization-server'), '"issuer":')),
  discovery: both(() => repeat(get('/.well-known/openid-configuration'), '"userinfo_endpoint":')),
  jwks: both(() => repeat(get('/oauth/jwks'), '"keys":')),
};
