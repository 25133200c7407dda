// Opens the services for one command, and closes them after it. Slow to load: commands import it when they need it.
import 'reflect-metadata';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { KnownNames } from '../bootstrap/known-names.js';
import { InitialAccessTokens } from '../clients/initial-access-tokens.js';
import { ClientsService } from '../clients/clients.service.js';
import type { Settings } from '../config/env.js';
import { ServerOptions } from '../config/options.js';
import { developmentSecretKeys } from '../config/secrets.js';
import { GrantRegistry } from '../oauth/grants/grant-registry.js';
import { Introspection } from '../oauth/introspection.js';
import { ResourceIndicators } from '../oauth/checks/resource-indicators.js';
import { UserTokens } from '../oauth/user-tokens.js';
import { GrantsService } from '../tokens/grants.service.js';
import { KeyStore } from '../tokens/keys/key-store.js';
import { LocalTokenVerifier } from '../tokens/local-token-verifier.js';
import { UsersService } from '../users/users.service.js';
import { CliModule } from './cli.module.js';
import { startDatabase } from './database.js';

/** What commands work with. */
export class Services {
  constructor(private readonly context: INestApplicationContext) {}

  get options(): ServerOptions {
    return this.context.get(ServerOptions);
  }
  get clients(): ClientsService {
    return this.context.get(ClientsService);
  }
  get initialTokens(): InitialAccessTokens {
    return this.context.get(InitialAccessTokens);
  }
  get users(): UsersService {
    return this.context.get(UsersService);
  }
  get keys(): KeyStore {
    return this.context.get(KeyStore);
  }
  get knownNames(): KnownNames {
    return this.context.get(KnownNames);
  }
  get grantTypes(): GrantRegistry {
    return this.context.get(GrantRegistry);
  }
  get resources(): ResourceIndicators {
    return this.context.get(ResourceIndicators);
  }
  get userTokens(): UserTokens {
    return this.context.get(UserTokens);
  }
  get introspection(): Introspection {
    return this.context.get(Introspection);
  }
  get verifier(): LocalTokenVerifier {
    return this.context.get(LocalTokenVerifier);
  }
  get grants(): GrantsService {
    return this.context.get(GrantsService);
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

export async function openServices(settings: Settings): Promise<Services> {
  const embedded = await startDatabase(settings);
  try {
    const options = ServerOptions.from({
      ...settings.options,
      databaseUrl: settings.databaseUrl ?? embedded?.url,
      databasePoolSize: 2,
      cleanUp: false,
      keyRotation: 0,
      secretKeys: settings.secretKeys ?? developmentSecretKeys(settings.dataDir),
    });
    const module = CliModule.forRoot(options, embedded);
    return new Services(await NestFactory.createApplicationContext(module, { logger: QUIET, abortOnError: false }));
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** Warnings and worse, and what a person waits for; beside what the command prints. */
const QUIET: LoggerService = {
  log: (message: unknown, context: unknown) => void (context === 'Database' && console.error(String(message))),
  debug: () => undefined,
  verbose: () => undefined,
  warn: (message: unknown) => console.error(`Warning: ${String(message)}`),
  // Nest logs an error that ends the start, and throws it: run.ts tells it.
  error: (message: unknown) => void (message instanceof Error || console.error(String(message))),
};
