// Tells the clients of a session that it has ended: after the commit, a few at a time, and again later where nobody
// answers. What is to be told is in the database: an instance that goes away loses nothing.
// @see OpenID Connect Back-Channel Logout §2.5, §2.8 https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { ClientLifecycle } from '../../clients/client-lifecycle.js';
import { ClientsService } from '../../clients/clients.service.js';
import { EventBus } from '../../events/event-bus.js';
import { OutboundError } from '../../outbound/outbound-error.js';
import { OutboundRequests } from '../../outbound/outbound-requests.js';
import { SessionLifecycle } from '../../sessions/session-lifecycle.js';
import { type LogoutNotification, LogoutNotificationsRepository } from './logout-notifications.repository.js';
import { LogoutTokens } from './logout-tokens.js';

const MAX_CONCURRENT = 50;
/** A client that does not answer keeps no more than these busy. */
const MAX_PER_CLIENT = 5;
/** Seconds from one try to the next; each is longer than a request may take. */
const DELAYS = [10, 30, 120, 600];
const MAX_ATTEMPTS = DELAYS.length + 1;
/** Milliseconds between looks for what is due again, or was left behind by another instance. */
const LOOK_EVERY = 10_000;

@Injectable()
export class BackchannelLogout implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BackchannelLogout.name);
  private readonly running = new Map<Promise<void>, LogoutNotification>();
  private looking?: Promise<void>;
  private lookAgain = false;
  private stopping = false;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly notifications: LogoutNotificationsRepository,
    private readonly tokens: LogoutTokens,
    private readonly clients: ClientsService,
    private readonly outbound: OutboundRequests,
    private readonly sessions: SessionLifecycle,
    private readonly clientLifecycle: ClientLifecycle,
    private readonly events: EventBus,
  ) {}

  onModuleInit(): void {
    this.sessions.onEnded(async (tx, sessionIds) => {
      if ((await this.notifications.create(tx, sessionIds)) > 0) tx.afterCommit(() => this.look());
    });
    this.clientLifecycle.onDeleted((tx, clientIds) => this.notifications.removeOf(tx, clientIds));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY).unref();
  }

  /** Waits for the requests that are on their way: the database is closed afterwards. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.looking;
    await Promise.all(this.running.keys());
  }

  /** Begins with what is due; nobody waits for it. */
  private look(): void {
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = this.takeDue()
      .catch((error: unknown) => this.logger.warn(`Logout notifications were not read: ${textOf(error)}`))
      .finally(() => {
        this.looking = undefined;
        if (!this.lookAgain) return;
        this.lookAgain = false;
        this.look();
      });
  }

  private async takeDue(): Promise<void> {
    for (let found = true; found;) {
      const total = MAX_CONCURRENT - this.running.size;
      if (total <= 0 || this.stopping) return;
      const due = await this.notifications.claim({
        total,
        perClient: MAX_PER_CLIENT,
        except: [...new Set([...this.running.values()].map(({ clientId }) => clientId))],
        delays: DELAYS,
      });
      for (const notification of due) this.start(notification);
      found = due.length > 0;
    }
  }

  private start(notification: LogoutNotification): void {
    const delivery = this.deliver(notification)
      .catch((error: unknown) => this.logger.warn(`A logout notification was not settled: ${textOf(error)}`))
      .finally(() => {
        this.running.delete(delivery);
        this.look();
      });
    this.running.set(delivery, notification);
  }

  private async deliver(notification: LogoutNotification): Promise<void> {
    const { id, clientId, sessionId, userId, attempts } = notification;
    const client = await this.clients.find(clientId);
    const url = client?.metadata.backchannel_logout_uri;
    if (!client || client.disabled || url === undefined) return this.notifications.remove(id);
    const failure = await this.send(client, url, notification);
    if (failure === undefined) {
      await this.notifications.remove(id);
      this.events.emit('logout.delivered', { clientId, userId, sessionId });
      return;
    }
    // A URL that the server does not connect to is none later either.
    const final = attempts >= MAX_ATTEMPTS || failure === 'refused';
    if (final) await this.notifications.remove(id);
    this.events.emit('logout.failed', { clientId, userId, sessionId, reason: failure, final });
    if (final) this.logger.warn(`The client ${clientId} was not told that a session has ended: ${failure}`);
  }

  /** @returns why it came to nothing */
  private async send(client: Client, url: string, notification: LogoutNotification): Promise<string | undefined> {
    try {
      const body = new URLSearchParams({ logout_token: await this.tokens.issue(client, notification) }).toString();
      const { status } = await this.outbound.post(url, { body, contentType: 'application/x-www-form-urlencoded' });
      // §2.8: 200; 204 is what some frameworks make of an empty answer.
      return status >= 200 && status < 300 ? undefined : 'status';
    } catch (error) {
      if (error instanceof OutboundError) return error.failure;
      this.logger.warn(`There is no logout token for the client ${client.id}: ${textOf(error)}`);
      return 'no_token';
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
