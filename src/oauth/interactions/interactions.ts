// Interactions as JSON, for pages that are not ours: what is asked of people, and what comes of their answer.
// @see RFC 6749 §3.1, OIDC Core §3.1.2.3, §3.1.2.4 https://openid.net/specs/openid-connect-core-1_0.html#Consent
import { Injectable } from '@nestjs/common';
import { clientFace } from '../../clients/client-face.js';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { acceptedLanguages, requestedLanguages } from '../../common/language.js';
import { ServerOptions } from '../../config/options.js';
import { Browser } from '../../sessions/browser.js';
import { Csrf } from '../../sessions/csrf.js';
import type { Session } from '../../sessions/session.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { Catalogue } from '../../tokens/catalogue.js';
import { UsersService } from '../../users/users.service.js';
import { type AuthorizationOutcome, AuthorizationService } from '../authorization.service.js';
import type { InteractionKind } from '../sign-in-steps.js';
import { IdentityProviders } from '../identity-providers/identity-providers.js';
import { InteractionResponder } from './interaction-responder.js';
import { type Interaction, InteractionsService } from './interactions.service.js';
import { factsOf } from './request-facts.js';

/** Where the answer to an authorization request is fetched that is a page of its own. */
export const RESPONSE_PATH = '/oauth/authorize/response';

/** The browser in which people decide. */
export interface InteractionBrowser {
  /** Fastify's or Express's. */
  request: HttpRequest;
  /** Gets cookies, nothing else. */
  reply: HttpReply;
  /** The session, where it was begun in this very request. */
  session?: Session;
}

/** The client that waits, as people see it. */
export interface InteractionClient {
  client_id: string;
  client_name: string;
  client_uri?: string;
  logo_uri?: string;
  policy_uri?: string;
  tos_uri?: string;
  /** The operator's own: its users are not asked for consent. */
  first_party: boolean;
  /** It comes from a user, or has registered itself: nobody vouches for it. */
  self_registered: boolean;
  /** Where people go back to: a host, or the scheme of an application on their machine. */
  redirect_host: string;
  /** It leads to a program on their machine. */
  redirect_is_local: boolean;
}

/** Something is asked of people. Names and texts of clients are raw: whoever shows them escapes them. */
export interface InteractionStep {
  kind: InteractionKind;
  /** Sealed; goes with the answer. Of a consent it holds what was shown, and nothing else is allowed with it. */
  interaction: string;
  /** Goes with the answer too: in the header `x-csrf-token`, or as a member. It changes when somebody signs in or out. */
  csrf_token: string;
  /** The page for it, from the root of the host on: the application's, or ours. */
  page: string;
  client: InteractionClient;
  /** What the client asks for. */
  scopes: { name: string; description: string }[];
  /** What the tokens are for (RFC 8707). */
  resources: { identifier: string; name?: string }[];
  /** Who is signed in. A sign-in that is asked for all the same is theirs to repeat, unless `switch_user` is true. */
  user?: { username: string; name?: string };
  /** Somebody else is to sign in than who is. */
  switch_user: boolean;
  /** May people create an account? */
  sign_up: boolean;
  /** Identity providers, and where each sign-in with one begins: from the root of the host on. */
  identity_providers: { name: string; label: string; url: string }[];
  login_hint?: string;
  /** BCP 47 tags, the preferred one first. */
  ui_locales: string[];
}

/** Nothing more is asked. */
export interface InteractionEnd {
  /** Where the browser goes now, as a whole: to the client with the answer, however that looks. */
  redirect_to: string;
}

/** What comes of a decision, or of looking: tell them apart by `redirect_to`. */
export type InteractionAnswer = InteractionStep | InteractionEnd;

/**
 * The interactions of people with an authorization request, for pages of the application's own. The JSON API below
 * `/oauth/interaction` is made of it; an application whose controllers render the pages injects it, and makes sure itself
 * that what it is told is the user's own will (CSRF).
 *
 * Each method throws an `InteractionError` when the interaction was changed, has expired, was answered before, or belongs
 * to another browser.
 *
 * @example
 * \@Controller('login')
 * class LoginController {
 *   constructor(private readonly signIn: BrowserSignIn, private readonly interactions: Interactions) {}
 *
 *   \@Post()
 *   async login(\@Body() form: LoginForm, \@Req() request: FastifyRequest, \@Res() reply: FastifyReply) {
 *     const account = await this.accounts.verify(form);
 *     const session = await this.signIn.signInUser(request, reply, account.id, { amr: ['pwd'] });
 *     const answer = await this.interactions.resume(form.interaction, { request, reply, session });
 *     reply.redirect('redirect_to' in answer ? answer.redirect_to : answer.page, 303);
 *   }
 * }
 */
