// Tells the tokens who knows about the host's users and clients: what they hold is worth nothing once they are gone.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClientsService } from '../clients/clients.service.js';
import { TokenOwners } from '../tokens/token-owners.js';
import { UsersService } from '../users/users.service.js';

@Injectable()
export class HostOwners implements OnModuleInit {
  constructor(
    private readonly owners: TokenOwners,
    private readonly users: UsersService,
    private readonly clients: ClientsService,
  ) {}

  onModuleInit(): void {
    const { users, clients } = this;
    this.owners.use({
      users: {
        get elsewhere() {
          return users.areHosts;
        },
        isActive: async (id) => (await users.find(id))?.disabled === false,
      },
      clients: {
        get elsewhere() {
          return clients.hasOtherSource;
        },
        isActive: async (id) => (await clients.find(id))?.disabled === false,
      },
    });
  }
}
