// Applies the bootstrap file at every start: creates what is missing, updates what differs, never deletes. Passwords and
// secrets are set when an entry is created and left alone ever after.
import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger } from '@nestjs/common';
import { needsSecret } from '../clients/client-secret.js';
import { ClientsService } from '../clients/clients.service.js';
import { ConfigurationError } from '../config/env.js';
import { ServerOptions } from '../config/options.js';
import { Database } from '../database/database.js';
import { Catalogue } from '../tokens/catalogue.js';
import type { NewUser } from '../users/user-input.js';
import { UserInputError } from '../users/user-input-error.js';
import { UsersService } from '../users/users.service.js';
import type { BootstrapClient, BootstrapDocument } from './bootstrap-document.js';
import { type Administrator, FirstAdministrator } from './first-administrator.js';
import { KnownNames } from './known-names.js';

const LOCK = 7_236_921_105;

/** What is to be told, once. */
export interface BootstrapNews {
  /** Is it the first start of a server in development? */
  firstStart: boolean;
  /** The administrator that was created. */
  administrator?: Administrator;
  /** The secrets that were generated. */
  clientSecrets: { clientId: string; clientSecret: string }[];
}

@Injectable()
export class Bootstrap {
  private readonly logger = new Logger(Bootstrap.name);

  constructor(
    private readonly users: UsersService,
    private readonly clients: ClientsService,
    private readonly catalogue: Catalogue,
    private readonly knownNames: KnownNames,
    private readonly administrator: FirstAdministrator,
    private readonly database: Database,
    private readonly options: ServerOptions,
  ) {}

  /**
   * Applies the file; one instance at a time.
   * @param news is filled while it works, so that it can be told whatever happens next; where nothing can be told,
   * nothing is generated: no administrator, and no secret
   * @throws ConfigurationError naming what cannot be applied
   */
  async apply(document: BootstrapDocument, news?: BootstrapNews): Promise<void> {
    refuse(this.knownNames.faults(document));
    for (const warning of this.knownNames.warnings(document)) this.logger.warn(warning);
    await this.database.exclusively(LOCK, async () => {
      refuse(await this.missingSecrets(document.clients, news));
      if (this.users.areHosts && document.users.length > 0) refuse(['users: are managed by the host application']);
      // First of all: an interrupted start leaves no server that nobody administers.
      if (news && !this.users.areHosts) {
        news.firstStart = !this.options.production && (await this.users.list({ limit: 1 })).length === 0;
        if (news.firstStart) news.administrator = await this.administrator.create(document.users);
      }
      for (const { name, description } of document.scopes) await this.catalogue.saveScope(name, description);
      for (const resource of document.resources) await this.catalogue.saveResource(resource);
      for (const [index, user] of document.users.entries()) await this.applyUser(user, `users[${index}]`);
      for (const [index, client] of document.clients.entries()) {
        const clientSecret = await this.applyClient(client, `clients[${index}]`);
        if (clientSecret !== undefined) news?.clientSecrets.push({ clientId: client.clientId, clientSecret });
      }
    });
  }

  /** In production a generated secret would end up in a log. */
  private async missingSecrets(clients: readonly BootstrapClient[], news?: BootstrapNews): Promise<string[]> {
    const faults: string[] = [];
    if (news && !this.options.production) return faults;
    for (const [index, { clientId, clientSecret, metadata }] of clients.entries()) {
      if (clientSecret !== undefined || !needsSecret(metadata) || (await this.clients.find(clientId))) continue;
      const where = news ? ' in production' : '';
      faults.push(`clients[${index}].client_secret: must be given${where} when the client is created`);
    }
    return faults;
  }

  private async applyUser(user: NewUser, path: string): Promise<void> {
    const present = await this.users.findByLogin(user.username);
    try {
      if (!present) {
        await this.users.create(user, 'administrator');
        return;
      }
      const { password: _, ...changes } = user;
      await this.users.update(present.id, changes, 'administrator');
    } catch (error) {
      if (!(error instanceof UserInputError)) throw error;
      refuse(error.faults.map(({ member, problem }) => `${path}.${member}: ${problem}`));
    }
    const gained = user.roles?.filter((role) => !present?.roles.includes(role)) ?? [];
    if (gained.length > 0) {
      this.logger.warn(`${path}: the account was there before; it has new roles and keeps its password`);
    }
  }

  /** @returns the secret, when one was generated */
  private async applyClient(entry: BootstrapClient, path: string): Promise<string | undefined> {
    const { clientId, metadata } = entry;
    const present = await this.clients.findFresh(clientId);
    if (present?.isHosts) refuse([`${path}.client_id: is a client of the host application`]);
    if (!present) {
      const { clientSecret } = await this.clients.create(entry);
      return entry.clientSecret === undefined ? clientSecret : undefined;
    }
    const isSame = isDeepStrictEqual(present.metadata, metadata);
    const client = isSame ? present : await this.clients.update(clientId, metadata);
    if (needsSecret(metadata) && client?.usableSecrets.length === 0) {
      const method = metadata.token_endpoint_auth_method;
      this.logger.warn(
        `${path}: the client has no secret for ${method}; give it one with: client rotate-secret ${clientId}`,
      );
    }
    return undefined;
  }
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new ConfigurationError(faults);
}
