// When the access of a user of the host's store ended: what was begun before and is finished after comes to nothing.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('ended_accesses')
@Index('ended_accesses_ended_at', ['endedAt'])
export class EndedAccessEntity {
  @PrimaryColumn('text', { name: 'user_id', primaryKeyConstraintName: 'ended_accesses_pkey' })
  userId: string;

  @Column('timestamptz', { name: 'ended_at' })
  endedAt: Date;
}
