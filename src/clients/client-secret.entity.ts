// One of the live secrets of a client; during a rotation there are two.
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

@Entity('client_secrets')
@Index('client_secrets_client_id', ['clientId'])
export class ClientSecretEntity {
  @PrimaryColumn('bigint', {
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'client_secrets_pkey',
  })
  id: string;

  @Column('text', { name: 'client_id' })
  @ForeignKey('ClientEntity', { name: 'client_secrets_client_id_fkey', onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  clientId: string;

  /** SHA-256. */
  @Column('bytea', { name: 'secret_hash' })
  secretHash: Buffer;

  /** Encrypted: of a client that signs with it; null: only the hash is kept. */
  @Column('text', { name: 'secret_sealed', nullable: true })
  secretSealed: string | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;
}
