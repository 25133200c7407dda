// The account: password, connected applications, sessions.
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { ClientsService } from '../clients/clients.service.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { OAuthError } from '../common/oauth-error.js';
import { appendQuery } from '../common/url.js';
import { ServerOptions } from '../config/options.js';
import { Page } from '../config/page.js';
import { PasswordChangeService } from '../sessions/password-change.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Catalogue } from '../tokens/catalogue.js';
import { GrantsService } from '../tokens/grants.service.js';
import { UserInputError } from '../users/user-input-error.js';
import { UsersService } from '../users/users.service.js';
import { clientFace } from '../clients/client-face.js';
import { IdentityProviders } from '../oauth/identity-providers/identity-providers.js';
import { UserIdentities } from '../users/user-identities.js';
import { userFieldErrors } from './field-errors.js';
import { isFresh } from './fresh-session.js';
import { message } from './messages/catalogue.js';
import { problemOf } from './provider-problems.js';
import { PageResponder, type SignedInContext } from './page-responder.js';
import { SignedOutPage } from './signed-out-page.js';
import { describeUserAgent } from './user-agent.js';
import type { AccountView } from './views/view-models.js';

/** Newest first; of an application that has more of them, the others have ended or end soon. */
const MAX_GRANTS = 500;

@Page('account')
@Controller('account')
export class AccountController {
  constructor(
    private readonly pages: PageResponder,
    private readonly signedOut: SignedOutPage,
    private readonly passwords: PasswordChangeService,
    private readonly sessions: SessionsService,
    private readonly grants: GrantsService,
    private readonly clients: ClientsService,
    private readonly catalogue: Catalogue,
    private readonly users: UsersService,
    private readonly identities: UserIdentities,
    private readonly providers: IdentityProviders,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async show(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.openSignedIn(request, reply);
    if (context) await this.render(context);
  }

  @Post('password')
  async changePassword(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.openSignedIn(request, reply);
    if (!context) return;
    if (this.users.areHosts) throw new OAuthError('not_found', 404, 'Passwords are not changed here.');
    const form = this.pages.form(context);
    const [current, next] = [form.get('current_password'), form.get('new_password')];
    if (!(await this.users.hasPassword(context.user.id))) return this.setPassword(context, next);
    if (current === undefined || next === undefined) {
      return this.render(context, {
        ...(current === undefined && { current_password: message('account.error.currentPasswordMissing') }),
        ...(next === undefined && { new_password: message('account.error.newPasswordMissing') }),
      });
    }
    try {
      const throttled = await this.passwords.change(context.session, current, next, reply);
      if (!throttled) return this.pages.seeOther(context, '/account?notice=passwordChanged');
      const when = new Date(Date.now() + throttled.retryAfter * 1000);
      await this.render(context, { form: message('signIn.error.wait', { when }) }, 429);
    } catch (error) {
      if (!(error instanceof UserInputError)) throw error;
      await this.render(context, userFieldErrors(error));
    }
  }

  /** The first one, of somebody who signs in with an identity provider. */
  private async setPassword(context: SignedInContext, next: string | undefined): Promise<void> {
    if (next === undefined) return this.render(context, { new_password: message('account.error.newPasswordMissing') });
    if (!isFresh(context.session)) return this.pages.signInAgain(context, '/account');
    try {
      const done = await this.passwords.setFirst(context.session, next, context.reply);
      this.pages.seeOther(context, done ? '/account?notice=passwordSet' : '/account');
    } catch (error) {
      if (!(error instanceof UserInputError)) throw error;
      await this.render(context, userFieldErrors(error));
    }
  }

  @Post('applications/:client_id/revoke')
  async revoke(
    @Param('client_id') clientId: string,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const context = await this.pages.openSignedIn(request, reply);
    if (!context) return;
    this.pages.form(context);
    await this.grants.withdrawConsent(context.user.id, clientId);
    this.pages.seeOther(context, '/account?notice=applicationRevoked');
  }

  @Post('sessions/sign-out-others')
  async signOutOthers(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.openSignedIn(request, reply);
    if (!context) return;
    this.pages.form(context);
    await this.sessions.endAllOf(context.user.id, context.session.id);
    this.pages.seeOther(context, '/account?notice=otherSessionsEnded');
  }

  @Post('sessions/:id/sign-out')
  async signOut(@Param('id') id: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.pages.openSignedIn(request, reply);
    if (!context) return;
    this.pages.form(context);
    if (id === context.session.id) return this.signedOut.end(context);
    if (!(await this.sessions.endById(context.user.id, id)))
      throw new OAuthError('not_found', 404, 'There is no such session.');
    this.pages.seeOther(context, '/account?notice=sessionEnded');
  }

  private async render(context: SignedInContext, errors?: AccountView['errors'], status = 400): Promise<void> {
    const applications = await this.applications(context);
    const sessions = await this.sessions.listOf(context.user.id);
    const identities = await this.identities.listOf(context.user.id);
    this.pages.render(
      context,
      'account',
      {
        ...this.pages.signedInView(context),
        csrfToken: context.csrfToken,
        passwordForm: !this.users.areHosts,
        hasPassword: await this.users.hasPassword(context.user.id),
        identities: identities.map((one) => ({
          id: one.id,
          label: this.providers.find(one.provider)?.label ?? one.provider,
          email: one.email,
          since: one.createdAt,
          lastUsedAt: one.lastUsedAt,
        })),
        linkable: this.providers
          .all()
          .filter(({ name }) => !identities.some(({ provider }) => provider === name))
          .map(({ name, label }) => ({ name, label })),
        problem: problemOf(context.query, this.providers),
        errors,
        applications,
        sessions: sessions.map((one) => ({
          id: one.id,
          current: one.id === context.session.id,
          ...describeUserAgent(one.userAgent),
          address: one.address || undefined,
          signedInAt: one.authTime,
          lastUsedAt: one.lastSeenAt,
        })),
      },
      { status: errors ? status : 200, imgSources: applications.map(({ client }) => client.logoUri) },
    );
  }

  /** What was allowed, and what lives without having been asked for: first-party and legacy clients. */
  private async applications({ user, language }: SignedInContext): Promise<AccountView['applications']> {
    const allowed = new Map<string, { scopes: Set<string>; since: Date }>();
    for (const { clientId, scopes, grantedAt } of await this.grants.listConsents(user.id))
      allowed.set(clientId, { scopes: new Set(scopes), since: grantedAt });
    for (const { clientId, scope, createdAt } of await this.grants.listGrants({ userId: user.id, limit: MAX_GRANTS })) {
      const { scopes, since } = allowed.get(clientId) ?? { scopes: new Set<string>(), since: createdAt };
      for (const value of scope) scopes.add(value);
      allowed.set(clientId, { scopes, since: createdAt < since ? createdAt : since });
    }
    const applications = await Promise.all(
      [...allowed].map(async ([clientId, { scopes, since }]) => {
        const client = await this.clients.find(clientId);
        return (
          client && {
            clientId,
            client: clientFace(client, language),
            openUrl: this.signInUrl(client),
            scopes: await this.catalogue.describeGiven([...scopes]),
            since,
          }
        );
      }),
    );
    return applications.filter((application) => application !== undefined);
  }

  /** Where the application begins a sign-in with this server (OIDC Core §4). */
  private signInUrl({ metadata }: Client): string | undefined {
    const { initiate_login_uri: uri } = metadata;
    return uri === undefined ? undefined : appendQuery(uri, { iss: this.options.issuer });
  }
}
