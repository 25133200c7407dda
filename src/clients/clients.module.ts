// Clients, their metadata and their keys.
import { Module } from '@nestjs/common';
import { ClientKeys } from './client-keys.js';
import { ClientLifecycle } from './client-lifecycle.js';
import { ClientRules } from './client-rules.js';
import { ClientsRepository } from './clients.repository.js';
import { ClientsService } from './clients.service.js';

@Module({
  providers: [ClientKeys, ClientLifecycle, ClientRules, ClientsRepository, ClientsService],
  exports: [ClientKeys, ClientLifecycle, ClientRules, ClientsService],
})
export class ClientsModule {}
