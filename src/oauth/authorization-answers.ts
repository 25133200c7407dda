// The authorization response: what is issued to the client, or why nothing is.
// @see RFC 6749 §4.1.2, RFC 9207 §2 https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
import { Injectable } from '@nestjs/common';
import type { OAuthResponse } from '../common/http.js';
import type { OAuthError } from '../common/oauth-error.js';
import { isLocalRedirect } from '../common/redirect-uri.js';
import { ServerOptions } from '../config/options.js';
import type { Transaction } from '../database/database.js';
import type { Session } from '../sessions/session.js';
import type { AuthorizationRequest, ResponseTarget } from './authorization-request.js';
import type { RememberedClaims } from './claims/claims-request.js';
import { ResponseModeRegistry } from './response-modes/response-mode.js';
import { ResponseTypeRegistry } from './response-types/response-type-registry.js';
import { SessionStates } from './session-states.js';
import { TokenPolicy } from './token-policy.js';

/** Somebody whom the host application has signed in, without a session here. */
export type HostSignIn = Pick<Session, 'userId' | 'authTime' | 'amr'>;

@Injectable()
export class AuthorizationAnswers {
  constructor(
    private readonly responseTypes: ResponseTypeRegistry,
    private readonly responseModes: ResponseModeRegistry,
    private readonly sessionStates: SessionStates,
    private readonly policy: TokenPolicy,
    private readonly options: ServerOptions,
  ) {}

  /**
   * Issues what the request asks for.
   * @param ifConsented only if a remembered consent covers it
   * @returns undefined when it needs consent and there is none, or the session has ended
   */
  async issue(
    request: AuthorizationRequest,
    signedIn: Session | HostSignIn,
    ifConsented: boolean,
    tx?: Transaction,
  ): Promise<OAuthResponse | undefined> {
    const { client, scope } = request;
    const session = sessionOf(signedIn);
    const responseType = this.responseTypes.get(request.responseType);
    const parameters = await responseType.authorize({
      request,
      ifConsented,
      tx,
      grant: {
        clientId: client.id,
        userId: signedIn.userId,
        scope,
        resources: request.resources.map(({ identifier }) => identifier),
        sessionId: scope.includes('openid') ? session?.id : undefined,
        consentScope: request.consentScope.length > scope.length ? request.consentScope : undefined,
        claims: rememberedClaims(request),
        heldSessionId: session?.id,
        // Tokens of an OIDC request without offline_access end with the session.
        sessionBound: scope.includes('openid') && !scope.includes('offline_access'),
        authTime: signedIn.authTime,
        amr: signedIn.amr,
        lifetime: this.policy.grantLifetime(client, responseType.grantTypes[0] ?? '', scope),
      },
    });
    return parameters && this.respond(request, signedIn, parameters);
  }

  /** The error response. @param signedIn undefined: nobody is signed in */
  refuse(
    { code, description }: OAuthError,
    target: ResponseTarget,
    signedIn: Session | HostSignIn | undefined,
  ): Promise<OAuthResponse> {
    const uri = this.options.errorUris[code];
    const parameters = {
      error: code,
      ...(description && { error_description: description }),
      ...(uri && { error_uri: uri }),
    };
    return this.respond(target, signedIn, parameters);
  }

  /** RFC 9207 §2: every authorization response says who gives it. */
  private async respond(
    target: ResponseTarget,
    signedIn: Session | HostSignIn | undefined,
    parameters: Record<string, string>,
  ): Promise<OAuthResponse> {
    const { redirectUri, responseMode, state, openIdClient } = target;
    const session = signedIn && sessionOf(signedIn);
    // OpenID Connect Session Management §2: with an error as well. Of a sign-in that is not ours there is no state.
    const sessionState =
      openIdClient && session === signedIn && this.sessionStates.of(openIdClient, redirectUri, session);
    const all = {
      ...parameters,
      ...(state !== undefined && { state }),
      ...(sessionState && { session_state: sessionState }),
      iss: this.options.issuer,
    };
    return this.responseModes.get(responseMode).respond(redirectUri, all);
  }
}

/** Must the user be asked, whatever is remembered? */
export function asksForConsent({ client, prompt, redirectUri }: AuthorizationRequest): boolean {
  if (prompt.includes('consent')) return true;
  // Any program on the user's machine may answer at such a redirect URI, so a remembered consent proves nothing (RFC 8252 §8.6).
  return !client.metadata.skip_consent && client.isPublic && isLocalRedirect(redirectUri);
}

function sessionOf(signedIn: Session | HostSignIn): Session | undefined {
  return 'id' in signedIn ? signedIn : undefined;
}

/** What later tokens tell, and in which language; most requests say nothing of it. */
function rememberedClaims(request: AuthorizationRequest): RememberedClaims | undefined {
  const { claims, claimsLocales: locales, acrValues = [] } = request;
  if (locales.length === 0 && acrValues.length === 0) return claims;
  return { ...claims, ...(locales.length > 0 && { locales }), ...(acrValues.length > 0 && { acr: acrValues }) };
}
