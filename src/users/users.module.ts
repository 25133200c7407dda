// People's accounts and their passwords.
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CleanUp } from '../database/clean-up.js';
import { EndedAccessesRepository } from './ended-accesses.repository.js';
import { HostUsers } from './host-users.js';
import { LocalUserSource } from './local-user-source.js';
import { PasswordHasher } from './password-hasher.js';
import { UserLifecycle } from './user-lifecycle.js';
import { UserIdentities } from './user-identities.js';
import { UserIdentitiesRepository } from './user-identities.repository.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [DiscoveryModule],
  providers: [
    EndedAccessesRepository,
    HostUsers,
    LocalUserSource,
    UserIdentities,
    UserIdentitiesRepository,
    UsersRepository,
    UsersService,
    UserLifecycle,
    PasswordHasher,
  ],
  exports: [UserIdentities, UsersService, UserLifecycle, PasswordHasher],
})
export class UsersModule {
  constructor(cleanUp: CleanUp, endedAccesses: EndedAccessesRepository) {
    cleanUp.register('ended accesses', (limit) => endedAccesses.removeOld(limit));
  }
}