@Injectable()
export class Interactions {
  constructor(
    private readonly users: UsersService,
    private readonly interactions: InteractionsService,
    private readonly authorization: AuthorizationService,
    private readonly responder: InteractionResponder,
    private readonly sessions: SessionsService,
    private readonly browser: Browser,
    private readonly csrf: Csrf,
    private readonly catalogue: Catalogue,
    private readonly providers: IdentityProviders,
    private readonly options: ServerOptions,
  ) {}

  /**
   * What is asked now; where nothing is any more, the client is answered.
   * @param sealed the parameter `interaction` of the page
   * @param options `switchUser`: somebody else is to sign in (the parameter `switch` of the page)
   */
  resume(
    sealed: string,
    browser: InteractionBrowser,
    { switchUser = false }: { switchUser?: boolean } = {},
  ): Promise<InteractionAnswer> {
    return this.deciding(sealed, browser, async (interaction, session) => {
      if (switchUser) {
        // As if nobody were signed in: the sign-in is asked for.
        const outcome = await this.authorization.resume(interaction, undefined);
        if (outcome.kind !== 'response') return { ...outcome, switchUser };
      }
      return this.authorization.resume(interaction, session);
    });
  }

  /** Takes what the user decided on what {@link InteractionStep} said. @param sealed the `interaction` of that step */
  decideConsent(sealed: string, allowed: boolean, browser: InteractionBrowser): Promise<InteractionAnswer> {
    return this.deciding(sealed, browser, (interaction, session) =>
      this.authorization.decideConsent(interaction, session, allowed),
    );
  }

  /** The account that is signed in is the one to go on with. */
  selectAccount(sealed: string, browser: InteractionBrowser): Promise<InteractionAnswer> {
    return this.deciding(sealed, browser, (interaction, session) =>
      this.authorization.selectAccount(interaction, session),
    );
  }

  /** The user does not sign in: the client is told `access_denied`. */
  cancel(sealed: string, browser: InteractionBrowser): Promise<InteractionAnswer> {
    return this.deciding(sealed, browser, (interaction, session) => this.authorization.cancel(interaction, session));
  }

  private async deciding(
    sealed: string,
    browser: InteractionBrowser,
    decide: (interaction: Interaction, session: Session | undefined) => Promise<AuthorizationOutcome>,
  ): Promise<InteractionAnswer> {
    const { request, reply } = browser;
    const browserId = this.browser.find(request);
    const interaction = await this.interactions.get(sealed, browserId);
    const session = browser.session ?? (await this.sessions.find(request));
    const outcome = await decide(interaction, session);
    // An interaction opens in its own browser only, which has a name.
    const known = { ...browser, session, browserId: browserId as string };
    if (outcome.kind !== 'response') return this.stepOf(outcome, known);
    const response = this.responder.answer(outcome, request, reply);
    const { location } = response.headers;
    if (location !== undefined) return { redirect_to: location };
    const answer = await this.interactions.sealResponse(response, known.browserId);
    return { redirect_to: this.options.url(`${RESPONSE_PATH}?answer=${answer}`) };
  }

  private async stepOf(
    outcome: Exclude<AuthorizationOutcome, { kind: 'response' }>,
    { request, browserId, session }: InteractionBrowser & { browserId: string },
  ): Promise<InteractionStep> {
    const { kind, interaction, request: asked, switchUser = false } = outcome;
    const sealed =
      kind === 'consent'
        ? await this.interactions.sealShown(interaction, asked, session?.userId, browserId)
        : await this.interactions.seal(interaction, browserId);
    const signedIn = await this.sessions.withUser(session);
    const uiLocales = requestedLanguages(interaction.parameters.get('ui_locales'));
    const [locale = this.options.defaultLocale] = [
      ...uiLocales,
      ...acceptedLanguages(request.headers['accept-language']),
    ];
    const face = clientFace(asked.client, { locale });
    const { resources, ...facts } = factsOf(asked);
    return {
      kind,
      interaction: sealed,
      csrf_token: this.csrf.token(browserId, signedIn?.session.id),
      page: this.responder.locationOf(outcome, sealed),
      client: {
        client_id: asked.client.id,
        client_name: face.name,
        client_uri: face.uri,
        logo_uri: face.logoUri,
        policy_uri: face.policyUri,
        tos_uri: face.tosUri,
        first_party: asked.client.metadata.skip_consent === true,
        self_registered: facts.selfRegistered,
        redirect_host: facts.redirectHost,
        redirect_is_local: facts.redirectIsLocal,
      },
      scopes: (await this.catalogue.describe(asked.consentScope)).map(({ name, description }) => ({
        name,
        description,
      })),
      resources,
      user: signedIn && { username: signedIn.user.username, name: signedIn.user.claims.name },
      switch_user: switchUser,
      sign_up: this.users.allowsSignUp,
      identity_providers: this.providers.links(
        { interaction: sealed, ...(switchUser && { switch: '1' }) },
        // Where a new account is asked for, those that give one.
        kind === 'sign-up' ? ({ signUp }) => signUp : undefined,
      ),
      login_hint: asked.loginHint,
      ui_locales: uiLocales,
    };
  }
}
