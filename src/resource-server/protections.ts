// What each handler of the application asks for, made ready once.
import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { CONTROLLER_WATERMARK, METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ProtectedResources } from './protected-resources.js';
import {
  alternativesOf,
  mergeProtections,
  type Protection,
  PROTECTION,
  type Requirements,
  requirementsOf,
} from './protection.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';

/** A handler that is guarded, or said to be public. */
export interface ProtectedHandler {
  handler: object;
  protection: Protection;
  /** Does it answer HTTP requests? */
  isRoute: boolean;
}

@Injectable()
export class Protections implements OnModuleInit {
  private readonly ready = new WeakMap<object, WeakMap<object, Requirements>>();
  private readonly ofAll: Protection | undefined;

  constructor(
    private readonly resources: ProtectedResources,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    @Inject(RESOURCE_SERVER_OPTIONS) { global = false }: CheckedOptions,
  ) {
    this.ofAll = typeof global === 'object' ? global : global ? {} : undefined;
  }

  /** @throws Error when a guard names a resource that the options do not have */
  onModuleInit(): void {
    for (const { protection } of this.handlers()) this.prepare(protection);
  }

  of(handler: object, controller: object): Requirements {
    let ofHandler = this.ready.get(handler);
    if (!ofHandler) this.ready.set(handler, (ofHandler = new WeakMap()));
    let requirements = ofHandler.get(controller);
    if (!requirements) ofHandler.set(controller, (requirements = this.prepare(this.merged(handler, controller))));
    return requirements;
  }

  /** Of controllers, gateways and resolvers, wherever in the application. */
  handlers(): ProtectedHandler[] {
    // A controller among the providers is one of a server inside the application, which has guards apart.
    const others = this.discovery.getProviders().filter(({ metatype }) => !isController(metatype));
    const wrappers = [...this.discovery.getControllers(), ...others];
    const classes = new Set(wrappers.map(({ metatype }) => metatype).filter((one) => isClass(one)));
    return [...classes].flatMap((one) => this.handlersOf(one));
  }

  /** The scope values that guards of a resource ask for, in alphabetical order. */
  scopesOf(resource: string): string[] {
    const guards = this.handlers().filter(
      ({ protection }) => !protection.isPublic && this.resources.resourceOf(protection) === resource,
    );
    return [...new Set(guards.flatMap(({ protection }) => alternativesOf(protection.scopes).flat()))].sort();
  }

  private handlersOf(controller: Type<object>): ProtectedHandler[] {
    const prototype = controller.prototype as Record<string, object>;
    const ofClass = Reflect.getMetadata(PROTECTION, controller) as Protection | undefined;
    return this.scanner
      .getAllMethodNames(prototype)
      .map((name) => prototype[name])
      .map((handler) => ({ handler, isRoute: Reflect.hasMetadata(METHOD_METADATA, handler) }))
      .filter(
        ({ handler, isRoute }) => ofClass ?? (Reflect.hasMetadata(PROTECTION, handler) || (isRoute && this.ofAll)),
      )
      .map((one) => ({ ...one, protection: this.merged(one.handler, controller) }));
  }

  private merged(handler: object, controller: object): Protection {
    const [ofClass, ofHandler] = [controller, handler].map(
      (one) => Reflect.getMetadata(PROTECTION, one) as Protection | undefined,
    );
    return mergeProtections(this.ofAll, ofClass, ofHandler);
  }

  private prepare(protection: Protection): Requirements {
    const resource = this.resources.resourceOf(protection);
    return requirementsOf({ ...protection, resource: resource ?? false }, this.resources.spaceOf(resource));
  }
}

function isController(metatype: unknown): boolean {
  return isClass(metatype) && Reflect.hasMetadata(CONTROLLER_WATERMARK, metatype);
}

function isClass(metatype: unknown): metatype is Type<object> {
  return typeof metatype === 'function' && typeof metatype.prototype === 'object' && metatype.prototype !== null;
}
