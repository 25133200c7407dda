// What is still needed before an authorization request is answered, and what the user decided. The request waits in
// the browser, sealed: nothing is stored for people who never come back.
// @see RFC 6749 §3.1, OIDC Core §3.1.2.3 https://openid.net/specs/openid-connect-core-1_0.html#Authenticates
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Sealer } from '../../common/sealer.js';
import { fingerprint } from '../../common/credential.js';
import type { OAuthResponse } from '../../common/http.js';
import { InvalidRequestError } from '../../common/oauth-error.js';
import { Parameters } from '../../common/parameters.js';
import { ServerOptions } from '../../config/options.js';
import type { Session } from '../../sessions/session.js';
import { type AuthorizationRequest, knownEntries, type SentRequest } from '../authorization-request.js';
import { InteractionError } from './interaction-error.js';

const PURPOSE = 'interaction';
const POSTED = 'posted-authorization-request';
const RESPONSE = 'authorization-response';
/** Seconds in which a browser follows a redirect. */
const REDIRECT_LIFETIME = 120;

/** An authorization request that waits for its user. */
export interface Interaction {
  id: string;
  /** When the request came, in milliseconds. */
  startedAt: number;
  /** The sign-in of that moment, see {@link signInOf}: another one later means that somebody has signed in since. */
  signIn?: string;
  /** The sign-in whose account the user has chosen to go on with (`prompt=select_account`). */
  selected?: string;
  /** What the consent page said, see {@link shownOf}: nothing else is allowed with it. */
  shown?: string;
  parameters: Parameters;
}

interface SealedInteraction {
  id: string;
  startedAt: number;
  signIn?: string;
  selected?: string;
  shown?: string;
  browser: string;
  parameters: [string, string][];
}

interface SealedRequest {
  parameters: [string, string][];
  unpacked: boolean;
}

interface SealedResponse {
  response: OAuthResponse;
  browser: string;
}

@Injectable()
export class InteractionsService {
  constructor(
    private readonly sealer: Sealer,
    private readonly options: ServerOptions,
  ) {}

  /** Begins an interaction in this browser. */
  start(request: AuthorizationRequest, session: Session | undefined): Interaction {
    return {
      id: randomUUID(),
      startedAt: Date.now(),
      signIn: session && signInOf(session),
      parameters: Parameters.from(request.parameters),
    };
  }

  /** The interaction as text that only this browser can bring back. */
  seal(interaction: Interaction, browserId: string): Promise<string> {
    const { id, startedAt, signIn, selected, shown, parameters } = interaction;
    const sealed: SealedInteraction = {
      id,
      startedAt,
      signIn,
      selected,
      shown,
      browser: fingerprint(browserId),
      parameters: [...parameters.entries()],
    };
    return this.sealer.seal(PURPOSE, sealed, this.options.lifetimes.interaction);
  }

  /** @returns undefined when it was changed, has expired or belongs to another browser */
  async open(sealed: string, browserId: string | undefined): Promise<Interaction | undefined> {
    const opened = browserId === undefined ? undefined : await this.sealer.open<SealedInteraction>(PURPOSE, sealed);
    if (!opened || browserId === undefined || opened.browser !== fingerprint(browserId)) return undefined;
    const { id, startedAt, signIn, selected, shown, parameters } = opened;
    return { id, startedAt, signIn, selected, shown, parameters: Parameters.from(parameters) };
  }

  /**
   * The interaction that a page was opened with.
   * @param sealed absent: the page stands for itself
   * @throws InteractionError when it was changed, has expired or belongs to another browser
   */
  async find(sealed: string | undefined, browserId: string | undefined): Promise<Interaction | undefined> {
    if (sealed === undefined) return undefined;
    const interaction = await this.open(sealed, browserId);
    if (!interaction)
      throw new InteractionError(
        'This request has expired or belongs to another browser. Go back to the application and start again.',
      );
    return interaction;
  }

  /**
   * The interaction without which a page makes no sense.
   * @throws InvalidRequestError, InteractionError as {@link find}
   */
  async get(sealed: string | undefined, browserId: string | undefined): Promise<Interaction> {
    const interaction = await this.find(sealed, browserId);
    if (!interaction)
      throw new InvalidRequestError('This page is reached from an application. Go back to it and start again.');
    return interaction;
  }

  /** Seals what a consent page shows, and to whom: the decision is taken on nothing else. @param userId who is signed in */
  sealShown(
    interaction: Interaction,
    request: AuthorizationRequest,
    userId: string | undefined,
    browserId: string,
  ): Promise<string> {
    return this.seal({ ...interaction, shown: shownOf(request, userId) }, browserId);
  }

  /** A request that came by POST, without the cookies of a cross-site form: it comes back by GET. */
  sealPosted({ parameters, unpacked }: SentRequest): Promise<string> {
    const sealed: SealedRequest = { parameters: knownEntries(parameters), unpacked };
    return this.sealer.seal(POSTED, sealed, REDIRECT_LIFETIME);
  }

  async openPosted(sealed: string): Promise<SentRequest | undefined> {
    const opened = await this.sealer.open<SealedRequest>(POSTED, sealed);
    return opened && { ...opened, parameters: Parameters.from(opened.parameters) };
  }

  /** A response that is a page of its own, e.g. of the mode `form_post`: this browser fetches it with {@link openResponse}. */
  sealResponse(response: OAuthResponse, browserId: string): Promise<string> {
    const sealed: SealedResponse = { response, browser: fingerprint(browserId) };
    return this.sealer.seal(RESPONSE, sealed, REDIRECT_LIFETIME);
  }

  /** @returns undefined when it was changed, has expired or belongs to another browser */
  async openResponse(sealed: string, browserId: string | undefined): Promise<OAuthResponse | undefined> {
    const opened = await this.sealer.open<SealedResponse>(RESPONSE, sealed);
    return browserId !== undefined && opened?.browser === fingerprint(browserId) ? opened.response : undefined;
  }
}

/** Names one sign-in: a session keeps its id when its owner signs in again. */
export function signInOf(session: Session): string {
  return `${session.id}:${session.authTime.getTime()}`;
}

/** What a consent page says that does not stand in the request itself: of the request, and of who is signed in. */
export function shownOf({ redirectUri, consentScope }: AuthorizationRequest, userId: string | undefined): string {
  return fingerprint(JSON.stringify([redirectUri, consentScope, userId]));
}
