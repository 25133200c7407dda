// The statements that issue, each for any number of requests at once: one array per column, `position` names the request.
// @see RFC 6749 §4.1.2, RFC 9700 §4.14 https://www.rfc-editor.org/rfc/rfc9700#section-4.14
import { statement, type Statement } from '../database/database.js';

const HOLD_CLIENT = ` AND EXISTS (
       SELECT FROM clients c WHERE c.client_id = i.client_id FOR KEY SHARE SKIP LOCKED
     )`;
const HOLD_USER = ` AND CASE WHEN i.user_id IS NULL OR i.held_session_id IS NOT NULL THEN true
       ELSE EXISTS (SELECT FROM users u WHERE u.id = i.user_id::uuid FOR KEY SHARE SKIP LOCKED) END`;

// A consent or a session that ends at this moment allows nothing more: whoever ends it sees each grant, or there is none.
// So it is with a client, and with a user without a session, that are deleted at this moment.
// The ids are drawn first: that is how a request finds its grant again among those that were inserted.
const create = (name: string, hold: string): Statement =>
  statement(
    name,
    `WITH item AS (
     SELECT i.*, nextval('grants_id_seq') AS id
     FROM unnest($1::boolean[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::text[], $9::integer[],
       $10::bytea[], $11::text[], $12::text[], $13::text[], $14::integer[], $15::bytea[], $16::integer[], $17::bytea[], $18::integer[],
       $19::boolean[], $20::jsonb[], $21::text[], $22::uuid[])
       WITH ORDINALITY AS i (if_consented, client_id, user_id, scope, resources, session_id, auth_time, amr, lifetime,
         code_key, redirect_uri, code_challenge, nonce, code_lifetime, access_key, access_lifetime, refresh_key, refresh_lifetime,
         session_bound, claims, consent_scope, held_session_id, position)
     WHERE (NOT i.if_consented OR EXISTS (
       SELECT FROM consents c WHERE c.user_id = i.user_id AND c.client_id = i.client_id
         AND c.scopes @> string_to_array(coalesce(i.consent_scope, i.scope), ' ') AND c.resources @> coalesce(i.resources::text[], '{}')
       FOR KEY SHARE SKIP LOCKED
     )) AND (i.held_session_id IS NULL OR EXISTS (
       SELECT FROM sessions s WHERE s.id = i.held_session_id AND s.user_id = i.user_id FOR KEY SHARE SKIP LOCKED
     ))${hold}
   ), g AS (
     INSERT INTO grants (id, client_id, user_id, scope, resources, session_id, session_bound, auth_time, amr, claims, expires_at)
     OVERRIDING SYSTEM VALUE
     SELECT id, client_id, user_id, scope, resources::text[], session_id, session_bound, auth_time, amr::text[], claims,
       now() + make_interval(secs => lifetime)
     FROM item
   ), code AS (
     INSERT INTO authorization_codes (code_key, grant_id, client_id, redirect_uri, code_challenge, nonce, expires_at)
     SELECT code_key, id, client_id, redirect_uri, code_challenge, nonce, now() + make_interval(secs => code_lifetime)
     FROM item WHERE code_key IS NOT NULL
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key)
     SELECT id, now() + make_interval(secs => access_lifetime), access_lifetime, access_key FROM item WHERE access_key IS NOT NULL
   ), refresh AS (
     INSERT INTO refresh_tokens (grant_id, expires_at, token_key)
     SELECT id, now() + make_interval(secs => least(refresh_lifetime, lifetime)), refresh_key FROM item WHERE refresh_key IS NOT NULL
   )
   SELECT position::integer, id AS grant_id, now() + make_interval(secs => access_lifetime) AS expires_at FROM item`,
  );

/** By where the users and the clients are: those of the host have no rows here. */
export const CREATE = {
  own: create('grant.create', HOLD_CLIENT + HOLD_USER),
  hostUsers: create('grant.create_for_host_user', HOLD_CLIENT),
  hostClients: create('grant.create_for_host_client', HOLD_USER),
  host: create('grant.create_for_host', ''),
};

const standing = (name: string, client: string): Statement =>
  statement(
    name,
    `INSERT INTO grants (client_id, scope, resources, standing_key, expires_at)
   SELECT c.client_id, $2, $3::text[], $4, now() + make_interval(secs => $5) FROM (${client}) c
   ON CONFLICT (client_id, standing_key) WHERE standing_key IS NOT NULL AND revoked_at IS NULL
   DO UPDATE SET expires_at = greatest(grants.expires_at, excluded.expires_at)
   RETURNING id`,
  );

