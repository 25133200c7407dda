// An authorization server with a grant type, claims and a listener of its own: `npm run example -- custom-grant`.
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';

const port = Number(process.env.PORT ?? 3001);
const app = await NestFactory.create(AppModule.on(port), new FastifyAdapter(), { logger: ['log', 'warn', 'error'] });
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
await app.listen(port);

const url = `http://localhost:${port}`;
console.log(`
${url}: people get a link instead of a password.

  curl -s -X POST ${url}/links/alice                        # the link that Alice would get by e-mail
  curl -s -u app:an-app-secret-of-32-characters-or-so -d grant_type=urn:example:magic-link -d link=… \\
    -d 'scope=openid team' ${url}/oauth/token
  curl -s -H 'Authorization: Bearer …' ${url}/oauth/userinfo
`);
