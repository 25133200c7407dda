// A library whose readers sign in elsewhere: `npm run example -- relying-party`.
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { AuthorizationModule } from './authorization.module.js';

const port = Number(process.env.PORT ?? 3007);
const url = `http://localhost:${port}`;
const logger = ['warn', 'error'] as const;
/** Browsers keep connections open: nobody waits for them at the end. */
const adapter = (): FastifyAdapter => new FastifyAdapter({ forceCloseConnections: true });

// Somebody else's as a rule: ISSUER says which. Without it one is started beside the library.
const own = process.env.ISSUER ? undefined : `http://localhost:${port + 1}`;
const issuer = process.env.ISSUER ?? own!;
const server = own
  ? await NestFactory.create(AuthorizationModule.at(own, url), adapter(), { logger: [...logger] })
  : undefined;
await server?.listen(new URL(issuer).port);

const app = await NestFactory.create(AppModule.of({ url, issuer }), adapter(), { logger: [...logger] });
await app.listen(port);
console.log(`
The library is ready at ${url}; its readers sign in at ${issuer}.

  Sign in as ada with the password "difference engine".
  ${issuer}/account has the sessions of Ada there: end one, and see it end in the library.
`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void Promise.all([app.close(), server?.close()]).then(() => process.exit(0)));
}