export const STANDING = {
  own: standing('grant.standing', 'SELECT client_id FROM clients WHERE client_id = $1 FOR KEY SHARE'),
  hostClients: standing('grant.standing_of_host_client', 'SELECT $1::text AS client_id'),
};

export const INSERT_ACCESS = statement(
  'access_token.insert',
  `INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key)
   SELECT g.id, now() + make_interval(secs => i.lifetime), i.lifetime, i.token_key
   FROM unnest($1::bigint[], $2::integer[], $3::bytea[]) AS i (grant_id, lifetime, token_key)
   JOIN grants g ON g.id = i.grant_id AND g.revoked_at IS NULL
   RETURNING token_key, expires_at`,
);

/** The scope of an access token whose request narrows that of its grant; null stands for all of it. */
export const narrowedScope = (scope: string, resourceScopes: string): string =>
  `CASE WHEN ${scope} IS NOT NULL THEN array_to_string(${scope}::text[], ' ')
    WHEN ${resourceScopes} IS NOT NULL THEN (
      SELECT coalesce(string_agg(value, ' '), '') FROM unnest(string_to_array(scope, ' ')) AS value
      WHERE value = ANY (${resourceScopes}::text[])) END`;

/** The rows that a statement is given. The limit tells PostgreSQL, which plans before it knows them, that they are few. */
const given = (unnested: string): string => `(SELECT * FROM unnest(${unnested} LIMIT cardinality($1::bytea[])) AS i`;

// A code that comes twice at once is consumed by one of the two: an UPDATE changes a row once, whatever it is joined to.
export const REDEEM = statement(
  'authorization_code.redeem',
  `WITH consumed AS (
     UPDATE authorization_codes c SET consumed_at = now()
     FROM ${given(`$1::bytea[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[],
       $9::bytea[], $10::integer[], $11::bytea[], $12::integer[])
       WITH ORDINALITY AS u (code_key, client_id, challenge, sent_uri, uri_registered, asked_scope, asked_resources, resource_scopes,
         access_key, access_lifetime, refresh_key, refresh_lifetime, position)`)}
     WHERE c.code_key = i.code_key AND c.client_id = i.client_id AND c.consumed_at IS NULL AND c.expires_at > now()
     RETURNING i.*, c.grant_id, c.redirect_uri, c.nonce, c.code_challenge IS NOT DISTINCT FROM i.challenge AS challenge_matches
   ), checked AS (
     SELECT c.*, g.user_id, g.scope, g.resources, g.auth_time, g.amr, g.session_id, g.session_bound, g.claims, g.expires_at, m.resources_match,
       g.id IS NOT NULL AND g.revoked_at IS NULL AND c.challenge_matches AND m.resources_match
         AND CASE WHEN c.redirect_uri IS NULL THEN c.sent_uri IS NULL OR c.uri_registered ELSE c.redirect_uri IS NOT DISTINCT FROM c.sent_uri END
         AND (c.asked_scope IS NULL OR c.asked_scope::text[] <@ string_to_array(g.scope, ' ')) AS allowed
     FROM consumed c LEFT JOIN grants g ON g.id = c.grant_id
     CROSS JOIN LATERAL (
       SELECT c.asked_resources IS NULL OR c.asked_resources::text[] <@ coalesce(g.resources, '{}') AS resources_match) m
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key, scope, resources)
     SELECT grant_id, now() + make_interval(secs => access_lifetime), access_lifetime, access_key,
       ${narrowedScope('asked_scope', 'resource_scopes')}, asked_resources::text[]
     FROM checked WHERE allowed
     RETURNING token_key, expires_at, scope
   ), refresh AS (
     INSERT INTO refresh_tokens (grant_id, expires_at, token_key)
     SELECT grant_id, least(now() + make_interval(secs => refresh_lifetime), expires_at), refresh_key
     FROM checked WHERE allowed AND refresh_key IS NOT NULL AND NOT session_bound
   )
   SELECT c.position::integer, c.grant_id, c.allowed, c.challenge_matches, c.resources_match, c.client_id, c.user_id,
     coalesce(access.scope, c.scope, '') AS scope, coalesce(c.asked_resources::text[], c.resources, '{}') AS resources,
     c.auth_time, c.amr, c.session_id, c.claims, access.expires_at, c.nonce,
     c.refresh_key IS NOT NULL AND NOT c.session_bound AS refreshable
   FROM checked c LEFT JOIN access ON access.token_key = c.access_key`,
);

