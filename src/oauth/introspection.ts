// What a token is worth, told to whoever may know; to everybody else it is just not active.
// @see RFC 7662 §2.2 https://www.rfc-editor.org/rfc/rfc7662#section-2.2
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { ClientsService } from '../clients/clients.service.js';
import { InvalidClientError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { acrOfGrant } from '../tokens/authentication-context.js';
import { Catalogue } from '../tokens/catalogue.js';
import type { AccessTokenRecord, RefreshTokenRecord } from '../tokens/issuance.js';
import { TokenIssuer } from '../tokens/token-issuer.js';
import { TokenOwners } from '../tokens/token-owners.js';
import { LocalTokenVerifier } from '../tokens/local-token-verifier.js';
import { UsersService } from '../users/users.service.js';
import { SubjectIdentifiers } from './subject-identifiers.js';

/** RFC 7662 §2.2, in wire names. */
export interface IntrospectionResponse {
  active: boolean;
  [member: string]: unknown;
}

const INACTIVE: IntrospectionResponse = { active: false };

/** Says what a token is worth to whoever may know; to everybody else it is just not active. */
@Injectable()
export class Introspection {
  constructor(
    private readonly verifier: LocalTokenVerifier,
    private readonly issuer: TokenIssuer,
    private readonly owners: TokenOwners,
    private readonly catalogue: Catalogue,
    private readonly users: UsersService,
    private readonly clients: ClientsService,
    private readonly subjects: SubjectIdentifiers,
    private readonly options: ServerOptions,
  ) {}

  /** @throws InvalidClientError for a public client, which cannot prove who it is (RFC 7662 §2.1) */
  async introspect(client: Client, token: string): Promise<IntrospectionResponse> {
    if (client.isPublic) throw new InvalidClientError(`public client ${client.id} at the introspection endpoint`);
    const record = await this.verifier.find(token);
    if (!record) return this.introspectRefreshToken(client, token);
    return (await this.mayKnow(client, record.clientId, record.resources)) ? this.describeAccess(record) : INACTIVE;
  }

  /** For administrators: whoever the token was issued to. */
  async inspect(token: string): Promise<IntrospectionResponse> {
    const record = await this.verifier.find(token);
    if (record) return this.describeAccess(record);
    const refreshToken = await this.findRefreshToken(token);
    return refreshToken ? this.describeRefresh(refreshToken) : INACTIVE;
  }

  /** Only the client that it was issued to may know: a resource server must never take it for an access token. */
  private async introspectRefreshToken(client: Client, token: string): Promise<IntrospectionResponse> {
    if (client.isResourceServer) return INACTIVE;
    const record = await this.findRefreshToken(token);
    return record?.clientId === client.id ? this.describeRefresh(record) : INACTIVE;
  }

  /** One that can still be used. */
  private async findRefreshToken(token: string): Promise<RefreshTokenRecord | undefined> {
    const record = await this.issuer.findRefreshToken(token);
    const isUsable = record?.live && record.rotatedAgo === null && (await this.owners.areActive(record));
    return isUsable ? record : undefined;
  }

  private async describeAccess(record: AccessTokenRecord): Promise<IntrospectionResponse> {
    const { resources } = record;
    const aud = resources.length === 0 ? this.options.issuer : resources.length === 1 ? resources[0] : resources;
    return {
      ...(await this.common(record)),
      aud,
      token_type: 'Bearer',
      // RFC 9470 §6.2: how good the sign-in was, and when.
      ...(record.authTime && { auth_time: Math.floor(record.authTime.getTime() / 1000) }),
      ...(record.amr?.length && { amr: record.amr, acr: acrOfGrant(record, this.options) }),
    };
  }

  private async describeRefresh(record: RefreshTokenRecord): Promise<IntrospectionResponse> {
    return { ...(await this.common(record)), token_type: 'refresh_token' };
  }

  private async common(record: {
    clientId: string;
    userId: string | null;
    scope: readonly string[];
    issuedAt: Date;
    expiresAt: Date;
  }): Promise<IntrospectionResponse> {
    const user = record.userId === null ? undefined : await this.users.find(record.userId);
    const client = user && (await this.clients.find(record.clientId));
    return {
      active: true,
      iss: this.options.issuer,
      // The user as the client of the token knows them: a resource server must not tell it more.
      sub: user && client ? await this.subjects.of(client, user.id) : (record.userId ?? record.clientId),
      client_id: record.clientId,
      // A name that every client may come to know would undo pairwise subjects (OIDC Core §8.1).
      ...(user && client?.subjectType !== 'pairwise' && { username: user.username }),
      scope: record.scope.join(' '),
      iat: Math.floor(record.issuedAt.getTime() / 1000),
      exp: Math.floor(record.expiresAt.getTime() / 1000),
    };
  }

  /** Resource servers: tokens without an audience, and those of resources that name them; other clients: their own. */
  private async mayKnow(client: Client, issuedTo: string, resources: readonly string[]): Promise<boolean> {
    if (client.id === issuedTo) return true;
    if (resources.length === 0) return client.isResourceServer;
    for (const identifier of resources) {
      if ((await this.catalogue.findResource(identifier))?.introspectionClients.includes(client.id)) return true;
    }
    return false;
  }
}
