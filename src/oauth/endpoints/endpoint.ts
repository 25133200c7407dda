// An endpoint of the protocol as a plug-in: a controller at a path, and its member of the metadata document.
// @see RFC 8414 §2 https://www.rfc-editor.org/rfc/rfc8414#section-2
import { applyDecorators, Controller, Injectable, type OnModuleInit, SetMetadata } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ServerOptions } from '../../config/options.js';

const ENDPOINT = Symbol('plugin:Endpoint');

export interface EndpointOptions {
  /** E.g. `token`. */
  name: string;
  /** Path below the issuer, e.g. `/oauth/token`. */
  path: string;
  methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[];
  /** Member of the metadata document that holds its URL, e.g. `token_endpoint`. */
  metadata?: string;
  /** Further members of the metadata document, which are true because the endpoint is there. */
  capabilities?: Readonly<Record<string, unknown>>;
  /** Whose pages may call it: anyone's, or those of registered public clients. */
  cors?: 'anyone' | 'clients';
  /** Is it switched on? Absent: always. Off it is not in the metadata and answers 404. */
  isOn?: (options: ServerOptions) => boolean;
}

/** @example \@Endpoint({ name: 'ping', path: '/oauth/ping', methods: ['GET'] }) class PingController {} */
export function Endpoint(options: EndpointOptions): ClassDecorator {
  return applyDecorators(Controller(options.path), SetMetadata(ENDPOINT, options));
}

/** What is asked with every request; reflection would look through all the metadata. */
const known = new WeakMap<object, EndpointOptions>();

export function endpointOf(controller: object): EndpointOptions {
  let endpoint = known.get(controller);
  if (!endpoint) {
    endpoint = Reflect.getMetadata(ENDPOINT, controller.constructor) as EndpointOptions;
    known.set(controller, endpoint);
  }
  return endpoint;
}

/** The endpoints that are switched on. */
@Injectable()
export class EndpointRegistry implements OnModuleInit {
  private readonly endpoints = new Map<string, EndpointOptions>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly options: ServerOptions,
  ) {}

  onModuleInit(): void {
    for (const { metatype } of this.discovery.getControllers()) {
      const endpoint = metatype && (Reflect.getMetadata(ENDPOINT, metatype) as EndpointOptions | undefined);
      if (!endpoint || endpoint.isOn?.(this.options) === false) continue;
      if (this.endpoints.has(endpoint.name)) throw new Error(`@Endpoint('${endpoint.name}') is provided twice.`);
      this.endpoints.set(endpoint.name, endpoint);
    }
  }

  all(): EndpointOptions[] {
    return [...this.endpoints.values()];
  }
}
