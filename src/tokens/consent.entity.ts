// What a user has allowed a client, remembered for the next request.
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('consents')
@Index('consents_client_id', ['clientId'])
export class ConsentEntity {
  @PrimaryColumn('text', { name: 'user_id', primaryKeyConstraintName: 'consents_pkey' })
  userId: string;

  @PrimaryColumn('text', { name: 'client_id', primaryKeyConstraintName: 'consents_pkey' })
  clientId: string;

  @Column('text', { array: true })
  scopes: string[];

  @Column('text', { array: true, default: '{}' })
  resources: string[];

  @CreateDateColumn({ type: 'timestamptz', name: 'granted_at' })
  grantedAt: Date;
}
