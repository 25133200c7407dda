// Somebody's account at an identity provider, with which they sign in here.
import { Column, CreateDateColumn, Entity, Generated, Index, PrimaryColumn, Unique } from 'typeorm';

@Entity('user_identities')
@Unique('user_identities_id_key', ['id'])
@Index('user_identities_user_id', ['userId'])
export class UserIdentityEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'user_identities_pkey' })
  issuer: string;

  /** `sub`, as the provider tells it. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'user_identities_pkey' })
  subject: string;

  /** Names the identity on pages and in the API. */
  @Column('uuid')
  @Generated('uuid')
  id: string;

  @Column('text', { name: 'user_id' })
  userId: string;

  /** The name under which the provider was configured. */
  @Column('text')
  provider: string;

  /** What the provider last said, to be shown. */
  @Column('text', { nullable: true })
  email: string | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'last_used_at', default: () => 'now()' })
  lastUsedAt: Date;
}
