// Finds the methods decorated with `@OnOAuthEvent`, also those of a host application, and has them called.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { EventBus } from './event-bus.js';
import type { OAuthEventName } from './events.js';
import { eventsOf, type OAuthEventListener } from './on-oauth-event.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Instance = Record<string, OAuthEventListener<OAuthEventName>>;

@Injectable()
export class EventListeners implements OnModuleInit {
  constructor(
    private readonly bus: EventBus,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const wrappers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    const found = new Set<object>();
    for (const wrapper of wrappers) {
      // One object may be provided under several tokens.
      const instance: unknown = wrapper.instance;
      const prototype = prototypeOf(wrapper);
      if (!prototype || (isObject(instance) && found.has(instance))) continue;
      const methods = this.scanner
        .getAllMethodNames(prototype)
        .map((name) => ({ name, events: eventsOf(prototype[name]) }))
        .filter(({ events }) => events.length > 0);
      if (methods.length === 0) continue;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient || !isObject(instance)) {
        throw new Error(
          `@OnOAuthEvent('${methods[0].events[0]}'): ${wrapper.name} must not be request-scoped or transient.`,
        );
      }
      found.add(instance);
      for (const { name, events } of methods) this.listen(instance as Instance, name, events);
    }
  }

  private listen(instance: Instance, method: string, events: readonly OAuthEventName[]): void {
    for (const event of events) this.bus.on(event, (payload, name) => instance[method](payload, name));
  }
}

/** Of the instance, or of the class where instances are made later. */
function prototypeOf({ instance, metatype }: Wrapper): Instance | undefined {
  if (isObject(instance)) return Object.getPrototypeOf(instance) as Instance | undefined;
  return (metatype as { prototype?: Instance } | null)?.prototype;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
