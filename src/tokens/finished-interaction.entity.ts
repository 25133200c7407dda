// An interaction that was answered, so that its sealed state is answered only once.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('finished_interactions')
@Index('finished_interactions_expires_at', ['expiresAt'])
export class FinishedInteractionEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'finished_interactions_pkey' })
  id: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
