// Signing in with an account at an identity provider: there, and back. Whoever came from an application goes on there.
// @see RFC 6749 §4.1, OAuth 2.0 Form Post Response Mode https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { type HttpReply, type HttpRequest, seeOther, sendResponse } from '../common/http.js';
import { AccessDeniedError, InvalidRequestError } from '../common/oauth-error.js';
import { Sealer } from '../common/sealer.js';
import { EventBus } from '../events/event-bus.js';
import { ServerOptions } from '../config/options.js';
import { AuthorizationService } from '../oauth/authorization.service.js';
import {
  type ConfiguredProvider,
  IdentityProviders,
  signInWithPath,
} from '../oauth/identity-providers/identity-providers.js';
import { IdentitySignIn } from '../oauth/identity-providers/identity-sign-in.js';
import { PendingIdentities } from '../oauth/identity-providers/pending-identities.js';
import { SessionIdentities } from '../oauth/identity-providers/session-identities.js';
import type { UpstreamIdentity } from '../oauth/identity-providers/upstream-identity.js';
import { upstreamRequest } from '../oauth/identity-providers/upstream-parameters.js';
import { type SignInPurpose, UpstreamSignIns } from '../oauth/identity-providers/upstream-sign-ins.js';
import { InteractionLocations, signInLocation } from '../oauth/interactions/interaction-locations.js';
import { InteractionResponder } from '../oauth/interactions/interaction-responder.js';
import { type Interaction, InteractionsService } from '../oauth/interactions/interactions.service.js';
import { addressOf } from '../sessions/address.js';
import type { Session } from '../sessions/session.js';
import { IdentityTakenError, UserIdentities } from '../users/user-identities.js';
import { nextOf } from './own-path.js';
import { type PageContext, PageResponder } from './page-responder.js';
import type { ProviderProblem } from './provider-problems.js';

const POSTED = 'posted-provider-answer';
/** Seconds in which a browser follows a redirect. */
const REDIRECT_LIFETIME = 120;
/** Bytes of an answer that was posted: it goes on in a URL. */
const MAX_POSTED = 7000;
const FORM = 'application/x-www-form-urlencoded';

@Controller('sign-in/with/:provider')
export class SignInWithController {
  constructor(
    private readonly pages: PageResponder,
    private readonly providers: IdentityProviders,
    private readonly upstream: UpstreamSignIns,
    private readonly identitySignIn: IdentitySignIn,
    private readonly pending: PendingIdentities,
    private readonly identities: UserIdentities,
    private readonly sessionIdentities: SessionIdentities,
    private readonly interactions: InteractionsService,
    private readonly authorization: AuthorizationService,
    private readonly responder: InteractionResponder,
    private readonly locations: InteractionLocations,
    private readonly sealer: Sealer,
    private readonly events: EventBus,
    private readonly options: ServerOptions,
  ) {}

  /** Sends people to the provider. */
  @Get()
  async start(@Param('provider') name: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const provider = this.providers.get(name);
    const context = await this.pages.open(request, reply);
    const { query, browserId, session, user } = context;
    const sealed = query.get('interaction');
    const interaction = await this.interactions.find(sealed, browserId);
    const [others, fresh] = [query.has('switch'), query.has('fresh')];
    const next = interaction ? undefined : nextOf(query);
    if (next !== undefined && user && !others && !fresh) return this.pages.seeOther(context, next);
    // Somebody may have signed in in another tab meanwhile.
    const outcome = interaction && (await this.authorization.resume(interaction, others ? undefined : session));
    if (outcome && outcome.kind !== 'sign-in' && outcome.kind !== 'sign-up')
      return sendResponse(reply, await this.responder.respond(outcome, request, reply));
    const { params, needsAuthTime } = upstreamRequest(provider.client.protocol, outcome?.request, {
      fresh,
      uiLocales: interaction?.parameters.get('ui_locales') ?? asked(context),
    });
    const page = others ? 'switch' : fresh ? 'fresh' : undefined;
    const purpose: SignInPurpose = { interaction: sealed, next, needsAuthTime, page };
    const url = await this.upstream.begin(provider, reply, purpose, params);
    if (url === undefined) return this.back(context, provider, purpose, 'failed');
    sendResponse(reply, seeOther(url));
  }

  /** An answer that the provider's page posts comes without the browser's cookies: it comes back by GET. */
  @Post('callback')
  async posted(@Param('provider') name: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const { rawBody, headers } = request;
    this.providers.get(name);
    if (!headers['content-type']?.toLowerCase().startsWith(FORM) || !rawBody || rawBody.length > MAX_POSTED)
      throw new InvalidRequestError('The answer of the identity provider is no form, or too long.');
    const sealed = await this.sealer.seal(POSTED, { name, form: rawBody.toString('utf8') }, REDIRECT_LIFETIME);
    sendResponse(reply, seeOther(`${this.options.basePath}${signInWithPath(name)}/callback?posted=${sealed}`));
  }

  /** People come back from the provider. */
  @Get('callback')
  async callback(@Param('provider') name: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const provider = this.providers.get(name);
    const context = await this.pages.open(request, reply);
    const answer = await this.upstream.finish(provider, await this.answerOf(name, context), reply);
    const { purpose = {} } = answer;
    if (answer.failure) return this.back(context, provider, purpose, answer.failure);
    const interaction = await this.interactions.find(purpose.interaction, context.browserId);
    if (purpose.link) return this.link(context, provider, purpose.link, answer.identity);
    await this.signIn(context, provider, answer.identity, purpose, interaction);
  }

