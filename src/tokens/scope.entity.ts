// A scope that clients may be registered for, with the words that the consent page shows.
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('scopes')
export class ScopeEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'scopes_pkey' })
  name: string;

  @Column('text')
  description: string;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;
}
