// The grant types that this server has, apart from those that are switched off.
import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Registry } from '../../common/plugin.js';
import { ServerOptions } from '../../config/options.js';
import { Grant } from './grant.js';

@Injectable()
export class GrantRegistry extends Registry<Grant> implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    discovery: DiscoveryService,
    private readonly options: ServerOptions,
  ) {
    super(Grant, discovery);
  }

  onModuleInit(): void {
    this.load();
  }

  /** @throws Error when there is no such grant type as one that is switched off */
  onApplicationBootstrap(): void {
    for (const name of this.options.disabledGrantTypes) this.get(name);
  }

  override find(name: string): Grant | undefined {
    return this.options.disabledGrantTypes.includes(name) ? undefined : super.find(name);
  }

  override names(): string[] {
    return super.names().filter((name) => !this.options.disabledGrantTypes.includes(name));
  }
}
