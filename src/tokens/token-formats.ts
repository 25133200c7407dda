// The registry of token formats.
import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Registry } from '../common/plugin.js';
import { ServerOptions } from '../config/options.js';
import { TokenFormat } from './formats/token-format.js';

const OPAQUE = 'opaque';

@Injectable()
export class TokenFormats extends Registry<TokenFormat> implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    discovery: DiscoveryService,
    private readonly options: ServerOptions,
  ) {
    super(TokenFormat, discovery);
  }

  onModuleInit(): void {
    this.load();
  }

  /** @throws Error when there is no such format as the server's */
  onApplicationBootstrap(): void {
    this.get(this.options.accessTokenFormat);
  }

  /** The identifier under which a presented token is stored; undefined when it was not issued here. */
  async identify(token: string): Promise<string | undefined> {
    for (const name of this.names()) {
      const format = this.get(name);
      if (name !== OPAQUE && format.recognizes(token)) return format.identify(token);
    }
    return this.get(OPAQUE).identify(token);
  }
}
