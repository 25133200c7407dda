// Sign in and sign up; whoever came from an application goes on there.
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { ClientsService } from '../clients/clients.service.js';
import { type HttpReply, type HttpRequest, sendResponse } from '../common/http.js';
import { OAuthError } from '../common/oauth-error.js';
import type { Parameters } from '../common/parameters.js';
import { ServerOptions } from '../config/options.js';
import { Page } from '../config/page.js';
import { AuthorizationService } from '../oauth/authorization.service.js';
import { InteractionResponder } from '../oauth/interactions/interaction-responder.js';
import { type Interaction, InteractionsService } from '../oauth/interactions/interactions.service.js';
import { BrowserSignIn } from '../sessions/browser-sign-in.js';
import type { Session } from '../sessions/session.js';
import type { User } from '../users/user.js';
import { UserInputError } from '../users/user-input-error.js';
import { clientFace } from '../clients/client-face.js';
import { IdentityTakenError, UserIdentities } from '../users/user-identities.js';
import { UsersService } from '../users/users.service.js';
import { userFieldErrors } from './field-errors.js';
import { IdentityProviders } from '../oauth/identity-providers/identity-providers.js';
import { PendingIdentities, type PendingIdentity } from '../oauth/identity-providers/pending-identities.js';
import { carriedBy, carriedQuery } from './form-error.js';
import { message } from './messages/catalogue.js';
import { nextOf } from './own-path.js';
import { type PageContext, PageResponder } from './page-responder.js';
import { problemOf } from './provider-problems.js';
import type { SignInView, SignUpView } from './views/view-models.js';

/** The form may have waited in a tab while its user signed in in another one. */
const ANY_TAB = { whoeverIsSignedIn: true };

@Page('signIn')
@Controller()
export class SignInController {
  constructor(
    private readonly pages: PageResponder,
    private readonly interactions: InteractionsService,
    private readonly authorization: AuthorizationService,
    private readonly responder: InteractionResponder,
    private readonly signIns: BrowserSignIn,
    private readonly clients: ClientsService,
    private readonly users: UsersService,
    private readonly identities: UserIdentities,
    private readonly pending: PendingIdentities,
    private readonly providers: IdentityProviders,
    private readonly options: ServerOptions,
  ) {}

  @Get('sign-in')
  async showSignIn(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const interaction = await this.interactions.find(context.query.get('interaction'), context.browserId);
    const others = context.query.has('switch');
    const again = context.query.has('fresh') || context.query.has('identity');
    if (!interaction && context.user && !others && !again) return this.pages.seeOther(context, nextOf(context.query));
    if (interaction && context.user && !others && !context.query.has('identity')) {
      // Somebody may have signed in in another tab meanwhile.
      const outcome = await this.authorization.resume(interaction, context.session);
      if (outcome.kind !== 'sign-in') return sendResponse(reply, await this.responder.respond(outcome, request, reply));
    }
    const problem = problemOf(context.query, this.providers);
    await this.renderSignIn(
      context,
      context.query,
      interaction,
      problem === undefined ? {} : { errors: { form: problem } },
    );
  }

  @Post('sign-in')
  async signIn(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const form = this.pages.form(context, ANY_TAB);
    const interaction = await this.interactions.find(form.get('interaction'), context.browserId);
    const pending = await this.pending.find(form.get('identity'), context.browserId);
    const [username, password] = [form.get('username'), form.get('password')];
    if (username === undefined || password === undefined) {
      const errors = {
        ...(username === undefined && { username: message('signIn.error.usernameMissing') }),
        ...(password === undefined && { password: message('signIn.error.passwordMissing') }),
      };
      return this.renderSignIn(context, form, interaction, { username, errors }, { status: 400 });
    }
    const result = await this.signIns.byPassword({ login: username, password }, context);
    if ('retryAfter' in result) {
      const when = new Date(Date.now() + result.retryAfter * 1000);
      const errors = { form: message('signIn.error.wait', { when }) };
      const headers = { 'retry-after': String(result.retryAfter) };
      return this.renderSignIn(context, form, interaction, { username, errors }, { status: 429, headers });
    }
    if ('failed' in result) {
      const errors = { form: message('signIn.error.wrong') };
      return this.renderSignIn(context, form, interaction, { username, errors }, { status: 400 });
    }
    const isLinked = pending === undefined || (await this.link(result.user, pending));
    const taken = `/account?problem=taken&with=${pending?.provider}`;
    if (!isLinked && !interaction) return this.pages.seeOther(context, taken);
    await this.proceed(context, form, interaction, result.session);
  }

  @Post('sign-in/cancel')
  async cancel(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.open(request, reply);
    const form = this.pages.form(context, ANY_TAB);
    const interaction = await this.interactions.find(form.get('interaction'), context.browserId);
    if (!interaction) return this.pages.seeOther(context, '/');
    sendResponse(
      reply,
      await this.responder.respond(await this.authorization.cancel(interaction, context.session), request, reply),
    );
  }

