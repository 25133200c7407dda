// A client that is still to be told that a session has ended.
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('logout_notifications')
@Index('logout_notifications_client_id', ['clientId', 'dueAt'])
export class LogoutNotificationEntity {
  @PrimaryColumn('bigint', {
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'logout_notifications_pkey',
  })
  id: string;

  @Column('text', { name: 'client_id' })
  clientId: string;

  /** The session is gone. */
  @Column('uuid', { name: 'session_id' })
  sessionId: string;

  /** The user may be gone as well. */
  @Column('text', { name: 'user_id' })
  userId: string;

  /** How often it was tried, the try that is going on included. */
  @Column('integer', { default: 0 })
  attempts: number;

  /** When it is tried next, unless the try that is going on succeeds. */
  @Column('timestamptz', { name: 'due_at', default: () => 'now()' })
  dueAt: Date;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;
}
