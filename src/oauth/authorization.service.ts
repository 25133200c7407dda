// The authorization endpoint's decisions: what an authenticated user gets, and what must happen before.
// @see RFC 6749 §4.1.2, OIDC Core §3.1.2.3–3.1.2.5 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequestValidation
import { Injectable } from '@nestjs/common';
import type { OAuthResponse } from '../common/http.js';
import { AccessDeniedError, ConsentRequiredError, LoginRequiredError, OAuthError } from '../common/oauth-error.js';
import type { Parameters } from '../common/parameters.js';
import { isLocalRedirect } from '../common/redirect-uri.js';
import { ServerOptions } from '../config/options.js';
import { Database, type Transaction } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import type { Session } from '../sessions/session.js';
import { GrantsService } from '../tokens/grants.service.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { checkAcr } from './authentication-context.js';
import type { RememberedClaims } from './claims/claims-request.js';
import {
  AuthorizationError,
  type AuthorizationRequest,
  AuthorizationRequests,
  type ResponseTarget,
  type SentRequest,
} from './authorization-request.js';
import { checkAdministrationScope } from './checks/administration-scope.js';
import { InteractionError } from './interactions/interaction-error.js';
import { type Interaction, InteractionsService, shownOf, signInOf } from './interactions/interactions.service.js';
import { ResponseModeRegistry } from './response-modes/response-mode.js';
import { ResponseTypeRegistry } from './response-types/response-type-registry.js';
import { SessionStates } from './session-states.js';
import { SubjectIdentifiers } from './subject-identifiers.js';
import { TokenPolicy } from './token-policy.js';

/** What comes of an authorization request. */
export type AuthorizationOutcome =
  /** It is answered: send this. */
  | {
      kind: 'response';
      response: OAuthResponse;
      /** Of an OpenID request: whose state the browser is to hold; null: nobody is signed in. */
      stateOf?: Session | null;
    }
  /** People have something to do first. */
  | { kind: InteractionKind; interaction: Interaction; request: AuthorizationRequest; switchUser?: boolean };

/** Milliseconds by which the clocks of the database, which dates sign-ins, and of this server may differ. */
const CLOCK_SKEW = 10_000;

/** What people have to do: each has its page. `switchUser`: whoever is signed in is not who is meant. */
export type InteractionKind = 'sign-in' | 'sign-up' | 'select-account' | 'consent';

@Injectable()
export class AuthorizationService {
  constructor(
    private readonly requests: AuthorizationRequests,
    private readonly interactions: InteractionsService,
    private readonly responseTypes: ResponseTypeRegistry,
    private readonly responseModes: ResponseModeRegistry,
    private readonly grants: GrantsService,
    private readonly users: UsersService,
    private readonly sessionStates: SessionStates,
    private readonly subjects: SubjectIdentifiers,
    private readonly policy: TokenPolicy,
    private readonly database: Database,
    private readonly options: ServerOptions,
    private readonly events: EventBus,
  ) {}

  /**
   * Answers an authorization request, or says what is needed first.
   * @throws OAuthError when client or redirect URI are not proven: show it to the user
   */
  authorize(sent: SentRequest, session: Session | undefined): Promise<AuthorizationOutcome> {
    return this.answering(session, async () => {
      const { parameters, unpacked } = sent;
      const request = await (unpacked ? this.requests.readUnpacked(parameters) : this.requests.read(parameters));
      return this.decide(request, session);
    });
  }

  /**
   * Takes a request that comes back with the browser's cookies: a request object is unpacked at once, so that it may be
   * longer than a URL, and is read once.
   * @throws OAuthError when client or redirect URI are not proven: show it to the user
   */
  async accept(parameters: Parameters): Promise<SentRequest | OAuthResponse> {
    if (!parameters.has('request') && !parameters.has('request_uri')) return { parameters, unpacked: false };
    try {
      return { parameters: await this.requests.unpack(parameters), unpacked: true };
    } catch (error) {
      if (error instanceof AuthorizationError) {
        // The session is not known here: its cookie does not come with what another site posts.
        return this.errorResponse(error.error, { ...error.target, openIdClient: undefined }, undefined);
      }
      throw error;
    }
  }

  /** Goes on with an interaction after something was done; what the user has decided stays decided. */
  resume(interaction: Interaction, session: Session | undefined): Promise<AuthorizationOutcome> {
    return this.answering(session, async () => {
      if (await this.grants.isInteractionFinished(interaction.id)) throw answeredBefore();
      const request = await this.requests.readUnpacked(interaction.parameters);
      return this.decide(request, session, interaction);
    });
  }

