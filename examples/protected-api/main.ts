// An API that accepts the tokens of an authorization server: `npm run example -- protected-api`, with `--express` on Express.
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiModule } from './api.module.js';
import { AuthorizationModule } from './authorization.module.js';

const port = Number(process.env.PORT ?? 3003);
const api = `http://localhost:${port}`;
const express = process.argv.includes('--express');
const logger = ['warn', 'error'] as const;

// Somebody else's as a rule: ISSUER says which. Without it one is started beside the API.
const own = process.env.ISSUER ? undefined : `http://localhost:${port + 1}`;
const issuer = process.env.ISSUER ?? own!;
const server = own
  ? await NestFactory.create(AuthorizationModule.at(own, api), new FastifyAdapter(), { logger: [...logger] })
  : undefined;
await server?.listen(new URL(issuer).port);

const app = await NestFactory.create(
  ApiModule.of({ issuer, api }),
  express ? new ExpressAdapter() : new FastifyAdapter(),
  { logger: [...logger] },
);
await app.listen(port);
console.log(`
The API is ready on ${express ? 'Express' : 'Fastify'}; it accepts tokens of ${issuer}.

  curl -si ${api}/weather                                    # 401, and where to ask
  curl -s ${api}/.well-known/oauth-protected-resource
  curl -s -u forecaster:a-forecaster-secret-of-32-characters -d grant_type=client_credentials \\
    -d resource=${api} ${issuer}/oauth/token
  curl -s -H 'Authorization: Bearer …' ${api}/weather
`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void Promise.all([app.close(), server?.close()]).then(() => process.exit(0)));
}
