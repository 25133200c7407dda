// With which account at an identity provider a session was begun: to be ended there, and from there.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('session_identities')
@Index('session_identities_subject', ['issuer', 'subject'])
@Index('session_identities_sid', ['issuer', 'sid'], { where: 'sid IS NOT NULL' })
export class SessionIdentityEntity {
  @PrimaryColumn('uuid', { name: 'session_id', primaryKeyConstraintName: 'session_identities_pkey' })
  sessionId: string;

  @Column('text', { name: 'user_id' })
  userId: string;

  @Column('text')
  issuer: string;

  @Column('text')
  subject: string;

  /** The name under which the provider was configured. */
  @Column('text')
  provider: string;

  /** The provider's session. */
  @Column('text', { nullable: true })
  sid: string | null;

  /** What the provider is shown when the user signs out there; sealed. */
  @Column('text', { name: 'id_token_sealed', nullable: true })
  idTokenSealed: string | null;
}
