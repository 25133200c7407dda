// An application of somebody else's that guards a controller, on Fastify or on Express.
import { Controller, Get, type INestApplication, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type AccessToken,
  CurrentToken,
  ResourceProtector,
  ResourceServerModule,
  type ResourceServerOptions,
} from 'nest-authorization-server/resource-server';
import { closeApplication, onClose } from '../support/cleanup.js';

export const ADAPTERS = ['fastify', 'express'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

export interface GuardedApp {
  app: INestApplication;
  /** Asks for `/token`, which answers the verified token as JSON. */
  ask(token?: string): Promise<Response>;
}

@Controller()
class TokenController {
  @Get('token')
  @ResourceProtector()
  token(@CurrentToken() token: AccessToken): object {
    return { ...token };
  }
}

/** @param providers e.g. verifiers */
export async function startGuardedApp(
  options: ResourceServerOptions,
  { adapter = 'fastify', providers = [] }: { adapter?: AdapterName; providers?: Provider[] } = {},
): Promise<GuardedApp> {
  @Module({ imports: [ResourceServerModule.forRoot(options)], controllers: [TokenController], providers })
  class GuardedModule {}

  const app = await NestFactory.create(
    GuardedModule,
    adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter(),
    { logger: false, abortOnError: false },
  );
  onClose(() => closeApplication(app));
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/token`;
  return {
    app,
    ask: (token) => fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }),
  };
}
