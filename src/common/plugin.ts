// The one mechanism of plug-ins: a class decorator that names what the class provides, and a registry that finds
// every such class through Nest's DiscoveryService, also those of a host application.
import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

/** How a plug-in is provided. */
export interface PluginOptions {
  /** Takes the place of the plug-in already provided under the same name. */
  replaces?: boolean;
}

interface PluginMark extends PluginOptions {
  name: string;
}

/** A kind of plug-in, e.g. `@Grant`: call it to decorate a class with the name that it provides. */
export interface PluginKind {
  (name: string, options?: PluginOptions): ClassDecorator;
  /** What the kind is called in error messages. */
  readonly label: string;
  readonly metadataKey: symbol;
}

/**
 * A new kind of plug-in.
 * @example const Notifier = pluginKind('Notifier'); // then: \@Notifier('mail') class MailNotifier {}
 */
export function pluginKind(label: string): PluginKind {
  const metadataKey = Symbol(`plugin:${label}`);
  const decorate = (name: string, options: PluginOptions = {}): ClassDecorator =>
    applyDecorators(Injectable(), SetMetadata(metadataKey, { name, ...options } satisfies PluginMark));
  return Object.assign(decorate, { label, metadataKey });
}

/** The plug-ins of one kind by name, in the order in which they were provided. */
export class Registry<T extends object> {
  private readonly plugins = new Map<string, T>();
  private readonly replaced = new Set<string>();
  private changes = 0;

  constructor(
    private readonly kind: PluginKind,
    protected readonly discovery: DiscoveryService,
  ) {}

  /** Changes with every plug-in that is registered. */
  get revision(): number {
    return this.changes;
  }

  /** @throws Error when two plug-ins claim a name and neither replaces the other, or one is request-scoped */
  load(): void {
    for (const wrapper of this.candidates()) {
      const type = wrapper.metatype as object | null;
      if (!type) continue;
      const mark = Reflect.getMetadata(this.kind.metadataKey, type) as PluginMark | undefined;
      if (!mark) continue;
      if (!wrapper.isDependencyTreeStatic() || !wrapper.instance) {
        throw new Error(`@${this.kind.label}('${mark.name}'): ${wrapper.name} must not be request-scoped.`);
      }
      this.register(mark.name, wrapper.instance as T, mark);
    }
  }

  /** Where plug-ins of this kind may be. */
  protected candidates(): ReturnType<DiscoveryService['getProviders']> {
    return this.discovery.getProviders();
  }

  /** @throws Error when the name is taken and `replaces` was not said */
  register(name: string, plugin: T, options: PluginOptions = {}): void {
    const existing = this.plugins.get(name);
    if (existing === plugin) return;
    if (existing && !options.replaces) {
      if (this.replaced.has(name)) return;
      throw new Error(
        `@${this.kind.label}('${name}') is provided twice: ${existing.constructor.name} and ${plugin.constructor.name}. ` +
          `Say { replaces: true } on the one that shall be used.`,
      );
    }
    if (options.replaces) this.replaced.add(name);
    this.plugins.set(name, plugin);
    this.changes++;
  }

  find(name: string): T | undefined {
    return this.plugins.get(name);
  }

  /** @throws Error naming the kind and what there is */
  get(name: string): T {
    const plugin = this.plugins.get(name);
    if (!plugin)
      throw new Error(`No @${this.kind.label}('${name}') is provided; there are: ${this.names().join(', ')}.`);
    return plugin;
  }

  names(): string[] {
    return [...this.plugins.keys()];
  }

  all(): T[] {
    return [...this.plugins.values()];
  }
}
