// Keys follow one another while the server works: nobody ever meets a signature that the published keys do not verify.
// @see RFC 7517 §5, OpenID Connect Core §10.1.1 https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompactEncrypt,
  createLocalJWKSet,
  decodeProtectedHeader,
  importJWK,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import { KeyStore } from '../../src/tokens/keys/key-store.js';
import { KeysRepository } from '../../src/tokens/keys/keys.repository.js';
import { createDatabase, query } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect, me, obtainTokens, type Server } from '../support/flow.js';
import { startInProcess } from '../support/in-process.js';
import { type RunningServer, startServer } from '../support/server.js';

import.meta.jest.setTimeout(120_000);

const { machineJwt, webJwt } = CLIENTS;
const kidOf = (jwt: string): string | undefined => decodeProtectedHeader(jwt).kid;
const signed = async (server: Server): Promise<string> => (await clientCredentials(server, machineJwt)).access_token;

async function fetchKeys(server: { url: string }): Promise<{ keys: JSONWebKeySet; maxAge: number; kids: string[] }> {
  const response = await fetch(`${server.url}/oauth/jwks`);
  const keys = (await response.json()) as JSONWebKeySet;
  const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control')!)![1]);
  return { keys, maxAge, kids: keys.keys.map(({ kid }) => kid!) };
}

/** A resource server that keeps the published keys exactly as long as it may, and never asks before. */
class CachingVerifier {
  private kept?: { find: ReturnType<typeof createLocalJWKSet>; until: number };
  /** How often it has asked. */
  fetched = 0;

  constructor(private readonly server: { url: string }) {}

  async verify(jwt: string): Promise<void> {
    if (!this.kept || this.kept.until <= Date.now()) {
      const asked = Date.now();
      const { keys, maxAge } = await fetchKeys(this.server);
      this.kept = { find: createLocalJWKSet(keys), until: asked + maxAge * 1000 };
      this.fetched++;
    }
    await jwtVerify(jwt, this.kept.find, { typ: 'at+jwt' });
  }
}

describe('on a schedule', () => {
  /** Seconds: a key is in use for 6, and published 4 before. */
  const SCHEDULE = { keyRotation: 6, keyPublishAhead: 4 };

  it('two instances rotate under load, and no verifier that keeps the keys as it may ever fails', async () => {
    const database = await createDatabase();
    const start = { database, bootstrap: bootstrap(), options: SCHEDULE };
    const instances = [await startServer(start), await startServer(start)];
    const verifiers = instances.map((server) => new CachingVerifier(server));
    const seen: Set<string>[] = [new Set(), new Set()];
    const failures: unknown[] = [];
    let verified = 0;
    // Until both have signed with three keys.
    const enough = (): boolean => seen.every((kids) => kids.size >= 3);
    const deadline = Date.now() + 60_000;
    const work = async (index: number): Promise<void> => {
      while (!enough() && Date.now() < deadline) {
        const jwt = await signed(instances[index]);
        seen[index].add(kidOf(jwt)!);
        for (const verifier of verifiers) {
          await verifier.verify(jwt).then(
            () => verified++,
            (error: unknown) => failures.push(error),
          );
        }
        await sleep(5);
      }
    };
    await Promise.all([work(0), work(0), work(1), work(1)]);

    expect(failures).toEqual([]);
    expect(enough()).toBe(true);
    expect(verified).toBeGreaterThan(0);
    for (const { fetched } of verifiers) expect(fetched).toBeGreaterThanOrEqual(2);
    // One instance makes each key, and everything that was signed is valid at the other one.
    const rows = await query<{ algorithm: string; activates_at: Date; retires_at: Date | null }>(
      { database },
      `SELECT algorithm, activates_at, retires_at FROM signing_keys WHERE algorithm = 'ES256' ORDER BY activates_at`,
    );
    for (const [index, { retires_at }] of rows.entries()) {
      expect(retires_at).toEqual(rows[index + 1]?.activates_at ?? null);
    }
  });

  it('rotates the keys of every algorithm, encryption too, and tells who listens', async () => {
    const server = await startInProcess(SCHEDULE);
    const created = await eventually(() => {
      const events = server.events('key.created');
      return events.length >= 6 && events;
    }, 30_000);
    const algorithms = ['ECDH-ES', 'ES256', 'EdDSA', 'PS256', 'RS256', 'RSA-OAEP-256'];
    expect(created.slice(0, 6).map(({ algorithm }) => algorithm).sort()).toEqual(algorithms); // prettier-ignore
    const retired = server.events('key.retired');
    for (const { algorithm, activatesAt } of created) {
      expect(retired).toContainEqual({ kid: expect.any(String), algorithm, retiresAt: activatesAt });
    }
  });

  it('is off with keyRotation 0', async () => {
    const server = await startInProcess({ keyRotation: 0, keyPublishAhead: 4 });
    await query(server, `UPDATE signing_keys SET activates_at = now() - interval '10 years'`);
    await sleep(2_500);
    expect(server.events('key.created')).toEqual([]);
  });
});

