// Authorization requests that a host application answers by itself: it signs people in and asks them, here is decided what
// has to be asked, and issued what was allowed.
// @see RFC 6749 §4.1.1, OIDC Core §3.1.2.3–3.1.2.5 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequestValidation
import { Injectable } from '@nestjs/common';
import type { OAuthRequest, OAuthResponse } from '../common/http.js';
import {
  AccessDeniedError,
  ConsentRequiredError,
  InvalidScopeError,
  LoginRequiredError,
  MethodNotAllowedError,
} from '../common/oauth-error.js';
import { Parameters, parseForm } from '../common/parameters.js';
import { includesScope } from '../common/scope.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import type { Session } from '../sessions/session.js';
import { GrantsService } from '../tokens/grants.service.js';
import { UsersService } from '../users/users.service.js';
import { asksForConsent, AuthorizationAnswers, type HostSignIn } from './authorization-answers.js';
import { AuthorizationError, type AuthorizationRequest, AuthorizationRequests } from './authorization-request.js';
import { ClaimsRegistry } from './claims/claims-registry.js';
import { parseFormBody } from './endpoints/form.js';
import { type InteractionKind, type SignInStep, SignInSteps } from './sign-in-steps.js';

/**
 * Who is signed in: a session of this server (`SessionsService.find`), or the host's word. `forThisRequest`: they have signed in,
 * or chosen the account, since the request came, which `prompt=login`, `create` and `select_account` ask for.
 */
export type SignedIn = (Session | HostSignIn) & { forThisRequest?: boolean };

/** An authorization request that was found to be good: what a page needs to ask the user. */
export interface ConsentRequest extends AuthorizationRequest {
  /** What people have to do before it is answered, each with a page; undefined: nothing, it can be answered at once. */
  needs?: InteractionKind;
  /** Whoever is signed in is not who is meant. */
  switchUser?: boolean;
}

/** What came of asking the user. */
export interface AuthorizationDecision {
  /** Who is signed in; absent: nobody. */
  user?: SignedIn;
  /**
   * What they said; anything but `allow` is a refusal. Absent: nobody was asked, so that only what they have allowed before is
   * granted.
   */
  consent?: 'allow' | 'deny';
  /** The part of the request's `consentScope` that they allow; absent: all of it. */
  scope?: readonly string[];
  /** Is it remembered for the next request? @default true */
  remember?: boolean;
}

@Injectable()
export class HostAuthorization {
  constructor(
    private readonly requests: AuthorizationRequests,
    private readonly steps: SignInSteps,
    private readonly answers: AuthorizationAnswers,
    private readonly claims: ClaimsRegistry,
    private readonly grants: GrantsService,
    private readonly users: UsersService,
    private readonly database: Database,
    private readonly events: EventBus,
  ) {}

  /** @throws OAuthError for the user's eyes only; AuthorizationError for the client */
  async validate(sent: OAuthRequest, signedIn: SignedIn | undefined): Promise<ConsentRequest> {
    const request = await this.requests.read(readParameters(sent));
    const step = await this.stepBefore(request, signedIn);
    if (step || !signedIn) {
      if (isSilent(request)) throw nobodyFits(request);
      return { ...request, ...(step ?? {}), needs: step?.kind ?? 'sign-in' };
    }
    if (await this.isConsented(request, signedIn.userId)) return request;
    if (isSilent(request)) throw notConsented(request);
    return { ...request, needs: 'consent' };
  }

  /** @throws OAuthError when client or redirect URI are not proven */
  async answer(sent: OAuthRequest | ConsentRequest, decision: AuthorizationDecision): Promise<OAuthResponse> {
    try {
      const request = await ('client' in sent
        ? this.requests.readUnpacked(Parameters.from(sent.parameters))
        : this.requests.read(readParameters(sent)));
      if ('client' in sent && !isWithin(request, sent)) throw notConsented(request);
      return await this.decide(request, decision);
    } catch (error) {
      if (error instanceof AuthorizationError) return this.answers.refuse(error.error, error.target, decision.user);
      throw error;
    }
  }

  /** The error where it belongs: at the redirect URI. */
  refuse({ error, target }: AuthorizationError): Promise<OAuthResponse> {
    // Who is signed in is not known here.
    return this.answers.refuse(error, { ...target, openIdClient: undefined }, undefined);
  }

