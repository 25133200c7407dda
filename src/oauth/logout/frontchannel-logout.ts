// Tells the clients of a session, by frames in the browser that had it, that it has ended.
// @see OpenID Connect Front-Channel Logout §3 https://openid.net/specs/openid-connect-frontchannel-1_0.html#OPLogout
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { ClientsService } from '../../clients/clients.service.js';
import { appendQuery } from '../../common/url.js';
import { ServerOptions } from '../../config/options.js';
import type { Session } from '../../sessions/session.js';
import { GrantsService } from '../../tokens/grants.service.js';
import { SubjectIdentifiers } from '../subject-identifiers.js';

/** A browser loads no more on one page. */
const MAX_FRAMES = 50;

@Injectable()
export class FrontchannelLogout {
  constructor(
    private readonly grants: GrantsService,
    private readonly clients: ClientsService,
    private readonly subjects: SubjectIdentifiers,
    private readonly options: ServerOptions,
  ) {}

  /** What the browser loads, each URL in a frame of its own. §2: iss and sid are sent whether they are required or not. */
  async framesOf(session: Session): Promise<string[]> {
    const clientIds = await this.grants.listClientsOfSession(session.id);
    const clients = await Promise.all(clientIds.map((clientId) => this.clients.find(clientId)));
    const told = clients.flatMap((client) => (client && !client.disabled ? [client] : []));
    const frames = await Promise.all(told.map((client) => this.frameOf(client, session)));
    return frames.filter((uri) => uri !== undefined).slice(0, MAX_FRAMES);
  }

  private async frameOf(client: Client, { id }: Session): Promise<string | undefined> {
    const { frontchannel_logout_uri: uri } = client.metadata;
    if (uri === undefined) return undefined;
    return appendQuery(uri, { iss: this.options.issuer, sid: await this.subjects.ofSession(client, id) });
  }
}