  /** Takes the user's decision on what the consent page showed; an interaction is decided once. */
  decideConsent(
    interaction: Interaction,
    session: Session | undefined,
    allowed: boolean,
  ): Promise<AuthorizationOutcome> {
    return this.answering(session, async () => {
      const request = await this.requests.readUnpacked(interaction.parameters);
      const user = session && (await this.users.find(session.userId));
      const step = await this.stepBefore(request, user && { user, session }, interaction);
      if (step) return { ...step, interaction, request };
      // Without a step somebody is signed in.
      if (!session || !user) throw answeredBefore();
      checkAdministrationScopeFor(request, user);
      // The client may have changed its registration while the page was open.
      if (allowed && interaction.shown !== shownOf(request)) return { kind: 'consent', interaction, request };
      if (!allowed) {
        await this.database.transaction((tx) => this.finish(tx, interaction));
        this.events.emit('consent.denied', { userId: session.userId, clientId: request.client.id });
        throw new AuthorizationError(new AccessDeniedError('The user refused.'), request);
      }
      const response = await this.database.transaction(async (tx) => {
        const consent = {
          userId: session.userId,
          clientId: request.client.id,
          scopes: request.consentScope,
          resources: request.resources.map(({ identifier }) => identifier),
        };
        if (!(await this.grants.rememberConsent(tx, this.answered(interaction), consent))) throw answeredBefore();
        tx.afterCommit(() =>
          this.events.emit('consent.granted', {
            userId: session.userId,
            clientId: request.client.id,
            scope: request.consentScope.join(' '),
          }),
        );
        const issued = await this.issue(request, session, false, tx);
        if (issued) return issued;
        throw new AuthorizationError(new LoginRequiredError('The session has ended.'), request);
      });
      return outcomeOf(response, request, session);
    });
  }

  /** Takes the user's word that the account that is signed in is the one to go on with. */
  selectAccount(interaction: Interaction, session: Session | undefined): Promise<AuthorizationOutcome> {
    return this.resume({ ...interaction, selected: session && signInOf(session) }, session);
  }

  /** Whoever it was turned away from the sign-in page. Nothing is stored: nobody is signed in. */
  cancel(interaction: Interaction, session: Session | undefined): Promise<AuthorizationOutcome> {
    return this.answering(session, async () => {
      const request = await this.requests.readUnpacked(interaction.parameters);
      throw new AuthorizationError(new AccessDeniedError('The user did not sign in.'), request);
    });
  }

  private async decide(
    request: AuthorizationRequest,
    session: Session | undefined,
    interaction?: Interaction,
  ): Promise<AuthorizationOutcome> {
    const silent = request.prompt.includes('none');
    const pending = (): Interaction => interaction ?? this.interactions.start(request, session);
    const user = session && (await this.users.find(session.userId));
    const step = await this.stepBefore(request, user && { user, session }, interaction);
    if (step || !user) {
      if (silent) throw new AuthorizationError(new LoginRequiredError('Nobody is signed in who fits.'), request);
      return { kind: 'sign-in', ...step, interaction: pending(), request };
    }
    checkAdministrationScopeFor(request, user);

    const asks =
      request.prompt.includes('consent') || (!request.client.metadata.skip_consent && isAlwaysAsked(request));
    const response = asks
      ? undefined
      : await this.issueOnce(request, session, request.client.metadata.skip_consent !== true, interaction);
    if (response) return outcomeOf(response, request, session);
    if (silent) throw new AuthorizationError(new ConsentRequiredError('The user has not consented.'), request);
    return { kind: 'consent', interaction: pending(), request };
  }

  /**
   * What the user has to do before consent counts.
   * @throws AuthorizationError when whoever signed in can never be the right one
   */
  private async stepBefore(
    request: AuthorizationRequest,
    signedIn: { user: User; session: Session } | undefined,
    interaction: Interaction | undefined,
  ): Promise<{ kind: InteractionKind; switchUser?: boolean } | undefined> {
    const { client, prompt, subjects } = request;
    if (!signedIn || signedIn.user.disabled) return { kind: prompt.includes('create') ? 'sign-up' : 'sign-in' };
    const { user, session } = signedIn;
    const signedInSince = interaction !== undefined && hasSignedInSince(session, interaction);
    if (prompt.includes('create') && !signedInSince) return { kind: 'sign-up' };
    if (subjects && !subjects.includes(await this.subjects.of(client, user.id))) {
      if (signedInSince)
        throw new AuthorizationError(
          new LoginRequiredError('Another user has signed in than the one asked for.'),
          request,
        );
      return { kind: 'sign-in', switchUser: true };
    }
    const selected = signedInSince || interaction?.selected === signInOf(session);
    if (prompt.includes('select_account') && !selected) return { kind: 'select-account' };
    if (!signedInSince && needsSignIn(request, session, interaction)) return { kind: 'sign-in' };
    checkAuthenticationContextFor(request, session, this.options);
    return undefined;
  }

  /**
   * Answers the request, and the interaction that led here with it: that cannot be replayed.
   * @returns undefined when it needs consent and there is none
   */
  private issueOnce(
    request: AuthorizationRequest,
    session: Session,
    ifConsented: boolean,
    interaction: Interaction | undefined,
  ): Promise<OAuthResponse | undefined> {
    if (!interaction) return this.issue(request, session, ifConsented);
    return this.database.transaction(async (tx) => {
      const response = await this.issue(request, session, ifConsented, tx);
      if (response) await this.finish(tx, interaction);
      return response;
    });
  }

