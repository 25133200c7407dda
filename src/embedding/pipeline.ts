// The routes of the server inside a host application: on a Fastify of their own that listens nowhere, so that the host's
// prefix, pipes, guards, interceptors, filters and body parsers neither touch them nor are touched. Services are shared.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type Type } from '@nestjs/common';
import { CONTROLLER_WATERMARK } from '@nestjs/common/constants.js';
import { ApplicationConfig, HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { Injector } from '@nestjs/core/injector/injector.js';
import type { NestContainer } from '@nestjs/core/injector/container.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { NoopGraphInspector } from '@nestjs/core/inspector/noop-graph-inspector.js';
import { RoutesResolver } from '@nestjs/core/router/routes-resolver.js';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ServerOptions } from '../config/options.js';
import { isServed } from '../config/page.js';
import { isEndpoint } from '../oauth/endpoints/endpoint.js';
import { ErrorFilter } from '../pages/error.filter.js';
import { PageAssets } from '../pages/page-assets.js';
import { createProtocolAdapter, pathBelowIssuer, requestIds } from '../protocol-adapter.js';
import { SERVED_CONTROLLERS } from '../server-modules.js';
import { type HostRequest, type HostRequestHandler, takeRequests } from './host-requests.js';
import { takeReadBody } from './read-body.js';
import { RouteTable } from './route-table.js';

const ASSETS = '/assets/';
const REQUEST_ID = /^[\w.:-]{1,128}$/;

@Injectable()
export class Pipeline {
  private readonly table = new RouteTable();
  private readonly requests = new WeakMap<IncomingMessage, HostRequest>();

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly host: HttpAdapterHost,
    private readonly options: ServerOptions,
    private readonly filter: ErrorFilter,
    private readonly assets: PageAssets,
  ) {}

  /** Opens it, before the host's own routes are registered. */
  async open(): Promise<void> {
    const adapter = this.createAdapter();
    // Not public; there is no other way to Nest's container.
    const { container } = this.moduleRef as unknown as { container: NestContainer };
    registerRoutes(adapter, container, this.filter, (controller) => this.serves(controller));
    const fastify: FastifyInstance = adapter.getInstance();
    await fastify.ready();
    takeRequests(this.host.httpAdapter, this.handlerOn(fastify));
  }

  private createAdapter(): FastifyAdapter {
    const nextId = requestIds();
    const adapter = createProtocolAdapter({
      options: this.options,
      filter: () => this.filter,
      fastify: {
        genReqId: (raw) => {
          const id = this.requests.get(raw)?.id;
          return id !== undefined && REQUEST_ID.test(id) ? id : nextId();
        },
      },
    });
    const fastify: FastifyInstance = adapter.getInstance();
    fastify.addHook('onRoute', ({ url }) => this.table.add(url));
    // Whose proxies are believed is for the host to say.
    fastify.addHook('onRequest', (request, _reply, done) => {
      Object.defineProperty(request, 'ip', { value: this.requests.get(request.raw)?.ip ?? '' });
      done();
    });
    if (this.host.httpAdapter.getType() === 'express') fastify.addHook('preParsing', takeReadBody);
    return adapter;
  }

  private serves(controller: Type): boolean {
    return (SERVED_CONTROLLERS.has(controller) || isEndpoint(controller)) && isServed(controller, this.options);
  }

  private handlerOn(fastify: FastifyInstance): HostRequestHandler {
    return {
      wants: (url) => this.wants(url),
      answer: (request: HostRequest, raw: IncomingMessage, response: ServerResponse) => {
        this.requests.set(raw, request);
        const { url } = raw;
        // The host's log and metrics, which are told when the answer has been sent.
        if (this.options.basePath !== '') response.prependOnceListener('finish', () => void (raw.url = url));
        fastify.routing(raw, response);
      },
    };
  }

  /** Everything below the issuer's path; beside it, and where it has none, what there is a route for. */
  private wants(url: string): boolean {
    const { basePath } = this.options;
    const below = basePath === '' ? url : pathBelowIssuer(url, basePath);
    if (below === undefined) return false;
    if (basePath !== '' && !url.startsWith('/.well-known/')) return true;
    const path = pathOf(below);
    if (path.startsWith(ASSETS)) return this.assets.find(path.slice(ASSETS.length)) !== undefined;
    return this.table.has(path);
  }
}

/** Registers what is ours on the adapter, and lets the host's router know nothing of it. */
function registerRoutes(
  adapter: FastifyAdapter,
  container: NestContainer,
  filter: ErrorFilter,
  isOurs: (controller: Type) => boolean,
): void {
  const modules = new Map<string, Module>();
  for (const [key, module] of container.getModules()) {
    hideEndpoints(module);
    modules.set(key, Object.create(module, { controllers: { value: controllersOf(module, isOurs) } }) as Module);
  }
  const view = Object.create(container, {
    getHttpAdapterRef: { value: () => adapter },
    getModules: { value: () => modules },
    getModuleByKey: { value: (key: string) => modules.get(key) },
  }) as NestContainer;
  const config = new ApplicationConfig();
  config.useGlobalFilters(filter);
  adapter.registerParserMiddleware('', true);
  const resolver = new RoutesResolver(view, config, new Injector(), NoopGraphInspector);
  resolver.resolve(adapter, '');
  resolver.registerNotFoundHandler();
  resolver.registerExceptionHandler();
}

/** An endpoint that a host application lists among its controllers belongs to the protocol's pipeline all the same. */
function hideEndpoints({ controllers, providers }: Module): void {
  for (const [token, wrapper] of controllers) {
    if (!isEndpoint(wrapper.metatype)) continue;
    controllers.delete(token);
    providers.set(token, wrapper);
  }
}

function controllersOf({ providers }: Module, isOurs: (controller: Type) => boolean): Map<unknown, InstanceWrapper> {
  const found = [...providers].filter(([, { metatype }]) => {
    const isController = typeof metatype === 'function' && Reflect.hasMetadata(CONTROLLER_WATERMARK, metatype);
    return isController && isOurs(metatype as Type);
  });
  return new Map<unknown, InstanceWrapper>(found);
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
