// People's accounts and their passwords.
import { Module } from '@nestjs/common';
import { LocalUserSource } from './local-user-source.js';
import { PasswordHasher } from './password-hasher.js';
import { UserLifecycle } from './user-lifecycle.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  providers: [LocalUserSource, UsersRepository, UsersService, UserLifecycle, PasswordHasher],
  exports: [UsersService, UserLifecycle, PasswordHasher],
})
export class UsersModule {}
