// Clients and their metadata.
import { Module } from '@nestjs/common';
import { ClientLifecycle } from './client-lifecycle.js';
import { ClientRules } from './client-rules.js';
import { ClientsRepository } from './clients.repository.js';
import { ClientsService } from './clients.service.js';

@Module({
  providers: [ClientLifecycle, ClientRules, ClientsRepository, ClientsService],
  exports: [ClientLifecycle, ClientRules, ClientsService],
})
export class ClientsModule {}
