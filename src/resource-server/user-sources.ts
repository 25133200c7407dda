// The registry of user sources. Where there is none for an issuer, a user is what the token says.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Registry } from '../common/plugin.js';
import type { AccessToken } from './token-verifier.js';
import { UserSource } from './user-source.js';

@Injectable()
export class UserSources extends Registry<UserSource> implements OnModuleInit {
  private readonly byIssuer = new Map<string, UserSource>();

  constructor(discovery: DiscoveryService) {
    super(UserSource, discovery);
  }

  /** @throws Error when two know the users of one issuer */
  onModuleInit(): void {
    this.load();
    for (const name of this.names()) {
      const source = this.get(name);
      const issuer = source.issuer ?? name;
      if (this.byIssuer.has(issuer)) throw new Error(`@UserSource: two know the users of ${issuer}.`);
      this.byIssuer.set(issuer, source);
    }
  }

  /** @returns undefined for a client that acts for itself, and where the source does not know the user */
  async userOf(token: AccessToken): Promise<object | undefined> {
    if (token.userId === undefined) return undefined;
    const source = this.byIssuer.get(token.issuer);
    return source ? source.find(token) : { ...token.claims, id: token.userId };
  }
}
