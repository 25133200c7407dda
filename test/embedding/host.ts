// Host applications that do everything their own way, on Fastify and on Express, with the server inside or without it.
import {
  Body,
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  ForbiddenException,
  Get,
  HttpException,
  type INestApplication,
  type NestInterceptor,
  Module,
  Param,
  Post,
  Query,
  type Type,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IsString } from 'class-validator';
import { map } from 'rxjs';
import { AuthorizationServerModule, type AuthorizationServerModuleOptions } from 'nest-authorization-server';
import { closeApplication, onClose } from '../support/cleanup.js';
import { createDatabase } from '../support/database.js';
import { bootstrap } from '../support/fixtures.js';
import type { Server } from '../support/flow.js';
import { freePort } from '../support/server.js';
import { SECRET_KEYS } from '../support/state.js';

export type Platform = 'fastify' | 'express';
export const PLATFORMS: Platform[] = ['fastify', 'express'];

class Greeting {
  @IsString()
  name: string;
}

/** Routes beside ours, and at paths that ours have too. */
@Controller()
class BlogController {
  @Get()
  home(): object {
    return { blog: 'home' };
  }

  @Get('users')
  users(@Query() query: object): object {
    return { query };
  }

  @Get('posts/:id')
  post(@Param('id') id: string): object {
    return { id };
  }

  @Post('greetings')
  greet(@Body() greeting: Greeting): object {
    return { hello: greeting.name };
  }

  @Post('echo')
  echo(@Body() body: unknown): object {
    return { body };
  }

  @Get('forbidden')
  forbidden(): string {
    throw new ForbiddenException('The guard refuses it first.');
  }

  @Get('broken')
  broken(): string {
    throw new Error('broken on purpose');
  }

  @Get('oauth-info')
  info(): string {
    return 'the host speaks';
  }
}

/** Refuses one path, and whatever is not the host's own controller. */
class SuspiciousGuard implements CanActivate {
  private readonly own: readonly Type[];

  constructor(controllers: readonly Type[] = []) {
    this.own = [BlogController, ...controllers];
  }

  canActivate(context: ExecutionContext): boolean {
    return this.own.includes(context.getClass()) && context.getHandler().name !== 'forbidden';
  }
}

const wrapping: NestInterceptor = { intercept: (_context, next) => next.handle().pipe(map((data) => ({ data }))) };

export interface HostOptions {
  platform: Platform;
  /** In place of the one that believes the proxy in front. */
  adapter?: ExpressAdapter;
  /** Absent: no authorization server. */
  server?: Partial<AuthorizationServerModuleOptions> & { issuerPath?: string };
  /** The module instead of the one that `server` makes. */
  module?: (url: string) => DynamicModule | Promise<DynamicModule>;
  /** Further modules of the host. */
  imports?: (DynamicModule | Type)[];
  controllers?: Type[];
  providers?: Type[];
  /** Before `init`. */
  configure?: (app: INestApplication) => void;
}

export interface Host extends Server {
  app: INestApplication;
  port: number;
}

/** A host with prefix, versions, pipes, guards, interceptors and filters for everything; closed after the spec. */
export async function startHost(options: HostOptions): Promise<Host> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const { issuerPath = '', ...given } = options.server ?? {};
  const issuer = url + issuerPath;
  const imports = [...(options.imports ?? [])];
  if (options.module) imports.push(await options.module(url));
  else if (options.server) imports.push(AuthorizationServerModule.forRoot(await optionsFor(issuer, given)));

  @Module({
    imports,
    controllers: [BlogController, ...(options.controllers ?? [])],
    providers: options.providers ?? [],
  })
  class BlogModule {}

  const adapter = options.adapter ?? adapterFor(options.platform);
  const app = await NestFactory.create<INestApplication>(BlogModule, adapter, {
    logger: false,
    abortOnError: false,
  });
  onClose(() => closeApplication(app));
  takeOver(app, options.controllers);
  options.configure?.(app);
  await app.listen(port, '0.0.0.0');
  return { app, url, issuer, port };
}

/** What a server needs, on a database of its own, with the world of fixtures.ts. */
export async function optionsFor(
  issuer: string,
  given: Partial<AuthorizationServerModuleOptions> = {},
): Promise<AuthorizationServerModuleOptions> {
  const own = given.dataSource ? {} : { database: { url: await createDatabase({ empty: true }) } };
  return { issuer, secretKeys: [SECRET_KEYS], bootstrap: bootstrap(), ...own, ...given };
}

/** Both believe the proxy in front; Fastify counts requests. */
function adapterFor(platform: Platform): FastifyAdapter | ExpressAdapter {
  let count = 0;
  if (platform === 'fastify') return new FastifyAdapter({ trustProxy: true, genReqId: () => `blog-${++count}` });
  const adapter = new ExpressAdapter();
  adapter.set('trust proxy', true);
  return adapter;
}

/** Everything global that an application can have. */
function takeOver(app: INestApplication, controllers?: Type[]): void {
  const { httpAdapter } = app.get(HttpAdapterHost);
  app.setGlobalPrefix('blog', { exclude: ['/', 'users', 'oauth-info', 'clients', 'ping'] });
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: undefined });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.useGlobalGuards(new SuspiciousGuard(controllers));
  app.useGlobalInterceptors(wrapping);
  app.useGlobalFilters({
    catch: (error: unknown, host) => {
      const status = error instanceof HttpException ? error.getStatus() : 500;
      httpAdapter.reply(host.switchToHttp().getResponse(), { blogError: status }, status);
    },
  });
  app.use((_request: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
    response.setHeader('x-blog', 'yes');
    next();
  });
}