  @Get('sign-up')
  async showSignUp(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.openSignUp(request, reply);
    const interaction = await this.interactions.find(context.query.get('interaction'), context.browserId);
    if (!interaction && context.user) return this.pages.seeOther(context, nextOf(context.query));
    await this.renderSignUp(context, context.query, interaction);
  }

  @Post('sign-up')
  async signUp(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.openSignUp(request, reply);
    const form = this.pages.form(context, ANY_TAB);
    const interaction = await this.interactions.find(form.get('interaction'), context.browserId);
    const [username, email, password] = [form.get('username'), form.get('email'), form.get('password')];
    const missing = {
      ...(username === undefined && { username: message('signUp.error.usernameMissing') }),
      ...(password === undefined && { password: message('password.error.missing') }),
    };
    if (username === undefined || password === undefined) {
      return this.renderSignUp(context, form, interaction, { username, email, errors: missing });
    }
    try {
      const { session } = await this.signIns.withNewAccount({ username, email, password }, context);
      await this.proceed(context, form, interaction, session, '/?notice=accountCreated');
    } catch (error) {
      if (!(error instanceof UserInputError)) throw error;
      await this.renderSignUp(context, form, interaction, { username, email, errors: userFieldErrors(error) });
    }
  }

  /** The account was proven to be theirs. @returns false when the identity has become somebody else's */
  private async link(user: User, pending: PendingIdentity): Promise<boolean> {
    try {
      return await this.identities.link(user, pending);
    } catch (error) {
      if (error instanceof IdentityTakenError) return false;
      throw error;
    }
  }

  /** Signed in: on to the application, or to the page that asked for it. */
  private async proceed(
    context: PageContext,
    form: Parameters,
    interaction: Interaction | undefined,
    session: Session,
    home = '/',
  ): Promise<void> {
    const { request, reply } = context;
    if (!interaction) return this.pages.seeOther(context, nextOf(form, home));
    const outcome = await this.authorization.resume(interaction, session);
    sendResponse(reply, await this.responder.respond(outcome, request, reply));
  }

  private async renderSignIn(
    context: PageContext,
    sent: Parameters,
    interaction: Interaction | undefined,
    view: Partial<SignInView> = {},
    options: { status?: number; headers?: Record<string, string> } = {},
  ): Promise<void> {
    const { user, csrfToken } = context;
    const { basePath } = this.options;
    const waiting = interaction && (await this.clientOf(interaction));
    const client = waiting && clientFace(waiting, context.language);
    const pending = await this.pending.find(sent.get('identity'), context.browserId);
    const reauthenticate = user !== undefined && !sent.has('switch') && !pending;
    const { identity: _, ...carried } = carriedBy(sent);
    const providers = pending ? [] : this.providers.links(carried);
    const passwordless = reauthenticate && providers.length > 0 && !(await this.users.hasPassword(user.id));
    this.pages.render(
      context,
      'sign-in',
      {
        action: `${basePath}/sign-in`,
        csrfToken,
        hidden: carriedBy(sent),
        username: reauthenticate ? user.username : (pending?.email ?? interaction?.parameters.get('login_hint')),
        client,
        cancelAction: interaction || pending ? `${basePath}/sign-in/cancel` : undefined,
        signUpUrl:
          this.users.allowsSignUp && !reauthenticate && !pending
            ? `${basePath}/sign-up${carriedQuery(sent)}`
            : undefined,
        reauthenticate,
        passwordless,
        providers,
        connect: pending && this.connectOf(pending),
        ...view,
      },
      { ...options, imgSources: [client?.logoUri] },
    );
  }

  private connectOf({ provider, email, reason }: PendingIdentity): SignInView['connect'] {
    const label = this.providers.find(provider)?.label ?? provider;
    return { label, email, accountExists: reason === 'account-exists' };
  }

  /** The client that waits; undefined when it was deleted meanwhile. */
  private clientOf({ parameters }: Interaction): Promise<Client | undefined> {
    return this.clients.find(parameters.get('client_id') ?? '');
  }

  private async openSignUp(request: HttpRequest, reply: HttpReply): Promise<PageContext> {
    if (!this.users.allowsSignUp) throw new OAuthError('not_found', 404, 'New accounts cannot be created here.');
    return this.pages.open(request, reply);
  }

  private async renderSignUp(
    context: PageContext,
    sent: Parameters,
    interaction: Interaction | undefined,
    view: Partial<SignUpView> = {},
  ): Promise<void> {
    const { basePath } = this.options;
    const waiting = interaction && (await this.clientOf(interaction));
    const client = waiting && clientFace(waiting, context.language);
    const page = {
      action: `${basePath}/sign-up`,
      csrfToken: context.csrfToken,
      hidden: carriedBy(sent),
      signInUrl: `${basePath}/sign-in${carriedQuery(sent)}`,
      client,
      providers: this.providers.links(carriedBy(sent), ({ signUp }) => signUp),
      ...view,
    };
    const options = { status: view.errors ? 400 : 200, imgSources: [client?.logoUri] };
    this.pages.render(context, 'sign-up', page, options);
  }
}
