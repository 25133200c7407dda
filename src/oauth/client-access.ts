// What the protocol holds of a client: it ends together with the client or its right to it, and must be possible here.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClientLifecycle } from '../clients/client-lifecycle.js';
import { ClientRules } from '../clients/client-rules.js';
import { ClientsService } from '../clients/clients.service.js';
import { GrantsService } from '../tokens/grants.service.js';
import { TokenFormats } from '../tokens/token-formats.js';
import { UserLifecycle } from '../users/user-lifecycle.js';

@Injectable()
export class ClientAccess implements OnModuleInit {
  constructor(
    private readonly lifecycle: ClientLifecycle,
    private readonly userLifecycle: UserLifecycle,
    private readonly rules: ClientRules,
    private readonly clients: ClientsService,
    private readonly grants: GrantsService,
    private readonly formats: TokenFormats,
  ) {}

  onModuleInit(): void {
    this.lifecycle.onAccessEnded((tx, clientId, reason, scopes) =>
      this.grants.revokeByClient(tx, clientId, reason, scopes),
    );
    this.lifecycle.onDeleted((tx, clientIds) => this.grants.deleteOf(tx, { clientIds }));
    this.userLifecycle.onDeleted((tx, userId) => this.clients.deleteOwnedBy(tx, userId));
    // Without the format no token could be issued.
    this.rules.add(({ access_token_format: format }) => {
      const formats = this.formats.names();
      return format === undefined || formats.includes(format)
        ? []
        : [{ member: 'access_token_format', problem: `must be one of: ${formats.join(', ')}` }];
    });
  }
}
