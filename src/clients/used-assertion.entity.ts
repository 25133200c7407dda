// An assertion that a client has presented, so that it is taken only once.
// @see RFC 7523 §3 https://www.rfc-editor.org/rfc/rfc7523#section-3
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('used_assertions')
@Index('used_assertions_expires_at', ['expiresAt'])
export class UsedAssertionEntity {
  /** Hash of the client and its `jti`. */
  @PrimaryColumn('bytea', { name: 'assertion_key', primaryKeyConstraintName: 'used_assertions_pkey' })
  assertionKey: Buffer;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
