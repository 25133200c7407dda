// A person's account.
import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, Unique, UpdateDateColumn } from 'typeorm';

@Entity('users')
@Unique('users_username_key', ['usernameCanonical'])
@Unique('users_email_key', ['emailCanonical'])
export class UserEntity {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id: string;

  @Column('text')
  username: string;

  /** The form in which user names are compared: see canonicalUsername. */
  @Column('text', { name: 'username_canonical' })
  usernameCanonical: string;

  @Column('text', { nullable: true })
  email: string | null;

  @Column('text', { name: 'email_canonical', nullable: true })
  emailCanonical: string | null;

  @Column('boolean', { name: 'email_verified', default: false })
  emailVerified: boolean;

  /** argon2id in PHC form; null: no sign-in by password. */
  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash: string | null;

  @Column('text', { array: true, default: '{}' })
  roles: string[];

  /** Standard claims of OIDC Core §5.1 other than those with a column of their own. */
  @Column('jsonb', { default: {} })
  claims: Record<string, unknown>;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: Date;
}
