// Tells the clients of a session, by frames in the browser that had it, that it has ended.
// @see OpenID Connect Front-Channel Logout §3 https://openid.net/specs/openid-connect-frontchannel-1_0.html#OPLogout
import { Injectable } from '@nestjs/common';
import { ClientsService } from '../../clients/clients.service.js';
import { appendQuery } from '../../common/url.js';
import { ServerOptions } from '../../config/options.js';
import type { Session } from '../../sessions/session.js';
import { GrantsService } from '../../tokens/grants.service.js';

/** A browser loads no more on one page. */
const MAX_FRAMES = 50;

@Injectable()
export class FrontchannelLogout {
  constructor(
    private readonly grants: GrantsService,
    private readonly clients: ClientsService,
    private readonly options: ServerOptions,
  ) {}

  /** What the browser loads, each URL in a frame of its own. §2: iss and sid are sent whether they are required or not. */
  async framesOf(session: Session): Promise<string[]> {
    const clientIds = await this.grants.listClientsOfSession(session.id);
    const clients = await Promise.all(clientIds.map((clientId) => this.clients.find(clientId)));
    return clients
      .flatMap((client) => (client?.disabled === false ? (client.metadata.frontchannel_logout_uri ?? []) : []))
      .slice(0, MAX_FRAMES)
      .map((uri) => appendQuery(uri, { iss: this.options.issuer, sid: session.id }));
  }
}
