// With which clients may register where not everybody may; the token is stored as its hash only.
// @see RFC 7591 §1.2 https://www.rfc-editor.org/rfc/rfc7591#section-1.2
import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

@Entity('initial_access_tokens')
@Unique('initial_access_tokens_token_key', ['tokenKey'])
@Index('initial_access_tokens_expires_at', ['expiresAt'])
export class InitialAccessTokenEntity {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'initial_access_tokens_pkey' })
  id: string;

  @Column('bytea', { name: 'token_key' })
  tokenKey: Buffer;

  /** How many clients may register with it; null: any number. */
  @Column('integer', { name: 'max_uses', nullable: true })
  maxUses: number | null;

  @Column('integer', { default: 0 })
  uses: number;

  /** In milliseconds, as JavaScript has them: lists go on after it. */
  @CreateDateColumn({ type: 'timestamptz', precision: 3, name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
