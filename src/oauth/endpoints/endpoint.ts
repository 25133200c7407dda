// An endpoint of the protocol as a plug-in: a controller at a path, and its member of the metadata document.
// @see RFC 8414 §2 https://www.rfc-editor.org/rfc/rfc8414#section-2
import { applyDecorators, Controller, Injectable, type OnModuleInit, SetMetadata } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { OAuthRequest, OAuthResponse } from '../../common/http.js';
import { pluginKind, type PluginOptions, Registry } from '../../common/plugin.js';
import { ServerOptions } from '../../config/options.js';

const KIND = pluginKind('Endpoint');

/** Where an endpoint is, and what is said of it. */
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

/** Another answer at the address of an endpoint that is there; what is not said stays as it was. */
export interface EndpointReplacement extends Partial<Omit<EndpointOptions, 'name' | 'path'>> {
  name: string;
  replaces: true;
}

/** What answers at an endpoint, without HTTP. */
export interface EndpointResponder {
  /** @throws OAuthError, BearerError which become the error response */
  respond(request: OAuthRequest): OAuthResponse | Promise<OAuthResponse>;
  /**
   * Checks a request before a page asks the user about it; absent: there is nothing to ask.
   * @throws OAuthError
   */
  validate?(request: OAuthRequest): Promise<unknown>;
}

/**
 * Makes a class an endpoint of the protocol. A new one extends `EndpointController` and is listed under `controllers`; one that
 * `replaces` another implements `EndpointResponder` and is listed under `providers`: it answers at the address of the other one.
 *
 * @example
 * \@Endpoint({ name: 'ping', path: '/oauth/ping', methods: ['GET'], metadata: 'ping_endpoint' })
 * class PingEndpoint extends EndpointController {
 *   respond(): OAuthResponse { return jsonResponse(200, { pong: true }); }
 * }
 */
export function Endpoint(options: EndpointOptions | EndpointReplacement): ClassDecorator {
  const kind = 'replaces' in options ? Injectable() : Controller(options.path);
  return applyDecorators(kind, SetMetadata(KIND.metadataKey, options));
}

/** Is the class decorated with {@link Endpoint}? */
export function isEndpoint(controller: object | null): boolean {
  return typeof controller === 'function' && Reflect.hasMetadata(KIND.metadataKey, controller);
}

/** What is asked with every request; reflection would look through all the metadata. */
const known = new WeakMap<object, string>();

/** The name of a controller that is decorated with `@Endpoint`. */
export function endpointNameOf(controller: object): string {
  let name = known.get(controller);
  if (name === undefined) {
    ({ name } = Reflect.getMetadata(KIND.metadataKey, controller.constructor) as EndpointOptions);
    known.set(controller, name);
  }
  return name;
}

/** The endpoints that are switched on, by name. */
@Injectable()
export class EndpointRegistry extends Registry<Partial<EndpointResponder>> implements OnModuleInit {
  private readonly described = new Map<string, EndpointOptions>();

  constructor(
    discovery: DiscoveryService,
    private readonly options: ServerOptions,
  ) {
    super(KIND, discovery);
  }

  onModuleInit(): void {
    this.load();
  }

  protected override candidates(): ReturnType<DiscoveryService['getProviders']> {
    return [...this.discovery.getControllers(), ...this.discovery.getProviders()];
  }

  /**
   * @param options all of them, or of a replacement those that differ
   * @throws Error when the name is taken and `replaces` was not said, or nothing but pages answers there
   */
  override register(
    name: string,
    endpoint: Partial<EndpointResponder>,
    options: PluginOptions & Partial<EndpointOptions> = {},
  ): void {
    const existing = super.find(name);
    super.register(name, endpoint, options);
    const isUsed = super.find(name) === endpoint;
    if (existing && existing !== endpoint && !(isUsed ? existing : endpoint).respond)
      throw new Error(`@Endpoint('${name}') cannot be replaced: its answers are pages.`);
    const other = this.described.get(name);
    this.described.set(name, (isUsed ? { ...other, ...options } : { ...options, ...other }) as EndpointOptions);
  }

  override find(name: string): Partial<EndpointResponder> | undefined {
    return this.isOn(name) ? super.find(name) : undefined;
  }

  override names(): string[] {
    return super.names().filter((name) => this.isOn(name));
  }

  /** Where it is, and what is said of it; also of one that is switched off. */
  describe(name: string): EndpointOptions | undefined {
    return this.described.get(name);
  }

  /** Where they are, and what is said of them. */
  list(): EndpointOptions[] {
    return [...this.described.values()].filter(({ name }) => this.isOn(name));
  }

  private isOn(name: string): boolean {
    return this.described.get(name)?.isOn?.(this.options) !== false;
  }
}
