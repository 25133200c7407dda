// Clients, their metadata and their keys.
import { Module } from '@nestjs/common';
import { CleanUp } from '../database/clean-up.js';
import { ClientKeys } from './client-keys.js';
import { ClientLifecycle } from './client-lifecycle.js';
import { ClientRegistrations } from './client-registrations.js';
import { ClientRegistrationsRepository } from './client-registrations.repository.js';
import { ClientRules } from './client-rules.js';
import { ClientsRepository } from './clients.repository.js';
import { ClientsService } from './clients.service.js';
import { HostClients } from './host-clients.js';
import { InitialAccessTokens } from './initial-access-tokens.js';
import { InitialAccessTokensRepository } from './initial-access-tokens.repository.js';
import { SealedSecrets } from './sealed-secrets.js';
import { UsedAssertions } from './used-assertions.js';
import { UsedAssertionsRepository } from './used-assertions.repository.js';

@Module({
  providers: [
    ClientKeys,
    ClientLifecycle,
    ClientRegistrations,
    ClientRegistrationsRepository,
    ClientRules,
    ClientsRepository,
    ClientsService,
    HostClients,
    InitialAccessTokens,
    InitialAccessTokensRepository,
    SealedSecrets,
    UsedAssertions,
    UsedAssertionsRepository,
  ],
  exports: [
    ClientKeys,
    ClientLifecycle,
    ClientRegistrations,
    ClientRules,
    ClientsService,
    InitialAccessTokens,
    SealedSecrets,
    UsedAssertions,
  ],
})
export class ClientsModule {
  constructor(
    cleanUp: CleanUp,
    registrations: ClientRegistrations,
    initialTokens: InitialAccessTokens,
    usedAssertions: UsedAssertions,
  ) {
    cleanUp.register('unused registrations', (limit) => registrations.removeUnused(limit));
    cleanUp.register('initial access tokens', (limit) => initialTokens.removeExpired(limit));
    cleanUp.register('used assertions', (limit) => usedAssertions.removeExpired(limit));
  }
}
