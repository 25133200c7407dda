// The response types that this server has.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Registry } from '../../common/plugin.js';
import { GrantRegistry } from '../grants/grant-registry.js';
import { ResponseType } from './response-type.js';

@Injectable()
export class ResponseTypeRegistry extends Registry<ResponseType> implements OnModuleInit {
  constructor(
    discovery: DiscoveryService,
    private readonly grants: GrantRegistry,
  ) {
    super(ResponseType, discovery);
  }

  onModuleInit(): void {
    this.load();
  }

  /** One of a grant type that is switched off is not there. */
  override find(name: string): ResponseType | undefined {
    const responseType = super.find(name);
    return responseType?.grantTypes.every((grantType) => this.grants.find(grantType)) ? responseType : undefined;
  }

  override names(): string[] {
    return super.names().filter((name) => this.find(name) !== undefined);
  }
}
