// The blog's own users, in the blog's own table.
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('authors')
export class Author {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ unique: true })
  nick: string;

  @Column()
  name: string;

  @Column()
  email: string;

  @Column()
  passwordHash: string;
}
