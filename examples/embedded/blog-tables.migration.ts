// The blog's tables. `synchronize` is no choice beside the authorization server: its tables change by migrations of its own.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class BlogTables1760000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE authors (
        id serial PRIMARY KEY,
        nick text NOT NULL UNIQUE,
        name text NOT NULL,
        email text NOT NULL,
        "passwordHash" text NOT NULL
      );
      CREATE TABLE posts (
        id serial PRIMARY KEY,
        "authorId" integer NOT NULL REFERENCES authors (id),
        text text NOT NULL,
        draft boolean NOT NULL DEFAULT false
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE posts, authors');
  }
}
