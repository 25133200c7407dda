// A host application with controllers of a test's own, on Fastify or Express, and tokens that say what they are.
import { type DynamicModule, type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type AccessToken,
  accessTokenOf,
  ResourceServerModule,
  type ResourceServerOptions,
  TokenVerifier,
} from 'nest-authorization-server/resource-server';
import { closeApplication, onClose } from '../support/cleanup.js';

export const ISSUER = 'https://issuer.test';

/** A token that the verifier below takes: of a user, for an hour, unless the claims say otherwise. */
export function tokenWith(claims: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const whole = { iss: ISSUER, sub: 'user-1', client_id: 'client-1', iat: now, exp: now + 3600, ...claims };
  return Buffer.from(JSON.stringify(whole)).toString('base64url');
}

@TokenVerifier(ISSUER)
export class ReadingVerifier implements TokenVerifier {
  readonly opaque = true;
  calls = 0;

  async verify(token: string): Promise<AccessToken | undefined> {
    this.calls++;
    try {
      const claims = JSON.parse(Buffer.from(token, 'base64url').toString()) as Parameters<typeof accessTokenOf>[1];
      return claims.exp * 1000 > Date.now() ? accessTokenOf(token, claims) : undefined;
    } catch {
      return Promise.resolve(undefined);
    }
  }
}

export interface Host {
  app: INestApplication;
  url: string;
  /** The request with this token; an empty one: without. */
  ask(path: string, token?: string, init?: RequestInit): Promise<Response>;
}

export interface HostSettings extends Pick<ModuleMetadata, 'controllers' | 'providers' | 'imports'> {
  adapter?: 'fastify' | 'express';
  options?: ResourceServerOptions;
  /** Default: ResourceServerModule with the options. */
  guards?: DynamicModule;
  /** Before it is initialized. */
  configure?: (app: INestApplication) => unknown;
}

export async function startHost(settings: HostSettings): Promise<Host> {
  const { adapter = 'fastify', options, controllers, providers = [], imports = [], configure } = settings;
  const guards = settings.guards ?? ResourceServerModule.forRoot(options);

  @Module({
    imports: [guards, ...imports],
    controllers,
    providers: [ReadingVerifier, ...providers],
  })
  class HostModule {}

  const platform = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(HostModule, platform, { logger: false, abortOnError: false });
  onClose(() => closeApplication(app));
  await configure?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    url,
    ask: (path, token = '', init = {}) =>
      fetch(url + path, { ...init, headers: { ...init.headers, ...(token && { authorization: `Bearer ${token}` }) } }),
  };
}

export const challengeOf = (response: Response): string | null => response.headers.get('www-authenticate');
