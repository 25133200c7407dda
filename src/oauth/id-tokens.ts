// ID tokens: who signed in, when and how, told to one client.
// @see OIDC Core §2 https://openid.net/specs/openid-connect-core-1_0.html#IDToken
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { AccessDeniedError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { acrOfGrant } from '../tokens/authentication-context.js';
import type { IssuedGrant } from '../tokens/issuance.js';
import { UsersService } from '../users/users.service.js';
import { ClaimsRegistry, type WantedClaims } from './claims/claims-registry.js';
import type { RememberedClaims } from './claims/claims-request.js';
import { ClientJwts, leftHalfHash } from './client-jwts.js';
import { SubjectIdentifiers } from './subject-identifiers.js';

/** What an ID token says of the sign-in. */
export type SignInFacts = Pick<IssuedGrant, 'userId' | 'scope' | 'authTime' | 'amr' | 'sessionId' | 'claims'>;

/** What an ID token is bound to. */
export interface IdTokenBinding {
  nonce?: string;
  /** What is sent beside it, to be hashed. */
  accessToken?: string;
  code?: string;
  state?: string;
  /** OIDC Core §5.4: claims of the scope, because there is no access token to ask for them. @default false */
  scopeClaims?: boolean;
}

/** Makes ID tokens: who signed in, when and how, told to one client. */
@Injectable()
export class IdTokens {
  constructor(
    private readonly jwts: ClientJwts,
    private readonly claims: ClaimsRegistry,
    private readonly subjects: SubjectIdentifiers,
    private readonly users: UsersService,
    private readonly options: ServerOptions,
  ) {}

  /** Does the answer to this grant hold an ID token? Only to an OpenID request of a user's. */
  isDue({ userId, scope }: Pick<IssuedGrant, 'userId' | 'scope'>): boolean {
    return userId !== null && scope.includes('openid');
  }

  /** @throws AccessDeniedError when the account is gone */
  async issue(client: Client, facts: SignInFacts, binding: IdTokenBinding): Promise<string> {
    const user = await this.users.find(facts.userId ?? '');
    if (!user || user.disabled) throw new AccessDeniedError('The account no longer exists.');
    const algorithm = client.idTokenAlgorithm;
    const now = Math.floor(Date.now() / 1000);
    const { nonce, accessToken, code, state } = binding;
    const { locales = [] } = (facts.claims as RememberedClaims | null) ?? {};
    return this.jwts.issueIdToken(client, {
      ...(await this.claims.resolve({ user, client, locales }, this.wanted(facts, binding))),
      iss: this.options.issuer,
      sub: await this.subjects.of(client, user.id),
      aud: client.id,
      exp: now + this.options.lifetimes.idToken,
      iat: now,
      ...(facts.authTime && { auth_time: Math.floor(facts.authTime.getTime() / 1000) }),
      ...(facts.amr?.length && { amr: facts.amr, acr: acrOfGrant(facts, this.options) }),
      ...(facts.sessionId !== null && { sid: await this.subjects.ofSession(client, facts.sessionId) }),
      ...(nonce !== undefined && { nonce }),
      ...(accessToken !== undefined && { at_hash: leftHalfHash(algorithm, accessToken) }),
      ...(code !== undefined && { c_hash: leftHalfHash(algorithm, code) }),
      ...(state !== undefined && { s_hash: leftHalfHash(algorithm, state) }),
    });
  }

  private wanted({ scope, claims }: SignInFacts, { scopeClaims = false }: IdTokenBinding): WantedClaims {
    const asked = Object.entries((claims as RememberedClaims | null)?.id_token ?? {});
    return new Map([...(scopeClaims ? this.claims.ofScope(scope) : []), ...asked]);
  }
}
