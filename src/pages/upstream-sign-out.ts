// Signs out at the identity provider as well, where the operator wants it: the session here has ended already, the browser
// goes there, and comes back to go on to the client that asked.
// @see OpenID Connect RP-Initiated Logout §2, §3 https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { fingerprint } from '../common/credential.js';
import { Sealer } from '../common/sealer.js';
import { ServerOptions } from '../config/options.js';
import {
  type ConfiguredProvider,
  IdentityProviders,
  signInWithPath,
} from '../oauth/identity-providers/identity-providers.js';
import { SessionIdentities } from '../oauth/identity-providers/session-identities.js';
import { type LogoutRequest, LogoutRequests } from '../oauth/logout/logout-requests.js';
import { OAuthClientError } from '../relying-party/oauth-client-error.js';
import { Cookies } from '../sessions/cookies.js';
import type { Session } from '../sessions/session.js';
import type { PageContext } from './page-responder.js';

const TICKET = 'upstream-sign-out';
const WAITING = 'waiting-sign-out';
/** Seconds in which a browser follows, also from a page that tells other clients first. */
const TICKET_LIFETIME = 300;
/** Seconds that people have at the provider. */
const WAITING_LIFETIME = 600;
/** Characters that a cookie takes. */
const MAX_COOKIE = 3500;

interface Ticket {
  provider: string;
  browser: string;
  idToken?: string;
  logout?: string;
}

@Injectable()
export class UpstreamSignOut {
  private readonly logger = new Logger('IdentityProviders');

  constructor(
    private readonly providers: IdentityProviders,
    private readonly sessionIdentities: SessionIdentities,
    private readonly logouts: LogoutRequests,
    private readonly cookies: Cookies,
    private readonly sealer: Sealer,
    private readonly options: ServerOptions,
  ) {}

  /**
   * Before the session ends: where the browser goes after it.
   * @returns undefined when the session was not begun with a provider that people are signed out at
   */
  async prepare(session: Session, logout: LogoutRequest, browserId: string): Promise<string | undefined> {
    const identity = await this.sessionIdentities.find(session.id);
    const provider = identity && this.providers.find(identity.provider);
    if (!provider?.signOut || !(await this.canSignOut(provider))) return undefined;
    const idToken = identity?.idToken;
    const ticket: Ticket = { provider: provider.name, browser: fingerprint(browserId), idToken };
    ticket.logout = await this.logouts.seal(logout);
    const sealed = await this.sealer.seal(TICKET, ticket, TICKET_LIFETIME);
    return this.options.url(`${signInWithPath(provider.name)}/sign-out?ticket=${sealed}`);
  }

  /**
   * Sends the browser to the provider.
   * @returns the request of the client, when the provider cannot be reached: it is answered at once
   */
  async send({ name, client }: ConfiguredProvider, context: PageContext): Promise<LogoutRequest | undefined> {
    const ticket = await this.sealer.open<Ticket>(TICKET, context.query.get('ticket') ?? '');
    if (ticket?.provider !== name || ticket.browser !== fingerprint(context.browserId)) return {};
    const state = randomBytes(24).toString('base64url');
    const waiting = await this.sealer.seal(WAITING, { state, logout: ticket.logout }, WAITING_LIFETIME);
    // A client whose state is too long for a cookie is not gone back to.
    if (waiting.length <= MAX_COOKIE) this.cookies.set(context.reply, 'signing-out', waiting, WAITING_LIFETIME);
    try {
      const back = this.options.url(`${signInWithPath(name)}/signed-out`);
      await client.logoutRedirect(context.reply, back, { idTokenHint: ticket.idToken, state });
      return undefined;
    } catch (error) {
      if (!(error instanceof OAuthClientError)) throw error;
      this.logger.warn({ provider: name, error: error.code }, 'sign-out at a provider failed');
      return ticket.logout === undefined ? {} : this.logouts.open(ticket.logout);
    }
  }

  /** Back from the provider. @returns the request of the client; empty when nothing was begun in this browser */
  async finish({ client }: ConfiguredProvider, { request, reply, query }: PageContext): Promise<LogoutRequest> {
    const sealed = this.cookies.read(request, 'signing-out');
    this.cookies.clear(reply, 'signing-out');
    try {
      await client.validateLogoutResponse(request, { reply });
    } catch (error) {
      if (error instanceof OAuthClientError) return {};
      throw error;
    }
    const waiting = await this.sealer.open<{ state: string; logout?: string }>(WAITING, sealed ?? '');
    if (waiting?.logout === undefined || waiting.state !== query.getAll('state')[0]) return {};
    return this.logouts.open(waiting.logout);
  }

  private async canSignOut({ client }: ConfiguredProvider): Promise<boolean> {
    try {
      return typeof (await client.serverMetadata()).end_session_endpoint === 'string';
    } catch (error) {
      if (error instanceof OAuthClientError) return false;
      throw error;
    }
  }
}
