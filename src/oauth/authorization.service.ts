// The authorization endpoint's decisions: what an authenticated user gets, and what must happen before.
// @see RFC 6749 §4.1.2, OIDC Core §3.1.2.3–3.1.2.5 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequestValidation
import { Injectable } from '@nestjs/common';
import type { OAuthResponse } from '../common/http.js';
import { AccessDeniedError, ConsentRequiredError, LoginRequiredError, OAuthError } from '../common/oauth-error.js';
import type { Parameters } from '../common/parameters.js';
import { ServerOptions } from '../config/options.js';
import { Database, type Transaction } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import type { Session } from '../sessions/session.js';
import { GrantsService } from '../tokens/grants.service.js';
import { UsersService } from '../users/users.service.js';
import { asksForConsent, AuthorizationAnswers } from './authorization-answers.js';
import {
  AuthorizationError,
  type AuthorizationRequest,
  AuthorizationRequests,
  type ResponseTarget,
  type SentRequest,
} from './authorization-request.js';
import { InteractionError } from './interactions/interaction-error.js';
import { type Interaction, InteractionsService, shownOf, signInOf } from './interactions/interactions.service.js';
import { type InteractionKind, type SignInStep, SignInSteps } from './sign-in-steps.js';

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

@Injectable()
export class AuthorizationService {
  constructor(
    private readonly requests: AuthorizationRequests,
    private readonly interactions: InteractionsService,
    private readonly steps: SignInSteps,
    private readonly answers: AuthorizationAnswers,
    private readonly grants: GrantsService,
    private readonly users: UsersService,
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
        return this.answers.refuse(error.error, { ...error.target, openIdClient: undefined }, undefined);
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
      const step = await this.stepBefore(request, session, interaction);
      if (step) return { ...step, interaction, request };
      // Without a step somebody is signed in.
      if (!session) throw answeredBefore();
      // While the page was open the client may have changed its registration, or somebody else have signed in.
      if (allowed && interaction.shown !== shownOf(request, session.userId))
        return { kind: 'consent', interaction, request };
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
        const issued = await this.answers.issue(request, session, false, tx);
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
    const step = await this.stepBefore(request, session, interaction);
    if (step || !session) {
      if (silent) throw new AuthorizationError(new LoginRequiredError('Nobody is signed in who fits.'), request);
      return { kind: 'sign-in', ...step, interaction: pending(), request };
    }
    const response = asksForConsent(request)
      ? undefined
      : await this.issueOnce(request, session, request.client.metadata.skip_consent !== true, interaction);
    if (response) return outcomeOf(response, request, session);
    if (silent) throw new AuthorizationError(new ConsentRequiredError('The user has not consented.'), request);
    return { kind: 'consent', interaction: pending(), request };
  }

  /** What the user has to do before consent counts; see {@link SignInSteps.before}. */
  private async stepBefore(
    request: AuthorizationRequest,
    session: Session | undefined,
    interaction: Interaction | undefined,
  ): Promise<SignInStep | undefined> {
    const user = session && (await this.users.find(session.userId));
    const signedIn = session !== undefined && interaction !== undefined && hasSignedInSince(session, interaction);
    return this.steps.before(request, user && { user, authTime: session.authTime, amr: session.amr }, {
      startedAt: interaction?.startedAt ?? Date.now(),
      signedIn,
      selected: signedIn || (session !== undefined && interaction?.selected === signInOf(session)),
    });
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
    if (!interaction) return this.answers.issue(request, session, ifConsented);
    return this.database.transaction(async (tx) => {
      const response = await this.answers.issue(request, session, ifConsented, tx);
      if (response) await this.finish(tx, interaction);
      return response;
    });
  }

  private async answering(
    session: Session | undefined,
    work: () => Promise<AuthorizationOutcome>,
  ): Promise<AuthorizationOutcome> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AuthorizationError)) throw error;
      return outcomeOf(await this.answers.refuse(error.error, error.target, session), error.target, session);
    }
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
