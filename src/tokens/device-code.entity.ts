// A device code with its user code, from the device's request to the tokens; kept for a while after its end.
// @see RFC 8628 §3.2 https://www.rfc-editor.org/rfc/rfc8628#section-3.2
import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('device_codes')
@Unique('device_codes_user_code_key', ['userCodeKey'])
@Index('device_codes_expires_at', ['expiresAt'])
export class DeviceCodeEntity {
  @PrimaryColumn('bytea', { name: 'code_key', primaryKeyConstraintName: 'device_codes_pkey' })
  codeKey: Buffer;

  /** Made with a key of the server: a hash alone of so few characters could be tried out. */
  @Column('bytea', { name: 'user_code_key' })
  userCodeKey: Buffer;

  @Column('text', { name: 'client_id' })
  clientId: string;

  @Column('text')
  scope: string;

  /** Null: not bound to a resource. */
  @Column('text', { array: true, nullable: true })
  resources: string[] | null;

  @Column('text', { nullable: true })
  nonce: string | null;

  /** Seconds that the device waits between two polls. */
  @Column('integer', { name: 'poll_interval' })
  pollInterval: number;

  @Column('timestamptz', { name: 'polled_at', nullable: true })
  polledAt: Date | null;

  /** Did the last poll come too soon? */
  @Column('boolean', { default: false })
  slowed: boolean;

  /** What the user allowed. */
  @Column('bigint', { name: 'grant_id', nullable: true })
  grantId: string | null;

  @Column('timestamptz', { name: 'denied_at', nullable: true })
  deniedAt: Date | null;

  @Column('timestamptz', { name: 'consumed_at', nullable: true })
  consumedAt: Date | null;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
