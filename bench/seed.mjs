// Clients, users with a session, and their consents, put into the product's migrated database.
import pg from 'pg';
import { credentialKey, hashSecret } from '../dist/common/credential.js';
import { API, BROWSERS, MACHINE, OPENID, OPENID_SCOPE, SCOPE, sessionOf, WEB } from './scenarios.mjs';

const METADATA = {
  application_type: 'web',
  redirect_uris: [],
  grant_types: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_basic',
};

const CLIENTS = [
  { ...API, metadata: METADATA },
  { ...MACHINE, metadata: { ...METADATA, grant_types: ['client_credentials'], scope: 'read write' } },
  {
    ...WEB,
    metadata: {
      ...METADATA,
      redirect_uris: [WEB.redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: SCOPE,
    },
  },
  ...Object.entries(OPENID).map(([algorithm, client]) => ({
    ...client,
    metadata: {
      ...METADATA,
      redirect_uris: [client.redirectUri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: OPENID_SCOPE,
      id_token_signed_response_alg: algorithm,
    },
  })),
];

/** What each user has consented to. @type {[clientId: string, scope: string][]} */
const CONSENTS = [
  [WEB.id, SCOPE],
  [OPENID.ES256.id, OPENID_SCOPE],
  [OPENID.RS256.id, OPENID_SCOPE],
];

/** @param {string} url of a database that is migrated */
export async function seed(url) {
  const database = new pg.Client(url);
  await database.connect();
  try {
    for (const { id, secret, metadata } of CLIENTS) {
      await database.query('INSERT INTO clients (client_id, metadata) VALUES ($1, $2)', [id, metadata]);
      await database.query('INSERT INTO client_secrets (client_id, secret_hash) VALUES ($1, $2)', [
        id,
        hashSecret(secret),
      ]);
    }
    for (let browser = 0; browser < BROWSERS; browser++) {
      const name = `user-${browser}`;
      const { rows } = await database.query(
        'INSERT INTO users (username, username_canonical) VALUES ($1, $1) RETURNING id',
        [name],
      );
      await database.query(
        `INSERT INTO sessions (session_key, user_id, amr, expires_at) VALUES ($1, $2, '{pwd}', now() + interval '7 days')`,
        [credentialKey(sessionOf(browser)), rows[0].id],
      );
      for (const consent of CONSENTS) {
        await database.query(
          `INSERT INTO consents (user_id, client_id, scopes) VALUES ($1, $2, string_to_array($3, ' '))`,
          [rows[0].id, ...consent],
        );
      }
    }
  } finally {
    await database.end();
  }
}
