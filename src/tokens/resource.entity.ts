// A protected resource that tokens can be bound to.
// @see RFC 8707 §2 https://www.rfc-editor.org/rfc/rfc8707#section-2
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('resources')
export class ResourceEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'resources_pkey' })
  identifier: string;

  @Column('text')
  name: string;

  @Column('text', { array: true, default: '{}' })
  scopes: string[];

  @Column('text', { name: 'access_token_format', nullable: true })
  accessTokenFormat: string | null;

  /** Clients that may introspect tokens bound to this resource. */
  @Column('text', { name: 'introspection_clients', array: true, default: '{}' })
  introspectionClients: string[];

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: Date;
}
