// Somebody's browser session; the cookie's value is stored as its hash only.
import { Column, CreateDateColumn, Entity, Generated, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('sessions')
@Unique('sessions_id_key', ['id'])
@Index('sessions_user_id', ['userId'])
@Index('sessions_expires_at', ['expiresAt'])
export class SessionEntity {
  @PrimaryColumn('bytea', { name: 'session_key', primaryKeyConstraintName: 'sessions_pkey' })
  sessionKey: Buffer;

  /** Names the session where its cookie must not be known: grants, the account page, later `sid`. */
  @Column('uuid')
  @Generated('uuid')
  id: string;

  @Column('text', { name: 'user_id' })
  userId: string;

  /** The moment of sign-in. */
  @Column('timestamptz', { name: 'auth_time', default: () => 'now()' })
  authTime: Date;

  @Column('text', { array: true, default: '{}' })
  amr: string[];

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'last_seen_at', default: () => 'now()' })
  lastSeenAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('text', { name: 'user_agent', default: '' })
  userAgent: string;

  @Column('text', { default: '' })
  address: string;
}
