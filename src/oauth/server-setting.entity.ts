// A value that the server made for itself.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('server_settings')
export class ServerSettingEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'server_settings_pkey' })
  name: string;

  @Column('text')
  value: string;
}
