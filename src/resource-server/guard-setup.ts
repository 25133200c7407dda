// What guards need of an application beside themselves, arranged before its routes and gateways are: a slot for the
// token of each request and message, handshakes that are remembered, documentation, metadata documents.
import { Inject, Injectable } from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, HttpAdapterHost, MetadataScanner } from '@nestjs/core';
import { runWithSlot } from './current-token.js';
import { rememberHandshake } from './handshakes.js';
import { MessageInterceptor } from './message.interceptor.js';
import { documentProtection } from './openapi.js';
import { Protections } from './protections.js';
import { ResourceMetadata } from './resource-metadata.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';

/** As @nestjs/websockets and @nestjs/microservices mark gateways and handlers. */
const GATEWAY = 'websockets:is_gateway';
const MESSAGE_HANDLERS = ['websockets:message_mapping', 'microservices:pattern'];

interface Gateway {
  handleConnection?: (this: Gateway, client: object, ...others: unknown[]) => unknown;
}

/** Gateways whose `handleConnection` remembers the handshake already: another application may have the same ones. */
const prepared = new WeakSet<object>();

@Injectable()
export class GuardSetup {
  /** While instances are made: every class is known, no route is registered yet. */
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly adapterHost: HttpAdapterHost,
    protections: Protections,
    metadata: ResourceMetadata,
    interceptor: MessageInterceptor,
    @Inject(RESOURCE_SERVER_OPTIONS) options: CheckedOptions,
  ) {
    if (options.callChain !== false) this.giveRequestsASlot();
    this.prepareMessages(interceptor);
    for (const { handler, protection, isRoute } of protections.handlers()) {
      if (isRoute) documentProtection(handler, protection, options.securityScheme);
    }
    metadata.publish();
  }

  private giveRequestsASlot(): void {
    const { httpAdapter: adapter } = this.adapterHost;
    const type = adapter?.getType();
    if (type === 'fastify') {
      const fastify = adapter.getInstance<{ addHook(name: 'onRequest', hook: Hook): void }>();
      fastify.addHook('onRequest', (_request, _reply, done) => runWithSlot(done));
    } else if (type === 'express') {
      adapter.use((_request: object, _response: object, next: () => void) => runWithSlot(next));
    }
  }

  private prepareMessages(interceptor: MessageInterceptor): void {
    for (const { metatype } of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      if (typeof metatype !== 'function' || !metatype.prototype) continue;
      const prototype = metatype.prototype as Gateway & Record<string, object>;
      if (Reflect.hasMetadata(GATEWAY, metatype)) rememberHandshakes(prototype);
      for (const name of this.scanner.getAllMethodNames(prototype)) intercept(prototype[name], interceptor);
    }
  }
}

type Hook = (request: object, reply: object, done: () => void) => void;

function rememberHandshakes(gateway: Gateway): void {
  if (prepared.has(gateway)) return;
  prepared.add(gateway);
  const { handleConnection } = gateway;
  gateway.handleConnection = function (this: Gateway, client, ...others) {
    rememberHandshake(client, others[0]);
    return handleConnection?.call(this, client, ...others);
  };
}

function intercept(handler: object, interceptor: MessageInterceptor): void {
  if (!MESSAGE_HANDLERS.some((mark) => Reflect.hasMetadata(mark, handler))) return;
  const others = (Reflect.getMetadata(INTERCEPTORS_METADATA, handler) ?? []) as unknown[];
  Reflect.defineMetadata(
    INTERCEPTORS_METADATA,
    [interceptor, ...others.filter((one) => !(one instanceof MessageInterceptor))],
    handler,
  );
}
