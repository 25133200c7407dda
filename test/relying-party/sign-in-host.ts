// An application in which people sign in with a provider of the test's, on Fastify or Express.
import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  OAuthClientModule,
  type OAuthClientModuleOptions,
  type OAuthClientOptions,
} from 'nest-authorization-server/relying-party';
import { closeApplication, onClose } from '../support/cleanup.js';
import type { HostileProvider } from '../support/hostile-provider.js';

export const ADAPTERS = ['fastify', 'express'] as const;

/** This application, as the provider knows it. */
export const CLIENT = { clientId: 'app', clientSecret: 'a-secret-of-the-application-and-nothing-else' };

export interface SignInHost {
  app: INestApplication;
  url: string;
}

export interface SignInHostSettings extends Pick<ModuleMetadata, 'controllers' | 'providers'> {
  adapter?: (typeof ADAPTERS)[number];
  /** More of the module, or in place of what is there. */
  options?: Omit<OAuthClientModuleOptions, 'providers'>;
  clients: Record<string, OAuthClientOptions>;
  configure?: (app: INestApplication) => unknown;
}

/** The provider, as this application registers it. */
export function clientOf({ issuer }: HostileProvider, options: OAuthClientOptions = {}): OAuthClientOptions {
  return { ...CLIENT, serverMetadataUrl: issuer, apiBaseUrl: issuer, scope: 'openid', ...options };
}

export async function startSignInHost(settings: SignInHostSettings): Promise<SignInHost> {
  const { adapter = 'fastify', options, controllers, providers, clients, configure } = settings;

  @Module({
    imports: [OAuthClientModule.forRoot({ ...options, providers: clients })],
    controllers,
    providers,
  })
  class HostModule {}

  const platform = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(HostModule, platform, { logger: false, abortOnError: false });
  onClose(() => closeApplication(app));
  await configure?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}
