// The floor: what bare Fastify and pg can do. No client authentication, no checks, no pages; per request one named
// prepared statement, tokens stored by their hash.
import { hash, randomBytes } from 'node:crypto';
import { parse } from 'node:querystring';
import fastify from 'fastify';
import pg from 'pg';

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
const METADATA = JSON.stringify({
  issuer: 'https://bench.example',
  authorization_endpoint: 'https://bench.example/oauth/authorize',
  token_endpoint: 'https://bench.example/oauth/token',
  introspection_endpoint: 'https://bench.example/oauth/introspect',
  revocation_endpoint: 'https://bench.example/oauth/revoke',
  jwks_uri: 'https://bench.example/oauth/jwks',
  scopes_supported: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'read', 'write'],
  response_types_supported: ['code', 'token'],
  response_modes_supported: ['query', 'fragment', 'form_post'],
  grant_types_supported: ['authorization_code', 'implicit', 'client_credentials', 'password', 'refresh_token'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
});
const JWKS = JSON.stringify({
  keys: [
    { kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43), kid: 'k'.repeat(16), use: 'sig', alg: 'ES256' },
  ],
});

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
  return json(reply, 200, { ...answer, refresh_token: token, scope: row.scope });
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

server.get('/.well-known/oauth-authorization-server', (_request, reply) =>
  reply.type('application/json').send(METADATA),
);
server.get('/oauth/jwks', (_request, reply) => reply.type('application/json').send(JWKS));

process.once('SIGTERM', () => process.exit(0));
await server.listen({ host: process.env.HOST, port: Number(process.env.PORT) });
