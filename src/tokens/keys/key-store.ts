// The signing keys: created when there is none, rotated, published. Private halves are encrypted at rest.
// @see RFC 7517 §5, RFC 7518 §3.1 https://www.rfc-editor.org/rfc/rfc7517#section-5
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { JWK, JWSHeaderParameters } from 'jose';
import { Sealer } from '../../common/sealer.js';
import { Cached } from '../../database/cached.js';
import { ChangeListener } from '../../database/change-listener.js';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import { SigningKeyEntity } from './signing-key.entity.js';

const SEAL_PURPOSE = 'signing-key';
/** How long a retired key is still published, in days: longer than what it signed lives. */
const RETIRED_DAYS = 30;

interface LoadedKey {
  kid: string;
  algorithm: string;
  publicJwk: JWK;
  publicKey: KeyObject;
  /** Absent: sealed under a secret that is no longer known. */
  privateKey?: KeyObject;
  retired: boolean;
}

@Injectable()
export class KeyStore {
  private readonly cache: Cached<string, LoadedKey[]>;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly events: EventBus,
    changes: ChangeListener,
  ) {
    this.cache = new Cached(changes, { tables: ['signing_keys'], invalidate: 'all', maxEntries: 1 });
  }

  /**
   * Signs a JWT with the current key of the algorithm.
   * @throws Error when the private key cannot be opened with SECRET_KEYS
   */
  async sign(algorithm: string, header: { typ: string }, claims: object): Promise<string> {
    const key = await this.current(algorithm);
    const encoded = `${encode({ alg: algorithm, ...header, kid: key.kid })}.${encode(claims)}`;
    return `${encoded}.${(await signEs256(Buffer.from(encoded), key.privateKey)).toString('base64url')}`;
  }

  /** The public key that a JWT's header names; undefined when it is none of ours. */
  async findVerificationKey(header: JWSHeaderParameters): Promise<KeyObject | undefined> {
    const keys = await this.load();
    return keys.find(({ kid, algorithm }) => kid === header.kid && algorithm === header.alg)?.publicKey;
  }

  /** The JWK Set that is published. */
  async publicJwks(): Promise<{ keys: JWK[] }> {
    return { keys: (await this.load()).map(({ publicJwk }) => publicJwk) };
  }

  /** Creates a key of the algorithm when there is none; several instances at once create one. */
  async ensure(algorithm: string): Promise<void> {
    if ((await this.load()).some((key) => key.algorithm === algorithm && !key.retired)) return;
    const entity = await this.generate(algorithm);
    const result = await this.repository.createQueryBuilder().insert().values(entity).orIgnore().execute();
    this.cache.clear();
    if ((result.raw as unknown[]).length > 0) this.events.emit('key.created', { kid: entity.kid, algorithm });
  }

  /** Retires the current key of the algorithm and puts a new one in its place. @returns its kid */
  async rotate(algorithm: string): Promise<string> {
    const entity = await this.generate(algorithm);
    await this.database.transaction(async (tx) => {
      await tx.manager
        .createQueryBuilder()
        .update(SigningKeyEntity)
        .set({ retiredAt: () => 'now()' })
        .where('algorithm = :algorithm AND retired_at IS NULL', { algorithm })
        .execute();
      await tx.manager.insert(SigningKeyEntity, entity);
      tx.afterCommit(() => this.events.emit('key.created', { kid: entity.kid, algorithm }));
    });
    this.cache.clear();
    return entity.kid;
  }

  /** Why nothing can be signed with the algorithm, and what to do about it; undefined when it can. */
  async faultOf(algorithm: string): Promise<string | undefined> {
    const key = (await this.load()).find((one) => one.algorithm === algorithm && !one.retired);
    if (!key) return `There is no ${algorithm} signing key.`;
    if (key.privateKey) return undefined;
    return (
      `The signing key ${key.kid} cannot be opened with SECRET_KEYS: add the former secret behind the new one, ` +
      'or make a new key with `nest-authorization-server keys rotate`.'
    );
  }

  private async current(algorithm: string): Promise<LoadedKey & { privateKey: KeyObject }> {
    const key = (await this.load()).find((one) => one.algorithm === algorithm && !one.retired);
    if (!key?.privateKey) throw new Error(await this.faultOf(algorithm));
    return key as LoadedKey & { privateKey: KeyObject };
  }

  private load(): Promise<LoadedKey[]> {
    return this.cache.get('all', () => this.loadAll()) as Promise<LoadedKey[]>;
  }

  private async loadAll(): Promise<LoadedKey[]> {
    const entities = await this.repository
      .createQueryBuilder('key')
      .where('key.retired_at IS NULL OR key.retired_at > now() - make_interval(days => :days)', { days: RETIRED_DAYS })
      .orderBy('key.created_at', 'DESC')
      .getMany();
    return Promise.all(
      entities.map(async (entity): Promise<LoadedKey> => {
        const jwk = entity.retiredAt ? undefined : await this.sealer.open<JWK>(SEAL_PURPOSE, entity.privateKeySealed);
        return {
          kid: entity.kid,
          algorithm: entity.algorithm,
          publicJwk: entity.publicJwk,
          publicKey: createPublicKey({ key: entity.publicJwk, format: 'jwk' }),
          privateKey: jwk && createPrivateKey({ key: jwk, format: 'jwk' }),
          retired: entity.retiredAt !== null,
        };
      }),
    );
  }

  private async generate(
    algorithm: string,
  ): Promise<Pick<SigningKeyEntity, 'kid' | 'algorithm' | 'publicJwk' | 'privateKeySealed'>> {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
    const kid = randomBytes(12).toString('base64url');
    return {
      kid,
      algorithm,
      publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: algorithm },
      privateKeySealed: await this.sealer.seal(SEAL_PURPOSE, privateKey.export({ format: 'jwk' })),
    };
  }

  private get repository() {
    return this.database.dataSource.getRepository(SigningKeyEntity);
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** In libuv's thread pool, so that the event loop goes on. */
function signEs256(data: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, (error, signature) =>
      error ? reject(error) : resolve(signature),
    );
  });
}
