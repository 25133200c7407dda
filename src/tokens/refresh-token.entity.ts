// A refresh token, kept after its rotation so that a second use is noticed.
// @see RFC 9700 §4.14.2 https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('refresh_tokens')
@Index('refresh_tokens_grant_id', ['grantId'])
@Index('refresh_tokens_expires_at', { synchronize: false })
export class RefreshTokenEntity {
  @Column('bigint', { name: 'grant_id' })
  grantId: string;

  @CreateDateColumn({ type: 'timestamptz', name: 'issued_at' })
  issuedAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'rotated_at', nullable: true })
  rotatedAt: Date | null;

  @PrimaryColumn('bytea', { name: 'token_key', primaryKeyConstraintName: 'refresh_tokens_pkey' })
  tokenKey: Buffer;

  /** With the presented token it gives the successor again, during the grace. */
  @Column('bytea', { name: 'successor_salt', nullable: true })
  successorSalt: Buffer | null;
}