describe('two instances on one database', () => {
  let first: RunningServer;
  let second: RunningServer;
  /** Of a third instance. */
  let keys: KeyStore;
  beforeAll(async () => {
    first = await startServer({ bootstrap: bootstrap() });
    const { url: ISSUER, database } = first;
    second = await startServer({ database, bootstrap: bootstrap(), env: { ISSUER } });
    keys = (await startInProcess({ databaseUrl: database })).app.get(KeyStore);
  });

  it('publish the same keys, also one that is not in use yet', async () => {
    const next = await keys.rotate('ES256');
    for (const server of [first, second]) {
      await eventually(async () => (await fetchKeys(server)).kids.includes(next.kid));
      expect(kidOf(await signed(server))).not.toBe(next.kid);
    }
    expect(new Set((await fetchKeys(first)).kids)).toEqual(new Set((await fetchKeys(second)).kids));
  });

  it('change over at the same moment, by the clock of the database', async () => {
    const [{ kid, at }] = await query<{ kid: string; at: Date }>(
      first,
      `WITH next AS (UPDATE signing_keys SET activates_at = now() + interval '3 seconds'
         WHERE algorithm = 'ES256' AND retires_at IS NULL RETURNING kid, activates_at)
       UPDATE signing_keys k SET retires_at = n.activates_at FROM next n
       WHERE k.algorithm = 'ES256' AND k.retires_at > now() RETURNING n.kid, n.activates_at AS at`,
    );
    const clock = async (): Promise<number> =>
      (await query<{ now: Date }>(first, 'SELECT clock_timestamp() AS now'))[0].now.getTime();
    const changed = [first, second].map(async (server) => {
      for (;;) {
        const before = await clock();
        const jwt = await signed(server);
        const after = await clock();
        // A second for the way to the database and back, on a machine that does other things as well.
        if (after < at.getTime() - 1000) expect(kidOf(jwt)).not.toBe(kid);
        if (before > at.getTime() + 1000) return kidOf(jwt);
      }
    });
    expect(await Promise.all(changed)).toEqual([kid, kid]);
  });

  it('verify what the former key signed, at both', async () => {
    const before = (await obtainTokens(first, webJwt, { scope: 'profile' })).access_token;
    const next = await keys.rotate('ES256', { now: true });
    for (const server of [first, second]) {
      await eventually(async () => kidOf(await signed(server)) === next.kid);
      expect((await me(server, before)).status).toBe(200);
    }
  });

  it('refuse what a dropped key signed, at both, and go on signing with another one', async () => {
    const stolen = (await obtainTokens(first, webJwt, { scope: 'profile' })).access_token;
    for (const server of [first, second]) expect((await me(server, stolen)).status).toBe(200);
    const kid = kidOf(stolen)!;
    const dropped = await keys.drop(kid);
    for (const server of [first, second]) {
      await eventually(async () => (await me(server, stolen)).status === 401);
      expect((await introspect(server, stolen)).active).toBe(false);
      expect((await fetchKeys(server)).kids).not.toContain(kid);
      const jwt = await signed(server);
      expect(kidOf(jwt)).toBe(dropped!.successor!.kid);
      await new CachingVerifier(second).verify(jwt);
    }
  });

  it('make one successor when all are asked at once', async () => {
    const { app } = await startInProcess({ databaseUrl: first.database });
    const stores = [keys, app.get(KeyStore), keys, app.get(KeyStore)];
    const next = await Promise.all(stores.map((store) => store.rotate('RS256')));
    expect(new Set(next.map(({ kid }) => kid)).size).toBe(1);
  });
});

