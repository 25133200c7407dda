// Answers the routes of @ReceiveLogout: checks what the provider says, ends the sessions, and tells the application.
// @see OpenID Connect Back-Channel Logout §2.6–2.8, Front-Channel Logout §2, §3 https://openid.net/specs/openid-connect-frontchannel-1_0.html#RPLogout
import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { NO_STORE } from '../common/http.js';
import { parseUrl } from '../common/url.js';
import { EventBus } from '../events/event-bus.js';
import type { ClientReply, ClientRequest } from './oauth-client.js';
import { OAuthClientError } from './oauth-client-error.js';
import { OAuthRegistry } from './oauth-registry.js';
import { queryOf } from './own-url.js';
import { RECEIVE_LOGOUT, type ReceiveLogoutRoute, rememberLogout, type RemoteLogoutNotice } from './remote-logout.js';
import { RemoteSessions } from './remote-sessions.js';

const PAGE = '<!doctype html><html lang="en"><title>Signed out</title></html>';

interface Exchange {
  request: ClientRequest;
  reply: ClientReply;
  next: CallHandler;
}

@Injectable()
export class ReceiveLogoutInterceptor implements NestInterceptor {
  private readonly logger = new Logger('ReceiveLogout');

  constructor(
    private readonly registry: OAuthRegistry,
    private readonly sessions: RemoteSessions,
    private readonly events: EventBus,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { name, channel } = Reflect.getMetadata(RECEIVE_LOGOUT, context.getHandler()) as ReceiveLogoutRoute;
    const http = context.switchToHttp();
    const exchange = { request: http.getRequest<ClientRequest>(), reply: http.getResponse<ClientReply>(), next };
    for (const [header, value] of Object.entries(NO_STORE)) exchange.reply.header(header, value);
    try {
      return of(channel === 'back' ? await this.fromProvider(name, exchange) : await this.fromFrame(name, exchange));
    } catch (error) {
      if (!(error instanceof OAuthClientError)) throw error;
      this.logger.warn(error.message);
      // §2.8. Without the provider's keys nothing can be said of the token: it may come once more.
      const isOurs = error.code === 'provider_unavailable';
      exchange.reply.status(isOurs ? 503 : 400);
      return of({
        error: isOurs ? 'temporarily_unavailable' : 'invalid_request',
        error_description: error.description,
      });
    }
  }

  private async fromProvider(provider: string, exchange: Exchange): Promise<undefined> {
    const token = await this.registry.get(provider).validateLogoutToken(exchange.request);
    const { issuer, subject, sid } = token;
    try {
      await this.end(exchange, { provider, issuer, subject, sid, channel: 'back' });
    } catch (error) {
      token.release();
      throw error;
    }
  }

  private async fromFrame(provider: string, exchange: Exchange): Promise<string> {
    const { request, reply } = exchange;
    const metadata = await this.registry.get(provider).serverMetadata();
    const query = queryOf(request);
    const [issuers, sids] = [query.getAll('iss'), query.getAll('sid')];
    // Whoever knows neither must not sign anybody out.
    if (issuers.length !== 1 || issuers[0] !== metadata.issuer || sids.length !== 1 || sids[0] === '')
      throw new OAuthClientError(provider, 'invalid_response', 'The parameters iss and sid have to be the provider’s.');
    await this.end(exchange, { provider, issuer: issuers[0], sid: sids[0], channel: 'front' });
    reply.header('content-type', 'text/html; charset=utf-8');
    reply.header('content-security-policy', `default-src 'none'; frame-ancestors ${originsOf(metadata)}`);
    removeHeader(reply, 'x-frame-options');
    return PAGE;
  }

  private async end({ request, next }: Exchange, notice: RemoteLogoutNotice): Promise<void> {
    const { provider, issuer, subject, sid } = notice;
    await this.sessions.endRemote({ provider, issuer, subject, sid });
    rememberLogout(request, notice);
    await lastValueFrom(next.handle(), { defaultValue: undefined });
    this.events.emit('remote_session.ended', { provider, issuer, subject, sid });
  }
}

/** Where the frame may be: the provider alone, whatever the application says of its other pages. */
function originsOf({ issuer, end_session_endpoint: endpoint }: Readonly<Record<string, unknown>>): string {
  const origins = [issuer, endpoint].map((url) => parseUrl(String(url))?.origin);
  return [...new Set(origins.filter((origin) => origin !== undefined))].join(' ');
}

/** Older browsers heed it in place of the policy. */
function removeHeader(reply: ClientReply, name: string): void {
  (reply as { removeHeader?: (name: string) => unknown }).removeHeader?.(name);
}
