// The identifier by which a client knows a user: the same for all clients, or one for each sector.
// @see OIDC Core §8 https://openid.net/specs/openid-connect-core-1_0.html#SubjectIDTypes
import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { parseUrl } from '../common/url.js';
import { ServerSettingsRepository } from './server-settings.repository.js';

export const SUBJECT_TYPES = ['public', 'pairwise'];
const SALT = 'pairwise_salt';

/** The identifier by which a client knows a user: the same for all clients, or one for each sector. */
@Injectable()
export class SubjectIdentifiers {
  private salt: Promise<string> | undefined;

  constructor(private readonly settings: ServerSettingsRepository) {}

  /** `sub` of the user in everything that the client gets. */
  of(client: Client, userId: string): Promise<string> {
    return this.derive(client, userId, '');
  }

  /** `sid` of a session in everything that the client gets: clients of different sectors cannot compare it either. */
  ofSession(client: Client, sessionId: string): Promise<string> {
    return this.derive(client, sessionId, 'session\0');
  }

  private async derive(client: Client, id: string, kind: string): Promise<string> {
    if (client.subjectType !== 'pairwise') return id;
    return createHmac('sha256', await this.findSalt())
      .update(`${kind}${sectorOf(client)}\0${id}`)
      .digest('base64url');
  }

  /** Made once for the life of the database: what clients know of their users hangs on it. */
  private findSalt(): Promise<string> {
    this.salt ??= this.settings.findOrCreate(SALT, randomBytes(32).toString('base64url')).catch((error: unknown) => {
      this.salt = undefined;
      throw error;
    });
    return this.salt;
  }
}

/** OIDC Core §8.1: host of the sector identifier, else of the redirect URIs. */
function sectorOf({ id, metadata }: Client): string {
  const { sector_identifier_uri: sector, redirect_uris: redirects } = metadata;
  const hosts = new Set((sector === undefined ? redirects : [sector]).map((uri) => parseUrl(uri)?.hostname ?? ''));
  const [host] = hosts;
  return hosts.size === 1 && host ? host : `client:${id}`;
}
