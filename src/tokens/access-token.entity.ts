// An access token, of any format. Columns stand in the order that packs a row best.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('access_tokens')
@Index('access_tokens_grant_id', ['grantId'])
@Index('access_tokens_expires_at', { synchronize: false })
export class AccessTokenEntity {
  @Column('bigint', { name: 'grant_id' })
  grantId: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  /** Seconds; `iat` is `exp` minus this. */
  @Column('integer')
  lifetime: number;

  @PrimaryColumn('bytea', { name: 'token_key', primaryKeyConstraintName: 'access_tokens_pkey' })
  tokenKey: Buffer;

  /** Null: the grant's. */
  @Column('text', { nullable: true })
  scope: string | null;

  /** Null: the grant's. */
  @Column('text', { array: true, nullable: true })
  resources: string[] | null;
}
