// A logout request of a client, checked in whole before anything is done.
// @see OpenID Connect RP-Initiated Logout §2, §4 https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { ClientsService } from '../../clients/clients.service.js';
import { InvalidRequestError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import { Sealer } from '../../common/sealer.js';
import { appendQuery } from '../../common/url.js';
import { ServerOptions } from '../../config/options.js';
import type { Session } from '../../sessions/session.js';
import { type IdTokenHint, IdTokenHints } from '../id-token-hints.js';
import { InteractionError } from '../interactions/interaction-error.js';
import { SubjectIdentifiers } from '../subject-identifiers.js';

const PURPOSE = 'logout-request';
/** Parameters that are read; any other one is ignored. */
const PARAMETERS = new Set([
  'id_token_hint', 'logout_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'ui_locales',
]); // prettier-ignore
/** It travels through the browser, sealed, in the URL of the next page. */
const MAX_STATE_LENGTH = 4096;

/** What a client asks for; empty when people have come by themselves. */
export interface LogoutRequest {
  client?: Client;
  hint?: IdTokenHint;
  /** Registered by the client. */
  redirectUri?: string;
  state?: string;
}

interface SealedLogoutRequest extends Omit<LogoutRequest, 'client'> {
  clientId: string;
}

/** Reads the logout requests of clients: each is checked in whole before anything is done. */
@Injectable()
export class LogoutRequests {
  constructor(
    private readonly clients: ClientsService,
    private readonly hints: IdTokenHints,
    private readonly subjects: SubjectIdentifiers,
    private readonly sealer: Sealer,
    private readonly options: ServerOptions,
  ) {}

  /** @throws InvalidRequestError when anything about it is wrong: nobody is signed out, and nothing is redirected (§4) */
  async read(parameters: Parameters): Promise<LogoutRequest> {
    parameters.refuseRepeated(PARAMETERS);
    const hint = await this.readHint(parameters);
    const clientId = parameters.get('client_id') ?? hint?.clientId;
    // §2: when both are there, the ID token was issued to that client.
    if (hint && hint.clientId !== clientId)
      throw new InvalidRequestError('The id_token_hint was issued to another client than client_id.');
    const redirectUri = parameters.get('post_logout_redirect_uri');
    const state = parameters.get('state');
    if (state !== undefined && state.length > MAX_STATE_LENGTH)
      throw new InvalidRequestError(`The state is longer than ${MAX_STATE_LENGTH} characters.`);
    return this.forClient(clientId, { hint, redirectUri, state });
  }

  /** The request as text that can travel through the browser; undefined when there is nothing to remember. */
  seal({ client, hint, redirectUri, state }: LogoutRequest): Promise<string> | undefined {
    if (!client) return undefined;
    const sealed: SealedLogoutRequest = { clientId: client.id, hint, redirectUri, state };
    return this.sealer.seal(PURPOSE, sealed, this.options.lifetimes.interaction);
  }

  /** @throws InteractionError when it was changed or has expired */
  async open(sealed: string): Promise<LogoutRequest> {
    const opened = await this.sealer.open<SealedLogoutRequest>(PURPOSE, sealed);
    if (!opened) throw new InteractionError('The request has expired. Go back to the application and start again.');
    const { clientId, ...rest } = opened;
    return this.forClient(clientId, rest);
  }

  /**
   * Does the request come from a client of this very session, so that nobody needs to be asked?
   * @see OpenID Connect RP-Initiated Logout §2
   */
  async isOfSession({ client, hint }: LogoutRequest, session: Session): Promise<boolean> {
    if (!client || !hint || hint.sessionId !== (await this.subjects.ofSession(client, session.id))) return false;
    return hint.subject === (await this.subjects.of(client, session.userId));
  }

  /** Where the browser goes afterwards, if the client has said so. */
  redirectOf({ redirectUri, state }: LogoutRequest): string | undefined {
    return redirectUri && appendQuery(redirectUri, state === undefined ? {} : { state });
  }

  private async readHint(parameters: Parameters): Promise<IdTokenHint | undefined> {
    const token = parameters.get('id_token_hint');
    if (token === undefined) return undefined;
    const hint = await this.hints.verify(token);
    if (!hint) throw new InvalidRequestError('The id_token_hint is not an ID token of ours.');
    return hint;
  }

  private async forClient(clientId: string | undefined, rest: Omit<LogoutRequest, 'client'>): Promise<LogoutRequest> {
    if (clientId === undefined) {
      if (rest.redirectUri === undefined) return {};
      throw new InvalidRequestError('A post_logout_redirect_uri needs an id_token_hint or a client_id.');
    }
    const client = await this.clients.find(clientId);
    if (!client || client.disabled) throw new InvalidRequestError('The client is unknown.');
    // §3: compared as strings.
    if (rest.redirectUri !== undefined && !(client.metadata.post_logout_redirect_uris ?? []).includes(rest.redirectUri))
      throw new InvalidRequestError('The post_logout_redirect_uri is not registered for this client.');
    return { client, ...rest };
  }
}
