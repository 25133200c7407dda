// What a client may know of the user whose access token it has.
// @see OIDC Core §5.3 https://openid.net/specs/openid-connect-core-1_0.html#UserInfo
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { ClientsService } from '../clients/clients.service.js';
import { EventBus } from '../events/event-bus.js';
import type { AccessTokenRecord } from '../tokens/issuance.js';
import { insufficientScope, invalidToken } from '../resource-server/bearer-challenge.js';
import { LocalTokenVerifier } from '../tokens/local-token-verifier.js';
import { UsersService } from '../users/users.service.js';
import { ClaimsRegistry } from './claims/claims-registry.js';
import type { RememberedClaims } from './claims/claims-request.js';
import { ClientJwts } from './client-jwts.js';
import { SubjectIdentifiers } from './subject-identifiers.js';

/** Names the userinfo endpoint in challenges. */
export const USERINFO_REALM = 'userinfo';

/** Tells a client what it may know of the user whose access token it has. */
@Injectable()
export class Userinfo {
  constructor(
    private readonly verifier: LocalTokenVerifier,
    private readonly clients: ClientsService,
    private readonly users: UsersService,
    private readonly claims: ClaimsRegistry,
    private readonly subjects: SubjectIdentifiers,
    private readonly jwts: ClientJwts,
    private readonly events: EventBus,
  ) {}

  /**
   * The claims as JSON, or as the JWT that the client is registered for.
   * @throws BearerError when the token is not good or meant for another resource, or comes from no OpenID request of a user's
   */
  async respond(token: string): Promise<object | string> {
    const record = await this.verifier.find(token);
    // A token that is bound to a resource is for that resource alone.
    if (!record || record.resources.length > 0) throw invalidToken(USERINFO_REALM);
    if (!record.scope.includes('openid') || record.userId === null) throw insufficientScope(USERINFO_REALM, 'openid');
    const client = await this.clients.find(record.clientId);
    if (!client || client.disabled) throw invalidToken(USERINFO_REALM);
    const claims = await this.claimsOf(client, record, record.userId);
    const { clientId, userId, scope } = record;
    this.events.emit('token.authenticated', { clientId, userId: userId ?? undefined, scope: scope.join(' ') });
    return this.jwts.userinfoFor(client, claims);
  }

  private async claimsOf(client: Client, { scope, claims }: AccessTokenRecord, userId: string): Promise<object> {
    const user = await this.users.find(userId);
    if (!user || user.disabled) throw invalidToken(USERINFO_REALM);
    const { userinfo, locales = [] } = (claims as RememberedClaims | null) ?? {};
    const asked = Object.entries(userinfo ?? {});
    const wanted = new Map([...this.claims.ofScope(scope), ...asked]);
    const told = await this.claims.resolve({ user, client, locales }, wanted);
    return { ...told, sub: await this.subjects.of(client, user.id) };
  }
}
