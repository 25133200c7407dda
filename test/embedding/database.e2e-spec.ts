// Where the tables of the server are: in the host application's own data source, in a schema beside its tables, apart.
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { authorizationServerEntities, AuthorizationServerModule } from 'nest-authorization-server';
import { Column, DataSource, DefaultNamingStrategy, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { Database } from '../../src/database/database.js';
import { closeApplication, onClose } from '../support/cleanup.js';
import { createDatabase } from '../support/database.js';
import { CLIENTS } from '../support/fixtures.js';
import { authorize, clientCredentials, introspect, redeem } from '../support/flow.js';
import { optionsFor, startHost } from './host.js';

@Entity('posts')
class Post {
  @PrimaryGeneratedColumn()
  id: number;

  @Column('text')
  title: string;
}

/** The host's own TypeORM, under the default name. */
function typeOrm(url: string, others: object = {}): DynamicModule {
  return TypeOrmModule.forRoot({
    type: 'postgres',
    url,
    entities: [Post, ...authorizationServerEntities],
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    toRetry: () => false,
    ...others,
  });
}

/** Tables of a database, with their schema. */
async function tables(url: string, schema: string): Promise<string[]> {
  const dataSource = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  try {
    const rows = await dataSource.query<{ table_name: string }[]>(
      'SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY table_name',
      [schema],
    );
    return rows.map(({ table_name }) => table_name);
  } finally {
    await dataSource.destroy();
  }
}

async function run(url: string, sql: string): Promise<void> {
  const dataSource = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  await dataSource.query(sql);
  await dataSource.destroy();
}

/** An application that is created and nothing more, as far as it gets. */
async function create(...imports: DynamicModule[]): Promise<INestApplication> {
  @Module({ imports })
  class AppModule {}
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false, abortOnError: false });
  onClose(() => closeApplication(app));
  return app;
}

const withDataSource = (url: string): DynamicModule =>
  AuthorizationServerModule.forRootAsync({
    inject: [DataSource],
    useFactory: async (dataSource: DataSource) => optionsFor(url, { dataSource }),
  });

describe("the host application's own data source", () => {
  it('is used, with its pool, and stays the host’s', async () => {
    const url = await createDatabase({ empty: true });
    const host = await startHost({
      platform: 'fastify',
      imports: [typeOrm(url, { migrations: [], synchronize: false })],
      module: withDataSource,
    });
    const authorization = await authorize(host, { client_id: 'web', scope: 'openid read' });
    const tokens = await redeem(host, CLIENTS.web, authorization);
    expect(await introspect(host, tokens.access_token)).toMatchObject({ active: true });
    expect(host.app.get(Database).dataSource.driver === host.app.get(DataSource).driver).toBe(true);
    const all = await tables(url, 'public');
    expect(all).toEqual(expect.arrayContaining(['clients', 'nas_migrations', 'users']));
    expect(all).not.toContain('migrations');
  });

  it.each([
    ['lacks our entities', { entities: [Post] }, /add \.\.\.authorizationServerEntities to its entities/],
    ['lacks one of them', { entities: authorizationServerEntities.slice(1) }, /entities of the authorization server: /],
    [
      'renames our tables',
      {
        namingStrategy: Object.assign(new DefaultNamingStrategy(), { tableName: (name: string) => `app_${name}` }),
        entityPrefix: 'app_',
      },
      /calls the table .+ or its columns otherwise/,
    ],
  ])('stops the start when it %s', async (_title, others, message) => {
    const url = await createDatabase({ empty: true });
    const start = create(typeOrm(url, others), withDataSource('http://localhost:3000'));
    await expect(start).rejects.toThrow(message);
  });

  it('stops the start when it makes tables by itself', async () => {
    const url = await createDatabase({ empty: true });
    const start = create(typeOrm(url, { synchronize: true }), withDataSource('http://localhost:3000'));
    await expect(start).rejects.toThrow(/must not have synchronize/);
  });
});

describe('a data source of our own', () => {
  it.each(['before', 'after'])('leaves the default one of the host alone, which is imported %s', async (order) => {
    const [own, theirs] = [await createDatabase({ empty: true }), await createDatabase({ empty: true })];
    const imports = [
      typeOrm(theirs, { entities: [Post], synchronize: true }),
      AuthorizationServerModule.forRoot(await optionsFor('http://localhost:3000', { database: { url: own } })),
    ];
    const app = await create(...(order === 'before' ? imports : imports.reverse()));
    expect(app.get(DataSource).hasMetadata(Post)).toBe(true);
    expect(app.get(Database).dataSource).not.toBe(app.get(DataSource));
    expect(await tables(theirs, 'public')).toEqual(['posts']);
    expect(await tables(own, 'public')).toContain('clients');
  });
});

describe('database.schema', () => {
  it('keeps our tables apart from those of the host in one database, also at the next start', async () => {
    const url = await createDatabase({ empty: true });
    await run(url, 'CREATE TABLE users (id int PRIMARY KEY)');
    const server = { database: { url, schema: 'auth' } };
    const first = await startHost({ platform: 'fastify', server });
    const authorization = await authorize(first, { client_id: 'web', scope: 'openid read' });
    expect(await redeem(first, CLIENTS.web, authorization)).toMatchObject({ token_type: 'Bearer' });
    expect(await tables(url, 'public')).toEqual(['users']);
    expect(await tables(url, 'auth')).toEqual(expect.arrayContaining(['clients', 'nas_migrations', 'users']));
    await closeApplication(first.app);
    const second = await startHost({ platform: 'fastify', server });
    expect(await clientCredentials(second, CLIENTS.machine)).toMatchObject({ token_type: 'Bearer' });
  });

  it('is what the start asks for when the host has a table that we need', async () => {
    const url = await createDatabase({ empty: true });
    await run(url, 'CREATE TABLE users (id int PRIMARY KEY)');
    const start = create(
      AuthorizationServerModule.forRoot(await optionsFor('http://localhost:3000', { database: { url } })),
    );
    await expect(start).rejects.toThrow(/relation "users" already exists.*database\.schema/s);
    expect(await tables(url, 'public')).not.toContain('clients');
  });
});