  /** @returns undefined when it needs consent and there is none */
  private async issue(
    request: AuthorizationRequest,
    session: Session,
    ifConsented: boolean,
    tx?: Transaction,
  ): Promise<OAuthResponse | undefined> {
    const { client, scope } = request;
    const responseType = this.responseTypes.get(request.responseType);
    const parameters = await responseType.authorize({
      request,
      ifConsented,
      tx,
      grant: {
        clientId: client.id,
        userId: session.userId,
        scope,
        resources: request.resources.map(({ identifier }) => identifier),
        sessionId: scope.includes('openid') ? session.id : undefined,
        consentScope: request.consentScope.length > scope.length ? request.consentScope : undefined,
        claims: rememberedClaims(request),
        heldSessionId: session.id,
        // Tokens of an OIDC request without offline_access end with the session.
        sessionBound: scope.includes('openid') && !scope.includes('offline_access'),
        authTime: session.authTime,
        amr: session.amr,
        lifetime: this.policy.grantLifetime(client, responseType.grantTypes[0] ?? '', scope),
      },
    });
    return parameters && this.respond(request, session, parameters);
  }

  /** RFC 9207 §2: every authorization response says who gives it. */
  private async respond(
    target: ResponseTarget,
    session: Session | undefined,
    parameters: Record<string, string>,
  ): Promise<OAuthResponse> {
    const { redirectUri, responseMode, state, openIdClient } = target;
    // OpenID Connect Session Management §2: with an error as well.
    const sessionState = openIdClient && this.sessionStates.of(openIdClient, redirectUri, session);
    const all = {
      ...parameters,
      ...(state !== undefined && { state }),
      ...(sessionState && { session_state: sessionState }),
      iss: this.options.issuer,
    };
    return this.responseModes.get(responseMode).respond(redirectUri, all);
  }

  private async answering(
    session: Session | undefined,
    work: () => Promise<AuthorizationOutcome>,
  ): Promise<AuthorizationOutcome> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AuthorizationError)) throw error;
      return outcomeOf(await this.errorResponse(error.error, error.target, session), error.target, session);
    }
  }

  private errorResponse(
    { code, description }: OAuthError,
    target: ResponseTarget,
    session: Session | undefined,
  ): Promise<OAuthResponse> {
    const uri = this.options.errorUris[code];
    const parameters = {
      error: code,
      ...(description && { error_description: description }),
      ...(uri && { error_uri: uri }),
    };
    return this.respond(target, session, parameters);
  }

  private async finish(tx: Transaction, interaction: Interaction): Promise<void> {
    if (!(await this.grants.finishInteraction(tx, this.answered(interaction)))) throw answeredBefore();
  }

  private answered({ id }: Interaction): { id: string; lifetime: number } {
    return { id, lifetime: this.options.lifetimes.interaction };
  }
}

function outcomeOf(
  response: OAuthResponse,
  { openIdClient }: ResponseTarget,
  session: Session | undefined,
): AuthorizationOutcome {
  return { kind: 'response', response, ...(openIdClient !== undefined && { stateOf: session ?? null }) };
}

function answeredBefore(): OAuthError {
  return new InteractionError('This request was answered before. Go back to the application and start again.');
}

/** Did this sign-in follow the request? An older session that comes back into the browser does not count. */
function hasSignedInSince(session: Session, { signIn, startedAt }: Interaction): boolean {
  return signIn !== signInOf(session) && session.authTime.getTime() >= startedAt - CLOCK_SKEW;
}

/** A sign-in of before the request must be recent enough, and not asked for anew. */
function needsSignIn(request: AuthorizationRequest, session: Session, interaction: Interaction | undefined): boolean {
  if (request.prompt.includes('login')) return true;
  const age = (interaction?.startedAt ?? Date.now()) - session.authTime.getTime();
  return request.maxAge !== undefined && age > request.maxAge * 1000;
}

/** What later tokens tell, and in which language; most requests say nothing of it. */
function rememberedClaims(request: AuthorizationRequest): RememberedClaims | undefined {
  const { claims, claimsLocales: locales, acrValues = [] } = request;
  if (locales.length === 0 && acrValues.length === 0) return claims;
  return { ...claims, ...(locales.length > 0 && { locales }), ...(acrValues.length > 0 && { acr: acrValues }) };
}

/** Any program on the user's machine may answer at such a redirect URI, so a remembered consent proves nothing (RFC 8252 §8.6). */
function isAlwaysAsked({ client, redirectUri }: AuthorizationRequest): boolean {
  return client.isPublic && isLocalRedirect(redirectUri);
}

function checkAdministrationScopeFor(request: AuthorizationRequest, user: { roles: readonly string[] }): void {
  answeringTo(request, () => checkAdministrationScope(request.scope, user));
}

function checkAuthenticationContextFor(request: AuthorizationRequest, { amr }: Session, options: ServerOptions): void {
  answeringTo(request, () => checkAcr(request.acr, amr, options));
}

/** What the check throws goes to the client. */
function answeringTo(request: AuthorizationRequest, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof OAuthError ? new AuthorizationError(error, request) : error;
  }
}
