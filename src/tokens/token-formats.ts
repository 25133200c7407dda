// The registry of token formats.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Registry } from '../common/plugin.js';
import { TokenFormat } from './formats/token-format.js';

const OPAQUE = 'opaque';

@Injectable()
export class TokenFormats extends Registry<TokenFormat> implements OnModuleInit {
  constructor(discovery: DiscoveryService) {
    super(TokenFormat, discovery);
  }

  onModuleInit(): void {
    this.load();
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
