// A signing key; its private half is encrypted.
// @see RFC 7517 https://www.rfc-editor.org/rfc/rfc7517
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';

@Entity('signing_keys')
@Index('signing_keys_active_key', ['algorithm'], { unique: true, where: 'retired_at IS NULL' })
export class SigningKeyEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_keys_pkey' })
  kid: string;

  @Column('text')
  algorithm: string;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: JWK;

  @Column('text', { name: 'private_key_sealed' })
  privateKeySealed: string;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  /** When another key took over; it is published as long as something it signed may live. */
  @Column('timestamptz', { name: 'retired_at', nullable: true })
  retiredAt: Date | null;
}
