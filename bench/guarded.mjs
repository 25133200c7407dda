// An application that guards a route, as anybody's: on Fastify, with the guards of the package. Beside it the same route
// without a guard, and one that does nothing but check the signature.
import 'reflect-metadata';
import { createPublicKey, verify } from 'node:crypto';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ResourceProtector, ResourceServerModule } from '../dist/resource-server/index.js';

const { MAX_ENTRIES, ISSUER = '', AUDIENCE = '', TOKEN = '', JWK = '{}', HOST = '127.0.0.1', PORT } = process.env;
const dot = TOKEN.lastIndexOf('.');
const signed = Buffer.from(TOKEN.slice(0, dot));
const signature = Buffer.from(TOKEN.slice(dot + 1), 'base64url');
const key = createPublicKey({ key: JSON.parse(JWK), format: 'jwk' });

class BenchController {
  live() {
    return { status: 'ok' };
  }
  open() {
    return { status: 'open' };
  }
  signature() {
    return { status: verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature) ? 'signed' : 'forged' };
  }
  guarded() {
    return { status: 'guarded' };
  }
}

/** @param {'live' | 'open' | 'signature' | 'guarded'} name @param {MethodDecorator[]} decorators */
function decorate(name, decorators) {
  const descriptor = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(BenchController.prototype, name)
  );
  for (const one of decorators) one(BenchController.prototype, name, descriptor);
}
decorate('live', [Get('health/live')]);
decorate('open', [Get('open')]);
decorate('signature', [Get('signature')]);
decorate('guarded', [Get('guarded'), ResourceProtector('read')]);
Controller()(BenchController);

class BenchModule {}
const introspection = { clientId: 'api', clientSecret: 'secret', maxAge: 3600 };
const guards = ResourceServerModule.forRoot({
  audience: AUDIENCE,
  issuers: [{ issuer: ISSUER, jwt: { maxEntries: Number(MAX_ENTRIES) }, introspection }],
});
Module({ imports: [guards], controllers: [BenchController] })(BenchModule);

const app = await NestFactory.create(BenchModule, new FastifyAdapter(), { logger: ['error'] });
await app.listen(Number(PORT), HOST);
process.once('SIGTERM', () => process.exit(0));
