// What a user has allowed a client, remembered for the next request.
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

@Entity('consents')
@Index('consents_client_id', ['clientId'])
export class ConsentEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'consents_pkey' })
  @ForeignKey('UserEntity', { name: 'consents_user_id_fkey', onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('text', { name: 'client_id', primaryKeyConstraintName: 'consents_pkey' })
  @ForeignKey('ClientEntity', { name: 'consents_client_id_fkey', onDelete: 'CASCADE', onUpdate: 'CASCADE' })
  clientId: string;

  @Column('text', { array: true })
  scopes: string[];

  @Column('text', { array: true, default: '{}' })
  resources: string[];

  @CreateDateColumn({ type: 'timestamptz', name: 'granted_at' })
  grantedAt: Date;
}