  private async decide(request: AuthorizationRequest, decision: AuthorizationDecision): Promise<OAuthResponse> {
    const { user: signedIn, consent } = decision;
    const { client } = request;
    // Nobody can have been asked by who must not show a page.
    const asked = isSilent(request) ? undefined : (consent ?? undefined);
    // Whatever a form may say: only the one word allows.
    if (asked !== undefined && asked !== 'allow') {
      if (signedIn) this.events.emit('consent.denied', { userId: signedIn.userId, clientId: client.id });
      throw new AuthorizationError(new AccessDeniedError('The user refused.'), request);
    }
    if (!signedIn || (await this.stepBefore(request, signedIn))) throw nobodyFits(request);
    if (asked === undefined && asksForConsent(request)) throw notConsented(request);
    const allowed = asked === undefined ? request : this.narrow(request, decision.scope);
    const answer = await this.issue(allowed, signedIn, {
      ifConsented: asked === undefined && client.metadata.skip_consent !== true,
      remember: asked !== undefined && decision.remember !== false,
    });
    if (!answer) throw asked === undefined ? notConsented(request) : nobodyFits(request);
    return answer;
  }

  /** @returns undefined when it needs consent and there is none, or the user has changed at this moment */
  private issue(
    request: AuthorizationRequest,
    signedIn: SignedIn,
    { ifConsented, remember }: { ifConsented: boolean; remember: boolean },
  ): Promise<OAuthResponse | undefined> {
    const consent = {
      userId: signedIn.userId,
      clientId: request.client.id,
      scopes: request.consentScope,
      resources: request.resources.map(({ identifier }) => identifier),
    };
    return this.database.transaction(async (tx) => {
      const user = await this.users.find(signedIn.userId);
      // Without a session that ends with it, the account itself must not be disabled at this moment.
      if (!user || !(await this.users.hold(tx, user))) return undefined;
      if (remember) await this.grants.recordConsent(tx, consent);
      const answer = await this.answers.issue(request, signedIn, ifConsented, tx);
      // What is remembered for nothing is not remembered.
      if (!answer && remember) throw nobodyFits(request);
      if (remember) {
        const { userId, clientId, scopes } = consent;
        tx.afterCommit(() => this.events.emit('consent.granted', { userId, clientId, scope: scopes.join(' ') }));
      }
      return answer;
    });
  }

  private async stepBefore(
    request: AuthorizationRequest,
    signedIn: SignedIn | undefined,
  ): Promise<SignInStep | undefined> {
    const user = signedIn && (await this.users.find(signedIn.userId));
    const fresh = signedIn?.forThisRequest === true;
    return this.steps.before(request, user && { user, authTime: signedIn.authTime, amr: signedIn.amr }, {
      startedAt: Date.now(),
      signedIn: fresh,
      selected: fresh,
    });
  }

  private async isConsented(request: AuthorizationRequest, userId: string): Promise<boolean> {
    if (asksForConsent(request)) return false;
    if (request.client.metadata.skip_consent) return true;
    const resources = request.resources.map(({ identifier }) => identifier);
    return this.grants.hasConsent(userId, request.client.id, request.consentScope, resources);
  }

  /**
   * What is left of the request when the user allows only a part.
   * @throws AuthorizationError when it is no part of it, or nothing, or not enough for the response type
   */
  private narrow(request: AuthorizationRequest, scope: readonly string[] | undefined): AuthorizationRequest {
    if (scope === undefined) return request;
    if (!includesScope(request.consentScope, scope))
      throw new AuthorizationError(new InvalidScopeError('More was allowed than was asked for.'), request);
    if (scope.length === 0 && request.consentScope.length > 0)
      throw new AuthorizationError(new AccessDeniedError('The user allowed nothing.'), request);
    // An ID token says who they are, whatever else was allowed.
    if (request.responseType.split(' ').includes('id_token') && !scope.includes('openid'))
      throw new AuthorizationError(new AccessDeniedError('The user did not allow to be known.'), request);
    return {
      ...request,
      scope: request.scope.filter((value) => scope.includes(value)),
      consentScope: request.consentScope.filter((value) => scope.includes(value)),
      claims: request.claims && this.claims.within(scope, request.claims),
    };
  }
}

/** A form of the host's page may be posted to the URL of the request: a parameter that is in both is sent twice. */
function readParameters(sent: OAuthRequest): Parameters {
  const inUrl = parseForm(sent.query);
  if (sent.method === 'GET') return inUrl;
  if (sent.method !== 'POST') throw new MethodNotAllowedError(['GET', 'POST']);
  return Parameters.from([...inUrl.entries(), ...parseFormBody(sent).entries()]);
}

/** Is it what was shown? The client's registration, which completes a request, may have changed since. */
function isWithin({ redirectUri, consentScope }: AuthorizationRequest, shown: ConsentRequest): boolean {
  return redirectUri === shown.redirectUri && includesScope(shown.consentScope, consentScope);
}

/** `prompt=none`: no page may be shown. */
function isSilent({ prompt }: AuthorizationRequest): boolean {
  return prompt.includes('none');
}

function nobodyFits(request: AuthorizationRequest): AuthorizationError {
  return new AuthorizationError(new LoginRequiredError('Nobody is signed in who fits.'), request);
}

function notConsented(request: AuthorizationRequest): AuthorizationError {
  return new AuthorizationError(new ConsentRequiredError('The user has not consented.'), request);
}
