// An application with OAuthClientModule, on Fastify or Express, with controllers of a test's own.
import { type DynamicModule, type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  OAuthClientModule,
  type OAuthClientModuleOptions,
  OAuthRegistry,
} from 'nest-authorization-server/relying-party';
import { closeApplication, onClose } from '../support/cleanup.js';

export interface ClientHost {
  app: INestApplication;
  url: string;
  registry: OAuthRegistry;
}

export interface ClientHostSettings extends Pick<ModuleMetadata, 'controllers' | 'providers' | 'imports'> {
  adapter?: 'fastify' | 'express';
  options?: OAuthClientModuleOptions;
  /** Default: OAuthClientModule with the options. */
  clients?: DynamicModule;
}

/** Closed after the spec. */
export async function startClientHost(settings: ClientHostSettings = {}): Promise<ClientHost> {
  const { adapter = 'fastify', options, controllers, providers, imports = [] } = settings;
  const clients = settings.clients ?? OAuthClientModule.forRoot({ env: {}, ...options });

  @Module({ imports: [clients, ...imports], controllers, providers })
  class HostModule {}

  const platform = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(HostModule, platform, { logger: false, abortOnError: false });
  onClose(() => closeApplication(app));
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), registry: app.get(OAuthRegistry) };
}