export const PEEK_CODE = statement(
  'authorization_code.peek',
  `SELECT g.user_id, g.scope FROM authorization_codes c JOIN grants g ON g.id = c.grant_id WHERE c.code_key = $1 AND c.client_id = $2`,
);

export const REVOKE_REUSED_CODE = statement(
  'authorization_code.revoke_reused',
  `UPDATE grants g SET revoked_at = coalesce(g.revoked_at, now()) FROM authorization_codes c
   WHERE c.code_key = $1 AND c.client_id = $2 AND c.consumed_at IS NOT NULL AND g.id = c.grant_id
   RETURNING g.id AS grant_id, g.user_id`,
);

// A token that comes twice at once is rotated by one of the two. Of several resources only when they are named: whether
// they want one format is not for this statement to say. IS TRUE keeps PostgreSQL from beginning with the grants.
export const ROTATE = statement(
  'refresh_token.rotate',
  `WITH rotated AS (
     UPDATE refresh_tokens r SET rotated_at = now(), successor_salt = i.salt
     FROM ${given(`$1::bytea[], $2::text[], $3::bytea[], $4::bytea[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::integer[])
       WITH ORDINALITY AS u (token_key, client_id, salt, successor_key, successor_lifetime, asked_scope, asked_resources, resource_scopes,
         access_key, access_lifetime, position)`)}, grants g
     WHERE r.token_key = i.token_key AND r.rotated_at IS NULL AND r.expires_at > now()
       AND g.id = r.grant_id AND (g.client_id = i.client_id AND g.revoked_at IS NULL AND g.expires_at > now()) IS TRUE
       AND (i.asked_scope IS NULL OR i.asked_scope::text[] <@ string_to_array(g.scope, ' '))
       AND CASE WHEN i.asked_resources IS NULL THEN coalesce(cardinality(g.resources), 0) < 2
         ELSE i.asked_resources::text[] <@ coalesce(g.resources, '{}') END
     RETURNING i.*, g.id, g.user_id, g.scope, g.resources, g.auth_time, g.amr, g.session_id, g.claims, g.expires_at
   ), successor AS (
     INSERT INTO refresh_tokens (grant_id, expires_at, token_key)
     SELECT id, least(now() + make_interval(secs => successor_lifetime), expires_at), successor_key FROM rotated
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key, scope, resources)
     SELECT id, now() + make_interval(secs => access_lifetime), access_lifetime, access_key,
       ${narrowedScope('asked_scope', 'resource_scopes')}, asked_resources::text[]
     FROM rotated
     RETURNING token_key, expires_at, scope
   )
   SELECT r.position::integer, r.id AS grant_id, r.client_id, r.user_id, coalesce(access.scope, r.scope) AS scope,
     coalesce(r.asked_resources::text[], r.resources, '{}') AS resources, r.auth_time, r.amr, r.session_id, r.claims, access.expires_at
   FROM rotated r JOIN access ON access.token_key = r.access_key`,
);

// The same answer again for a repeated refresh: an access token, while the successor is still unused.
export const REPEAT = statement(
  'refresh_token.repeat',
  `WITH usable AS (
     SELECT g.* FROM refresh_tokens s JOIN grants g ON g.id = s.grant_id
     WHERE s.token_key = $1 AND s.rotated_at IS NULL AND s.expires_at > now()
       AND g.client_id = $2 AND g.revoked_at IS NULL AND g.expires_at > now()
   ), access AS (
     INSERT INTO access_tokens (grant_id, expires_at, lifetime, token_key, scope, resources)
     SELECT id, now() + make_interval(secs => $7), $7, $6, ${narrowedScope('$3::text[]', '$5::text[]')}, $4::text[] FROM usable
     RETURNING expires_at, scope
   )
   SELECT u.id AS grant_id, u.client_id, u.user_id, coalesce(access.scope, u.scope) AS scope,
     coalesce($4::text[], u.resources, '{}') AS resources, u.auth_time, u.amr, u.session_id, u.claims, access.expires_at
   FROM usable u CROSS JOIN access`,
);

export const FIND_REFRESH = statement(
  'refresh_token.find',
  `SELECT r.grant_id, g.client_id, g.user_id, g.scope, coalesce(g.resources, '{}') AS resources, r.successor_salt, r.issued_at,
     least(r.expires_at, g.expires_at) AS expires_at,
     extract(epoch FROM now() - r.rotated_at)::double precision AS rotated_ago,
     g.revoked_at IS NULL AND r.expires_at > now() AND g.expires_at > now() AS live
   FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.token_key = $1`,
);
