// A key of the server, with when it signs and how long it is kept; its private half is encrypted.
// @see RFC 7517 §4 https://www.rfc-editor.org/rfc/rfc7517#section-4
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';
import type { KeyUse } from './key-algorithms.js';

@Entity('signing_keys')
@Index('signing_keys_last_key', ['algorithm'], { unique: true, where: 'retires_at IS NULL' })
export class SigningKeyEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_keys_pkey' })
  kid: string;

  @Column('text')
  use: KeyUse;

  @Column('text')
  algorithm: string;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: JWK;

  @Column('text', { name: 'private_key_sealed' })
  privateKeySealed: string;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  /** From when on it signs; it is published before. */
  @Column({ type: 'timestamptz', name: 'activates_at', precision: 3 })
  activatesAt: Date;

  /** When its successor takes over; set as soon as there is one. */
  @Column({ type: 'timestamptz', name: 'retires_at', precision: 3, nullable: true })
  retiresAt: Date | null;

  /** Seconds that something it signed may live: so long it is kept after it has retired. */
  @Column('integer')
  lifetime: number;
}