describe('a retired key', () => {
  it('is kept as long as the longest-lived token that it signed, and removed after that', async () => {
    const server = await startInProcess({ cleanUp: false });
    const store = server.app.get(KeyStore);
    const lifetime = 40 * 86_400;
    const exp = Math.floor(Date.now() / 1000) + lifetime;
    const jwt = await store.sign('ES256', { typ: 'JWT' }, { exp });
    const kid = kidOf(jwt)!;
    await store.rotate('ES256', { now: true });
    const passed = (seconds: number): Promise<unknown> =>
      query(server, 'UPDATE signing_keys SET retires_at = now() - make_interval(secs => $2) WHERE kid = $1', [
        kid,
        seconds,
      ]);
    const isKept = async (): Promise<boolean> => (await fetchKeys(server)).kids.includes(kid);

    await passed(lifetime - 60);
    expect(await isKept()).toBe(true);
    await jwtVerify(jwt, createLocalJWKSet((await fetchKeys(server)).keys));
    const repository = server.app.get(KeysRepository);
    expect(await repository.removeExpired(100)).toBe(0);

    await passed(lifetime + 2 * 3600);
    await eventually(async () => !(await isKept()));
    expect(await store.findVerificationKey({ kid, alg: 'ES256' })).toBeUndefined();
    expect(await repository.removeExpired(100)).toBe(1);
    expect(await query(server, 'SELECT FROM signing_keys WHERE kid = $1', [kid])).toEqual([]);
  });

  it('for encryption is published no more, and still opens what was encrypted for it', async () => {
    const server = await startInProcess();
    const store = server.app.get(KeyStore);
    const former = (await fetchKeys(server)).keys.keys.find(({ alg }) => alg === 'ECDH-ES')!;
    const jwe = await new CompactEncrypt(Buffer.from('hello'))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', kid: former.kid })
      .encrypt(await importJWK(former));
    const { kid } = await store.rotate('ECDH-ES', { now: true });
    await eventually(async () => (await fetchKeys(server)).kids.includes(kid));
    expect((await fetchKeys(server)).kids).not.toContain(former.kid);
    expect(Buffer.from((await store.decrypt(jwe))!).toString()).toBe('hello');
  });
});

describe('a key that cannot be opened with SECRET_KEYS', () => {
  it('is no successor: a new key is made in its place', async () => {
    const server = await startInProcess();
    const store = server.app.get(KeyStore);
    const before = await store.sign('ES256', {}, {});
    const lost = await store.rotate('ES256');
    await query(server, `UPDATE signing_keys SET private_key_sealed = 'lost' WHERE kid = $1`, [lost.kid]);
    const next = await store.rotate('ES256');
    expect(next.kid).not.toBe(lost.kid);
    expect(kidOf(await store.sign('ES256', {}, {}))).toBe(kidOf(before));
    // When both are due, the one that can be opened signs.
    await query(server, `UPDATE signing_keys SET activates_at = now() - interval '1 second' WHERE kid = ANY ($1)`, [
      [lost.kid, next.kid],
    ]);
    await eventually(async () => kidOf(await store.sign('ES256', {}, {})) === next.kid);
  });
});
