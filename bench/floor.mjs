// The floor: what bare Fastify and pg can do. No client authentication, no checks, no pages; per request one named
// prepared statement, tokens stored by their hash; where the product signs an ID token, the floor signs one as well.
import { generateKeyPairSync, hash, randomBytes, sign } from 'node:crypto';
import { parse } from 'node:querystring';
import { promisify } from 'node:util';
import fastify from 'fastify';
import pg from 'pg';
import { ID_TOKENS } from './scenarios.mjs';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tokens (
    token_hash bytea PRIMARY KEY, client_id text NOT NULL, user_id text, scope text NOT NULL, challenge text,
    expires_at timestamptz NOT NULL);
`;
const INSERT = {
  name: 'insert',
  text: `INSERT INTO tokens (token_hash, client_id, user_id, scope, challenge, expires_at)
    VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
};
const FIND = {
  name: 'find',
  text: 'SELECT client_id, user_id, scope, expires_at FROM tokens WHERE token_hash = ANY ($1) AND expires_at > now()',
};
const ROTATE = {
  name: 'rotate',
  text: `UPDATE tokens SET token_hash = $2, expires_at = now() + make_interval(secs => $3)
    WHERE token_hash = $1 AND expires_at > now() RETURNING client_id, scope`,
};
const REDEEM = {
  name: 'redeem',
  text: `UPDATE tokens SET token_hash = $2, challenge = NULL, expires_at = now() + make_interval(secs => $3)
    WHERE token_hash = $1 AND challenge = $4 AND expires_at > now() RETURNING client_id, scope`,
};
/** The documents that the product publishes: what both send is of the same size. */
const { METADATA = '{}', JWKS = '{}' } = process.env;
const KEYS = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
};
const signAsync = promisify(sign);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });
await pool.query(SCHEMA);

const server = fastify({ logger: false });
server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
  done(null, parse(/** @type {string} */ (body))),
);

/** @param {{ name: string, text: string }} statement @param {unknown[]} values */
const query = async (statement, values) => (await pool.query({ ...statement, values })).rows;
/** @param {string} token */
const keyOf = (token) => hash('sha256', token, 'buffer');
const newToken = () => randomBytes(32).toString('base64url');
/** @param {object} value */
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** @param {'ES256' | 'RS256'} alg @param {object} claims */
const signed = async (alg, claims) => {
  const text = `${encode({ alg, typ: 'JWT', kid: 'floor' })}.${encode(claims)}`;
  const key = { key: KEYS[alg], dsaEncoding: /** @type {const} */ ('ieee-p1363') };
  return `${text}.${(await signAsync('sha256', Buffer.from(text), key)).toString('base64url')}`;
};
/** @param {import('fastify').FastifyRequest} request */
const form = (request) => /** @type {Record<string, string>} */ (request.body);
/** @param {import('fastify').FastifyReply} reply @param {number} status @param {object} body */
const json = (reply, status, body) => reply.code(status).header('cache-control', 'no-store').send(body);

server.get('/health/live', () => ({ status: 'ok' }));

server.post('/oauth/token', async (request, reply) => {
  const body = form(request);
  const token = newToken();
  const answer = { access_token: token, token_type: 'Bearer', expires_in: 3600 };
  if (body.grant_type === 'client_credentials') {
    await query(INSERT, [keyOf(token), body.client_id, null, body.scope, null, 3600]);
    return json(reply, 200, { ...answer, scope: body.scope });
  }
  const [row] =
    body.grant_type === 'refresh_token'
      ? await query(ROTATE, [keyOf(body.refresh_token), keyOf(token), 2592000])
      : await query(REDEEM, [keyOf(body.code), keyOf(token), 2592000, hash('sha256', body.code_verifier, 'base64url')]);
  if (!row) return json(reply, 400, { error: 'invalid_grant' });
  const alg = ID_TOKENS.get(row.client_id);
  if (alg === undefined) return json(reply, 200, { ...answer, refresh_token: token, scope: row.scope });
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://bench.example',
    sub: 'user',
    aud: row.client_id,
    iat: now,
    exp: now + 3600,
    auth_time: now,
  };
  return json(reply, 200, { ...answer, scope: row.scope, id_token: await signed(alg, claims) });
});

server.get('/oauth/authorize', async (request, reply) => {
  const { client_id, redirect_uri, scope, state, code_challenge } = /** @type {Record<string, string>} */ (
    request.query
  );
  const code = newToken();
  await query(INSERT, [keyOf(code), client_id, 'user', scope, code_challenge, 60]);
  const location = `${redirect_uri}?code=${code}&state=${state}`;
  return reply.code(303).header('location', location).header('cache-control', 'no-store').send();
});

server.post('/oauth/introspect', async (request, reply) => {
  const [row] = await query(FIND, [[keyOf(form(request).token)]]);
  if (!row) return json(reply, 200, { active: false });
  const { client_id, scope, expires_at } = row;
  const exp = Math.floor(expires_at.getTime() / 1000);
  return json(reply, 200, { active: true, sub: client_id, client_id, scope, exp, token_type: 'Bearer' });
});

server.get('/api/me', async (request, reply) => {
  const [row] = await query(FIND, [[keyOf(request.headers.authorization?.slice('Bearer '.length) ?? '')]]);
  if (!row) return json(reply, 401, { error: 'invalid_token' });
  return json(reply, 200, { id: row.user_id, username: row.user_id });
});

server.get('/oauth/userinfo', async (request, reply) => {
  const [row] = await query(FIND, [[keyOf(request.headers.authorization?.slice('Bearer '.length) ?? '')]]);
  if (!row) return json(reply, 401, { error: 'invalid_token' });
  return json(reply, 200, { sub: row.user_id, preferred_username: row.user_id });
});

for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])
  server.get(path, (_request, reply) => reply.type('application/json').send(METADATA));
server.get('/oauth/jwks', (_request, reply) => reply.type('application/json').send(JWKS));

process.once('SIGTERM', () => process.exit(0));
await server.listen({ host: process.env.HOST, port: Number(process.env.PORT) });
