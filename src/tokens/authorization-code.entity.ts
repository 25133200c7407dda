// An authorization code, kept after its use so that a second use is noticed.
// @see RFC 6749 §4.1.2 https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('authorization_codes')
@Index('authorization_codes_expires_at', ['expiresAt'])
export class AuthorizationCodeEntity {
  @PrimaryColumn('bytea', { name: 'code_key', primaryKeyConstraintName: 'authorization_codes_pkey' })
  codeKey: Buffer;

  @Column('bigint', { name: 'grant_id' })
  grantId: string;

  @Column('text', { name: 'client_id' })
  clientId: string;

  /** As sent in the authorization request; null when it was omitted. */
  @Column('text', { name: 'redirect_uri', nullable: true })
  redirectUri: string | null;

  /** S256. */
  @Column('text', { name: 'code_challenge', nullable: true })
  codeChallenge: string | null;

  @Column('text', { nullable: true })
  nonce: string | null;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'consumed_at', nullable: true })
  consumedAt: Date | null;
}
