// A registered client.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { ClientMetadata } from './client-metadata.js';

@Entity('clients')
@Index('clients_created_at', ['createdAt', 'clientId'])
@Index('clients_owner_id', ['ownerId'], { where: 'owner_id IS NOT NULL' })
@Index('clients_browser_origins', { synchronize: false })
export class ClientEntity {
  @PrimaryColumn('text', { name: 'client_id', primaryKeyConstraintName: 'clients_pkey' })
  clientId: string;

  @Column('jsonb')
  metadata: ClientMetadata;

  /** The user who created it on the pages; null: an administrator, the CLI or the bootstrap file did. */
  @Column('text', { name: 'owner_id', nullable: true })
  ownerId: string | null;

  /** Did it come by dynamic registration? */
  @Column('boolean', { name: 'self_registered', default: false })
  selfRegistered: boolean;

  /** Origins of a public browser client, which may call the token endpoint from a page. */
  @Column('text', { name: 'browser_origins', array: true, default: '{}' })
  browserOrigins: string[];

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt: Date | null;

  /** In milliseconds, as JavaScript has them: lists go on after it. */
  @CreateDateColumn({ type: 'timestamptz', precision: 3, name: 'created_at' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: Date;
}
