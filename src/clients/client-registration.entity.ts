// A client that registered itself: by which token it manages its registration, and whether that ever led to anything.
// @see RFC 7592 §1.3 https://www.rfc-editor.org/rfc/rfc7592#section-1.3
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('client_registrations')
@Unique('client_registrations_token_key', ['tokenKey'])
@Index('client_registrations_unused', ['createdAt'], { where: 'used_at IS NULL' })
export class ClientRegistrationEntity {
  @PrimaryColumn('text', { name: 'client_id', primaryKeyConstraintName: 'client_registrations_pkey' })
  @ForeignKey('ClientEntity', { name: 'client_registrations_client_id_fkey', onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  clientId: string;

  /** Of the registration access token, which is stored as its hash only. */
  @Column('bytea', { name: 'token_key' })
  tokenKey: Buffer;

  /** As it was given. */
  @Column('text', { name: 'software_statement', nullable: true })
  softwareStatement: string | null;

  /** With which initial access token; null: without one. */
  @Column('uuid', { name: 'initial_access_token_id', nullable: true })
  initialAccessTokenId: string | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  /** When it got its first token; null: it never got one. */
  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;
}
