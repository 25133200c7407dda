// A blog that has its own users and its own tables, and the authorization server inside: `npm run example -- embedded`.
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { startEmbeddedPostgres } from 'nest-authorization-server';
import { AppModule } from './app.module.js';

const port = Number(process.env.PORT ?? 3002);
const url = `http://localhost:${port}`;
const dataDir = process.env.DATA_DIR ?? '.data/examples/embedded';
const postgres = process.env.DATABASE_URL ? undefined : await startEmbeddedPostgres({ dataDir });
const databaseUrl = process.env.DATABASE_URL ?? postgres!.url;

const app = await NestFactory.create(AppModule.at({ url, databaseUrl }), new FastifyAdapter(), {
  logger: ['warn', 'error'],
});
await app.listen(port);
console.log(`
The blog is ready.

  ${url}/           what has been written
  ${url}/editor     write something: sign in as ada with the password "difference engine"
  ${url}/auth/account   Ada's sessions, and the applications that she allowed
`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void app
      .close()
      .then(() => postgres?.stop())
      .then(() => process.exit(0));
  });
}
