// A client that is still to be told that a session has ended.
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

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
  @ForeignKey('ClientEntity', {
    name: 'logout_notifications_client_id_fkey',
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  clientId: string;

  /** No foreign key: the session is gone. */
  @Column('uuid', { name: 'session_id' })
  sessionId: string;

  /** No foreign key: the user may be gone as well. */
  @Column('uuid', { name: 'user_id' })
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
