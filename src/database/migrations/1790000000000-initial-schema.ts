// The first schema. Tables of what is issued by the thousand (codes, tokens) have no foreign key to their grant:
// every look-up joins it, so a row without one is dead, and the clean-up removes it (docs/adr/0004). What belongs to
// users and clients has none to them: they may be the host application's (docs/adr/0014).
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class InitialSchema1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        username text NOT NULL,
        username_canonical text NOT NULL CONSTRAINT users_username_key UNIQUE,
        email text,
        email_canonical text CONSTRAINT users_email_key UNIQUE,
        email_verified boolean NOT NULL DEFAULT false,
        password_hash text,
        roles text[] NOT NULL DEFAULT '{}',
        claims jsonb NOT NULL DEFAULT '{}',
        disabled_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE user_identities (
        issuer text NOT NULL,
        subject text NOT NULL,
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT user_identities_id_key UNIQUE,
        user_id text NOT NULL,
        provider text NOT NULL,
        email text,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (issuer, subject)
      );
      CREATE INDEX user_identities_user_id ON user_identities (user_id);

      CREATE TABLE ended_accesses (
        user_id text PRIMARY KEY,
        ended_at timestamptz NOT NULL
      );
      CREATE INDEX ended_accesses_ended_at ON ended_accesses (ended_at);

      CREATE TABLE clients (
        client_id text PRIMARY KEY,
        metadata jsonb NOT NULL,
        owner_id text,
        self_registered boolean NOT NULL DEFAULT false,
        browser_origins text[] NOT NULL DEFAULT '{}',
        disabled_at timestamptz,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX clients_owner_id ON clients (owner_id) WHERE owner_id IS NOT NULL;
      CREATE INDEX clients_created_at ON clients (created_at, client_id);
      CREATE INDEX clients_browser_origins ON clients USING gin (browser_origins) WHERE browser_origins <> '{}';

      CREATE TABLE client_secrets (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        client_id text NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE ON UPDATE CASCADE,
        secret_hash bytea NOT NULL,
        secret_sealed text,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz
      );
      CREATE INDEX client_secrets_client_id ON client_secrets (client_id);

      CREATE TABLE used_assertions (
        assertion_key bytea PRIMARY KEY,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX used_assertions_expires_at ON used_assertions (expires_at);

      CREATE TABLE client_registrations (
        client_id text PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE ON UPDATE CASCADE,
        token_key bytea NOT NULL CONSTRAINT client_registrations_token_key UNIQUE,
        software_statement text,
        initial_access_token_id uuid,
        created_at timestamptz NOT NULL DEFAULT now(),
        used_at timestamptz
      );
      CREATE INDEX client_registrations_unused ON client_registrations (created_at) WHERE used_at IS NULL;

      CREATE TABLE initial_access_tokens (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        token_key bytea NOT NULL CONSTRAINT initial_access_tokens_token_key UNIQUE,
        max_uses integer,
        uses integer NOT NULL DEFAULT 0,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX initial_access_tokens_expires_at ON initial_access_tokens (expires_at);

      CREATE TABLE scopes (
        name text PRIMARY KEY,
        description text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE resources (
        identifier text PRIMARY KEY,
        name text NOT NULL,
        scopes text[] NOT NULL DEFAULT '{}',
        access_token_format text,
        introspection_clients text[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE sessions (
        session_key bytea PRIMARY KEY,
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT sessions_id_key UNIQUE,
        user_id text NOT NULL,
        auth_time timestamptz NOT NULL DEFAULT now(),
        amr text[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        user_agent text NOT NULL DEFAULT '',
        address text NOT NULL DEFAULT ''
      );
      CREATE INDEX sessions_user_id ON sessions (user_id);
      CREATE INDEX sessions_expires_at ON sessions (expires_at);

      CREATE TABLE session_identities (
        session_id uuid PRIMARY KEY,
        user_id text NOT NULL,
        issuer text NOT NULL,
        subject text NOT NULL,
        provider text NOT NULL,
        sid text,
        id_token_sealed text
      );
      CREATE INDEX session_identities_subject ON session_identities (issuer, subject);
      CREATE INDEX session_identities_sid ON session_identities (issuer, sid) WHERE sid IS NOT NULL;

      CREATE TABLE sign_in_failures (
        failure_key bytea PRIMARY KEY,
        failures integer NOT NULL,
        last_failed_at timestamptz NOT NULL DEFAULT now(),
        blocked_until timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX sign_in_failures_last_failed_at ON sign_in_failures (last_failed_at);

      CREATE TABLE consents (
        user_id text NOT NULL,
        client_id text NOT NULL,
        scopes text[] NOT NULL,
        resources text[] NOT NULL DEFAULT '{}',
        granted_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, client_id)
      );
      CREATE INDEX consents_client_id ON consents (client_id);

      CREATE TABLE finished_interactions (
        id uuid PRIMARY KEY,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX finished_interactions_expires_at ON finished_interactions (expires_at);

      CREATE TABLE grants (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        client_id text NOT NULL,
        user_id text,
        scope text NOT NULL,
        resources text[],
        standing_key bytea,
        session_id uuid,
        session_bound boolean NOT NULL DEFAULT false,
        auth_time timestamptz,
        amr text[],
        claims jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
      );
      CREATE INDEX grants_user_id ON grants (user_id, client_id) WHERE user_id IS NOT NULL;
      CREATE INDEX grants_client_id ON grants (client_id);
      CREATE INDEX grants_session_id ON grants (session_id) WHERE session_id IS NOT NULL;
      CREATE INDEX grants_expires_at ON grants (expires_at);
      CREATE UNIQUE INDEX grants_standing_key ON grants (client_id, standing_key)
        WHERE standing_key IS NOT NULL AND revoked_at IS NULL;

      CREATE TABLE authorization_codes (
        code_key bytea PRIMARY KEY,
        grant_id bigint NOT NULL,
        client_id text NOT NULL,
        redirect_uri text,
        code_challenge text,
        nonce text,
        expires_at timestamptz NOT NULL,
        consumed_at timestamptz
      );
      CREATE INDEX authorization_codes_expires_at ON authorization_codes (expires_at);

      CREATE TABLE device_codes (
        code_key bytea PRIMARY KEY,
        user_code_key bytea NOT NULL CONSTRAINT device_codes_user_code_key UNIQUE,
        client_id text NOT NULL,
        scope text NOT NULL,
        resources text[],
        nonce text,
        poll_interval integer NOT NULL,
        polled_at timestamptz,
        slowed boolean NOT NULL DEFAULT false,
        grant_id bigint,
        denied_at timestamptz,
        consumed_at timestamptz,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX device_codes_expires_at ON device_codes (expires_at);

      CREATE TABLE access_tokens (
        grant_id bigint NOT NULL,
        expires_at timestamptz NOT NULL,
        lifetime integer NOT NULL,
        token_key bytea PRIMARY KEY,
        scope text,
        resources text[]
      );
      CREATE INDEX access_tokens_grant_id ON access_tokens (grant_id);
      CREATE INDEX access_tokens_expires_at ON access_tokens USING brin (expires_at) WITH (pages_per_range = 32, autosummarize = on);

      CREATE TABLE refresh_tokens (
        grant_id bigint NOT NULL,
        issued_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        rotated_at timestamptz,
        token_key bytea PRIMARY KEY,
        successor_salt bytea
      );
      CREATE INDEX refresh_tokens_grant_id ON refresh_tokens (grant_id);
      CREATE INDEX refresh_tokens_expires_at ON refresh_tokens USING brin (expires_at) WITH (pages_per_range = 32, autosummarize = on);

      CREATE TABLE logout_notifications (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        client_id text NOT NULL,
        session_id uuid NOT NULL,
        user_id text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX logout_notifications_client_id ON logout_notifications (client_id, due_at);

      CREATE TABLE signing_keys (
        kid text PRIMARY KEY,
        use text NOT NULL,
        algorithm text NOT NULL,
        public_jwk jsonb NOT NULL,
        private_key_sealed text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        activates_at timestamptz(3) NOT NULL,
        retires_at timestamptz(3),
        lifetime integer NOT NULL
      );
      CREATE UNIQUE INDEX signing_keys_last_key ON signing_keys (algorithm) WHERE retires_at IS NULL;

      CREATE TABLE server_settings (
        name text PRIMARY KEY,
        value text NOT NULL
      );

      CREATE FUNCTION nas_notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
      BEGIN
        PERFORM pg_notify('nas_changed', TG_TABLE_NAME || ':' || left(coalesce(changed ->> TG_ARGV[0], ''), 4096));
        RETURN NULL;
      END $$;
      CREATE TRIGGER users_changed AFTER UPDATE OR DELETE ON users
        FOR EACH ROW EXECUTE FUNCTION nas_notify_change('id');
      CREATE TRIGGER ended_accesses_changed AFTER INSERT OR UPDATE ON ended_accesses
        FOR EACH ROW EXECUTE FUNCTION nas_notify_change('user_id');
      CREATE TRIGGER clients_changed AFTER INSERT OR UPDATE OR DELETE ON clients
        FOR EACH ROW EXECUTE FUNCTION nas_notify_change('client_id');
      CREATE TRIGGER client_secrets_changed AFTER INSERT OR UPDATE OR DELETE ON client_secrets
        FOR EACH ROW EXECUTE FUNCTION nas_notify_change('client_id');
      CREATE TRIGGER scopes_changed AFTER INSERT OR UPDATE OR DELETE ON scopes
        FOR EACH ROW EXECUTE FUNCTION nas_notify_change('name');
      CREATE TRIGGER resources_changed AFTER INSERT OR UPDATE OR DELETE ON resources
        FOR EACH ROW EXECUTE FUNCTION nas_notify_change('identifier');
      CREATE TRIGGER signing_keys_changed AFTER INSERT OR UPDATE OR DELETE ON signing_keys
        FOR EACH ROW EXECUTE FUNCTION nas_notify_change('kid');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE client_registrations, initial_access_tokens, server_settings, signing_keys, logout_notifications, refresh_tokens, access_tokens, device_codes, authorization_codes, grants, finished_interactions,
        consents, sign_in_failures, session_identities, sessions, resources, scopes, used_assertions, client_secrets, clients, ended_accesses, user_identities, users;
      DROP FUNCTION nas_notify_change();
    `);
  }
}
