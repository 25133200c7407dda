// Clients, their metadata and their keys.
import { Module } from '@nestjs/common';
import { CleanUp } from '../database/clean-up.js';
import { ClientKeys } from './client-keys.js';
import { ClientLifecycle } from './client-lifecycle.js';
import { ClientRules } from './client-rules.js';
import { ClientsRepository } from './clients.repository.js';
import { ClientsService } from './clients.service.js';
import { SealedSecrets } from './sealed-secrets.js';
import { UsedAssertions } from './used-assertions.js';
import { UsedAssertionsRepository } from './used-assertions.repository.js';

@Module({
  providers: [
    ClientKeys,
    ClientLifecycle,
    ClientRules,
    ClientsRepository,
    ClientsService,
    SealedSecrets,
    UsedAssertions,
    UsedAssertionsRepository,
  ],
  exports: [ClientKeys, ClientLifecycle, ClientRules, ClientsService, SealedSecrets, UsedAssertions],
})
export class ClientsModule {
  constructor(cleanUp: CleanUp, usedAssertions: UsedAssertions) {
    cleanUp.register('used assertions', (limit) => usedAssertions.removeExpired(limit));
  }
}
