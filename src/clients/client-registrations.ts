// Clients that registered themselves: created, managed by the token that they got, removed when nothing came of it.
// @see RFC 7591 §3, RFC 7592 §2 https://www.rfc-editor.org/rfc/rfc7592#section-2
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { credentialKey, generateCredential } from '../common/credential.js';
import { ServerOptions } from '../config/options.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import type { Client } from './client.js';
import type { ClientMetadata } from './client-metadata.js';
import { ClientRegistrationsRepository } from './client-registrations.repository.js';
import { ClientsService, type CreatedClient } from './clients.service.js';
import { InitialAccessTokens } from './initial-access-tokens.js';

/** Clients of which this process knows that they have got a token. */
const MAX_KNOWN = 10_000;

/** What a client registers. */
export interface RegistrationInput {
  metadata: ClientMetadata;
  /** As it was given. */
  softwareStatement?: string;
}

/** With what is shown this one time. */
export interface RegisteredClient extends CreatedClient {
  registrationAccessToken: string;
  softwareStatement?: string;
}

/** The token that was presented is of no use any more. */
export class TokenUsedUpError extends Error {}

/** The client is not any more what it was a moment ago. */
export class ClientChangedError extends Error {}

@Injectable()
export class ClientRegistrations {
  private readonly known = new Set<string>();

  constructor(
    private readonly repository: ClientRegistrationsRepository,
    private readonly clients: ClientsService,
    private readonly initialTokens: InitialAccessTokens,
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly options: ServerOptions,
  ) {
    events.on('token.issued', ({ clientId }) => this.markUsed(clientId));
  }

  /**
   * @param initialAccessToken of which one use is taken
   * @throws ClientMetadataError
   * @throws TokenUsedUpError when nobody can register with the initial access token any more
   */
  async create(
    { metadata, softwareStatement }: RegistrationInput,
    initialAccessToken?: string,
  ): Promise<RegisteredClient> {
    const token = generateCredential();
    const created = await this.clients.create({ metadata, selfRegistered: true }, async (tx, clientId) => {
      const id = initialAccessToken && (await this.initialTokens.consume(tx, initialAccessToken));
      if (initialAccessToken !== undefined && id === undefined) throw new TokenUsedUpError();
      const tokenKey = credentialKey(token);
      await this.repository.insert(tx, { clientId, tokenKey, softwareStatement, initialAccessTokenId: id });
    });
    this.events.emit('client.registered', { clientId: created.client.id });
    return { ...created, registrationAccessToken: token, softwareStatement };
  }

  /** The client whose registration the token manages; undefined when it is of another one, or of none. */
  async find(clientId: string, token: string): Promise<RegisteredClient | undefined> {
    const registration = await this.repository.find(credentialKey(token), clientId);
    const client = registration && (await this.clients.findFresh(clientId));
    return client && { client, registrationAccessToken: token, ...registration };
  }

  /**
   * Replaces the metadata and the token; a secret comes or goes with the authentication method.
   * @param client as it was when the metadata was found good
   * @throws ClientMetadataError
   * @throws TokenUsedUpError when somebody else was faster with the same token
   * @throws ClientChangedError when an administrator was faster: the client may have fewer rights now
   */
  async replace(
    { id: clientId, metadata: seen }: Client,
    token: string,
    { metadata, softwareStatement }: RegistrationInput,
  ): Promise<RegisteredClient> {
    const next = generateCredential();
    const keys = { present: credentialKey(token), next: credentialKey(next) };
    const change = (present: ClientMetadata): ClientMetadata => {
      if (!isDeepStrictEqual(present, seen)) throw new ClientChangedError();
      return metadata;
    };
    const replaced = await this.clients.replace(clientId, change, async (tx) => {
      if (!(await this.repository.rotate(tx, clientId, keys, softwareStatement))) throw new TokenUsedUpError();
    });
    if (!replaced) throw new TokenUsedUpError();
    return { ...replaced, registrationAccessToken: next, softwareStatement };
  }

  /** Deletes clients that never got a token, in time. @returns how many; fewer than `limit` is all */
  removeUnused(limit: number): Promise<number> {
    const { unusedRegistrationLifetime: lifetime, unusedRegistrations: most } = this.options;
    return this.database.transaction(async (tx) => {
      const removed = await this.repository.removeUnused(tx, lifetime === 0 ? null : lifetime, most, limit);
      await this.clients.deleted(tx, removed);
      return removed.length;
    });
  }

  private async markUsed(clientId: string): Promise<void> {
    if (this.known.has(clientId)) return;
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.add(clientId);
    try {
      await this.repository.markUsed(clientId);
    } catch (error) {
      this.known.delete(clientId);
      throw error;
    }
  }
}
