// The authorization that tokens come from: which user allowed which client what. Revoking it ends them all.
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('grants')
@Index('grants_user_id', ['userId', 'clientId'], { where: 'user_id IS NOT NULL' })
@Index('grants_client_id', ['clientId'])
@Index('grants_session_id', ['sessionId'], { where: 'session_id IS NOT NULL' })
@Index('grants_expires_at', ['expiresAt'])
@Index('grants_standing_key', ['clientId', 'standingKey'], {
  unique: true,
  where: 'standing_key IS NOT NULL AND revoked_at IS NULL',
})
export class GrantEntity {
  @PrimaryColumn('bigint', {
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'grants_pkey',
  })
  id: string;

  @Column('text', { name: 'client_id' })
  clientId: string;

  /** Null: the client acts for itself. */
  @Column('text', { name: 'user_id', nullable: true })
  userId: string | null;

  @Column('text')
  scope: string;

  /** Null: not bound to a resource. */
  @Column('text', { array: true, nullable: true })
  resources: string[] | null;

  /** Hash of scope and resources of a grant that a client keeps for itself: one live one each. */
  @Column('bytea', { name: 'standing_key', nullable: true })
  standingKey: Buffer | null;

  /** The session in which an OpenID request was answered. */
  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId: string | null;

  /** Do the tokens end with the session? */
  @Column('boolean', { name: 'session_bound', default: false })
  sessionBound: boolean;

  @Column('timestamptz', { name: 'auth_time', nullable: true })
  authTime: Date | null;

  @Column('text', { array: true, nullable: true })
  amr: string[] | null;

  /** The `claims` parameter of the authorization request (OIDC Core §5.5). */
  @Column('jsonb', { nullable: true })
  claims: object | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  /** The absolute end of all that was issued under it. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
