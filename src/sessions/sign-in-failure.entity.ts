// Sign-ins that failed in a row, by account and by address, and until when the next one must wait.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('sign_in_failures')
@Index('sign_in_failures_last_failed_at', ['lastFailedAt'])
export class SignInFailureEntity {
  /** Hash of the account name or the address. */
  @PrimaryColumn('bytea', { name: 'failure_key', primaryKeyConstraintName: 'sign_in_failures_pkey' })
  failureKey: Buffer;

  @Column('integer')
  failures: number;

  @Column('timestamptz', { name: 'last_failed_at', default: () => 'now()' })
  lastFailedAt: Date;

  @Column('timestamptz', { name: 'blocked_until', default: () => 'now()' })
  blockedUntil: Date;
}