  private async signIn(
    context: PageContext,
    provider: ConfiguredProvider,
    identity: UpstreamIdentity,
    purpose: SignInPurpose,
    interaction: Interaction | undefined,
  ): Promise<void> {
    const { request, reply, browserId } = context;
    if (this.isTooLongAgo(identity)) return this.again(context, provider, purpose);
    const outcome = await this.identitySignIn.resolve(identity, provider);
    if (outcome.kind === 'pending') {
      const sealed = await this.pending.seal(identity, outcome.reason, browserId);
      return this.toSignIn(context, purpose, { identity: sealed });
    }
    const session = outcome.kind === 'user' ? await this.begin(context, outcome.user.id, identity) : undefined;
    if (outcome.kind === 'refused' || !session) {
      const userId = outcome.kind === 'refused' ? outcome.userId : outcome.user.id;
      this.events.emit('user.sign_in_failed', { userId, address: addressOf(request) });
      return this.back(context, provider, purpose, 'refused');
    }
    const home = outcome.kind === 'user' && outcome.created ? '/?notice=accountCreated' : '/';
    if (!interaction) return this.pages.seeOther(context, own(purpose.next, home));
    // Whoever has just come with this account has chosen it, however long ago they signed in there.
    const next = await this.authorization.selectAccount(interaction, session);
    // The client insists on a sign-in of late, and it was before that.
    if (next.kind === 'sign-in' && !next.switchUser) return this.back(context, provider, purpose, 'not-fresh');
    sendResponse(reply, await this.responder.respond(next, request, reply));
  }

  /** A session that began then would have ended already. */
  private isTooLongAgo({ authTime }: UpstreamIdentity): boolean {
    const { sessionAbsolute } = this.options.lifetimes;
    return authTime !== undefined && Date.now() - authTime.getTime() >= sessionAbsolute * 1000;
  }

  /** Back to the provider, where they have to prove once more who they are. */
  private async again(context: PageContext, provider: ConfiguredProvider, purpose: SignInPurpose): Promise<void> {
    const fresh = { prompt: 'login', max_age: '0' };
    const url = purpose.again
      ? undefined
      : await this.upstream.begin(provider, context.reply, { ...purpose, again: true }, fresh);
    if (url === undefined) return this.back(context, provider, purpose, 'not-fresh');
    sendResponse(context.reply, seeOther(url));
  }

  /** @returns undefined when the account was disabled meanwhile, or the identity taken from it */
  private async begin(
    { request, reply }: PageContext,
    userId: string,
    identity: UpstreamIdentity,
  ): Promise<Session | undefined> {
    try {
      return await this.sessionIdentities.begin(request, reply, userId, identity);
    } catch (error) {
      if (error instanceof AccessDeniedError) return undefined;
      throw error;
    }
  }

  /** From the account page: the identity becomes that of whoever asked for it, in the same session. */
  private async link(
    context: PageContext,
    provider: ConfiguredProvider,
    asked: NonNullable<SignInPurpose['link']>,
    identity: UpstreamIdentity,
  ): Promise<void> {
    const { session, user } = context;
    if (!session || !user || session.id !== asked.sessionId || user.id !== asked.userId)
      return this.back(context, provider, { link: asked }, 'failed');
    try {
      const linked = await this.identities.link(user, identity);
      if (!linked) return this.back(context, provider, { link: asked }, 'failed');
      this.pages.seeOther(context, '/account?notice=identityLinked');
    } catch (error) {
      if (!(error instanceof IdentityTakenError)) throw error;
      this.back(context, provider, { link: asked }, 'taken');
    }
  }

  /** What the provider answered, wherever it stood. */
  private async answerOf(name: string, { request, query }: PageContext): Promise<HttpRequest> {
    const sealed = query.get('posted');
    if (sealed === undefined) return request;
    const posted = await this.sealer.open<{ name: string; form: string }>(POSTED, sealed);
    if (posted?.name !== name) throw new InvalidRequestError('The answer of the identity provider has expired.');
    const headers = { ...request.headers, 'content-type': FORM };
    return { method: 'POST', url: request.url, headers, rawBody: Buffer.from(posted.form) };
  }

  /** To where it began, with a word on what went wrong. */
  private back(
    context: PageContext,
    { name }: ConfiguredProvider,
    purpose: SignInPurpose,
    problem: ProviderProblem | 'cancelled',
  ): void {
    const told: Record<string, string> = problem === 'cancelled' ? {} : { problem, with: name };
    if (!purpose.link) return this.toSignIn(context, purpose, told);
    const query = new URLSearchParams(told).toString();
    this.pages.seeOther(context, `/account${query && `?${query}`}`);
  }

  /** @param purpose the page is opened as it was before */
  private toSignIn({ reply }: PageContext, purpose: SignInPurpose, told: Record<string, string>): void {
    const { interaction, next, page } = purpose;
    const query = { ...(page && { [page]: '1' }), ...told };
    const location =
      interaction === undefined
        ? signInLocation(this.options, next, query)
        : this.locations.of('sign-in', { interaction, ...query });
    sendResponse(reply, seeOther(location));
  }
}

/** The language that people asked our page for. */
function asked({ language }: PageContext): string | undefined {
  return language.asked ? language.locale : undefined;
}

function own(next: string | undefined, home: string): string {
  return next === undefined || next === '/' ? home : next;
}
