// The interaction API: sign-in, consent and the choice of an account as JSON, for pages that are not ours. What holds for
// our forms holds here: the browser's cookie, a token against forged requests, the same throttle.
// @see RFC 6749 §10.12, §10.13, RFC 9700 §4.7 https://www.rfc-editor.org/rfc/rfc6749#section-10.12
import { Body, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiController } from '../../api/api-controller.js';
import { ApiError, NotFoundError } from '../../api/api-error.js';
import { validated } from '../../api/validated.js';
import type { HttpReply, HttpRequest } from '../../common/http.js';
import { ServerOptions } from '../../config/options.js';
import { Browser } from '../../sessions/browser.js';
import { BrowserSignIn } from '../../sessions/browser-sign-in.js';
import { Csrf, isSameOrigin } from '../../sessions/csrf.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { IdentityTakenError, UserIdentities } from '../../users/user-identities.js';
import { UsersService } from '../../users/users.service.js';
import { PendingIdentities } from '../identity-providers/pending-identities.js';
import { InteractionError } from './interaction-error.js';
import type { ConsentDto, InteractionDto, InteractionQuery, SignInDto, SignUpDto } from './interaction.dto.js';
import { type InteractionAnswer, type InteractionBrowser, Interactions } from './interactions.js';
import { InteractionsService } from './interactions.service.js';

const query = validated(async () => (await import('./interaction.dto.js')).InteractionQuery);
const anything = validated(async () => (await import('./interaction.dto.js')).InteractionDto);
const credentials = validated(async () => (await import('./interaction.dto.js')).SignInDto);
const account = validated(async () => (await import('./interaction.dto.js')).SignUpDto);
const decision = validated(async () => (await import('./interaction.dto.js')).ConsentDto);

const HEADER = 'x-csrf-token';
/** The page may have waited in a tab while its user signed in in another one. */
const ANY_TAB = { whoeverIsSignedIn: true };

@ApiController('interaction', async () => (await import('./interaction.docs.js')).INTERACTION_DOCS, 'oauth')
export class InteractionController {
  constructor(
    private readonly interactions: Interactions,
    private readonly sealed: InteractionsService,
    private readonly signIns: BrowserSignIn,
    private readonly users: UsersService,
    private readonly identities: UserIdentities,
    private readonly pending: PendingIdentities,
    private readonly sessions: SessionsService,
    private readonly browser: Browser,
    private readonly csrf: Csrf,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  show(
    @Query(query) { interaction, switch: somebodyElse }: InteractionQuery,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    if (!isSameOrigin(request, this.options.origin)) throw foreign();
    return answering(() =>
      this.interactions.resume(interaction, { request, reply }, { switchUser: somebodyElse === '1' }),
    );
  }

  @Post('sign-in')
  @HttpCode(200)
  signIn(
    @Body(credentials) body: SignInDto,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    return answering(async () => {
      const browser = await this.trust(body, { request, reply }, ANY_TAB);
      await this.sealed.get(body.interaction, this.browser.find(request));
      const pending = await this.pending.find(body.identity, this.browser.find(request));
      const result = await this.signIns.byPassword({ login: body.username, password: body.password }, browser);
      if ('retryAfter' in result) {
        const headers = { 'retry-after': String(result.retryAfter) };
        throw new ApiError(429, 'too_many_attempts', 'Sign-in failed too often. Try again later.', headers);
      }
      if ('failed' in result) throw new ApiError(400, 'wrong_credentials', 'User name or password is wrong.');
      if (pending && !(await this.identities.link(result.user, pending)))
        throw new ApiError(400, 'account_changed', 'The account has changed. Sign in again.');
      return this.interactions.resume(body.interaction, { ...browser, session: result.session });
    });
  }

  @Post('sign-up')
  @HttpCode(200)
  signUp(
    @Body(account) body: SignUpDto,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    if (!this.users.allowsSignUp) throw new NotFoundError('New accounts cannot be created here.');
    return answering(async () => {
      const browser = await this.trust(body, { request, reply }, ANY_TAB);
      await this.sealed.get(body.interaction, this.browser.find(request));
      const { username, password } = body;
      const { session } = await this.signIns.withNewAccount(
        { username, password, email: body.email || undefined },
        browser,
      );
      return this.interactions.resume(body.interaction, { ...browser, session });
    });
  }

  @Post('select-account')
  @HttpCode(200)
  selectAccount(
    @Body(anything) body: InteractionDto,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    return answering(async () =>
      this.interactions.selectAccount(body.interaction, await this.trust(body, { request, reply })),
    );
  }

  @Post('consent')
  @HttpCode(200)
  consent(
    @Body(decision) body: ConsentDto,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    return answering(async () => {
      const browser = await this.trust(body, { request, reply });
      return this.interactions.decideConsent(body.interaction, body.decision === 'allow', browser);
    });
  }

  @Post('cancel')
  @HttpCode(200)
  cancel(
    @Body(anything) body: InteractionDto,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<InteractionAnswer> {
    return answering(async () =>
      this.interactions.cancel(body.interaction, await this.trust(body, { request, reply }, ANY_TAB)),
    );
  }

  /**
   * @param options `whoeverIsSignedIn`: also what was asked for before somebody signed in, as in another tab of theirs
   * @throws ApiError when the request does not come from a page at our origin, in this browser and session
   */
  private async trust(
    { csrf_token: member }: InteractionDto,
    { request, reply }: InteractionBrowser,
    options: { whoeverIsSignedIn?: boolean } = {},
  ): Promise<InteractionBrowser> {
    const session = await this.sessions.find(request);
    const header = request.headers[HEADER];
    const token = typeof header === 'string' ? header : (member ?? undefined);
    const signedIn = await this.sessions.withUser(session);
    const accepts = (sessionId?: string): boolean => this.csrf.accepts(request, token, sessionId);
    if (accepts(signedIn?.session.id) || (options.whoeverIsSignedIn && accepts())) return { request, reply, session };
    throw isSameOrigin(request, this.options.origin)
      ? new ApiError(403, 'invalid_csrf_token', 'Send the csrf_token of the interaction: read it again, then decide.')
      : foreign();
  }
}

function foreign(): ApiError {
  return new ApiError(403, 'foreign_origin', 'Only pages at the origin of this server may do this.');
}

/** An interaction that cannot go on has a code of its own: the page tells people to begin again at the client. */
async function answering(work: () => Promise<InteractionAnswer>): Promise<InteractionAnswer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IdentityTakenError)
      throw new ApiError(400, 'identity_taken', 'The account at the identity provider is linked to another user.');
    if (!(error instanceof InteractionError)) throw error;
    throw new ApiError(400, 'invalid_interaction', error.message);
  }
}
