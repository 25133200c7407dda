// Dynamic client registration, and how a client manages its registration.
// @see RFC 7591 §3, RFC 7592 §2, OIDC Registration §3, §4 https://www.rfc-editor.org/rfc/rfc7591#section-3
import { Injectable } from '@nestjs/common';
import { ClientMetadataError } from '../../clients/client-metadata.js';
import {
  ClientChangedError,
  ClientRegistrations,
  type RegisteredClient,
  TokenUsedUpError,
} from '../../clients/client-registrations.js';
import { ClientsService } from '../../clients/clients.service.js';
import { InitialAccessTokens } from '../../clients/initial-access-tokens.js';
import { jsonResponse, NO_STORE, type OAuthRequest, type OAuthResponse } from '../../common/http.js';
import { AccessDeniedError, TemporarilyUnavailableError } from '../../common/oauth-error.js';
import { ServerOptions } from '../../config/options.js';
import { invalidToken, tokenMissing } from '../../resource-server/bearer-challenge.js';
import { readBearerToken } from '../../resource-server/bearer-request.js';
import { RegistrableMetadata } from './registrable-metadata.js';
import { HourlyLimit } from '../hourly-limit.js';
import { checkReplacement, readMetadata, toRegistrationError } from './registration-request.js';
import { registrationToWire } from './registration-response.js';

const REALM = 'registration';

/** Registers clients that ask for it themselves, and lets them manage their registration. */
@Injectable()
export class Registration {
  private readonly limit: HourlyLimit;

  constructor(
    private readonly registrations: ClientRegistrations,
    private readonly clients: ClientsService,
    private readonly initialTokens: InitialAccessTokens,
    private readonly metadata: RegistrableMetadata,
    private readonly options: ServerOptions,
  ) {
    this.limit = new HourlyLimit(options.registrationsPerHour, 'registrations');
  }

  /**
   * A client registers.
   * @throws OAuthError, BearerError
   * @see RFC 7591 §3.1
   */
  async register(request: OAuthRequest): Promise<OAuthResponse> {
    const token = readToken(request);
    if (token === undefined) {
      if (this.options.registration !== 'open') throw tokenMissing(REALM);
      this.limit.count(request);
    } else if (!(await this.initialTokens.isUsable(token))) throw invalidToken(REALM);
    const body = readMetadata(request);
    return this.answer(201, async () => this.registrations.create(await this.metadata.parse(body), token));
  }

  /**
   * A client reads its registration.
   * @throws BearerError
   * @see RFC 7592 §2.1
   */
  async read(request: OAuthRequest, clientId: string): Promise<OAuthResponse> {
    const registered = await this.authenticate(request, clientId);
    return this.answer(200, () => Promise.resolve(registered));
  }

  /**
   * A client replaces its metadata: what is not given has its default again.
   * @throws OAuthError, BearerError
   * @see RFC 7592 §2.2
   */
  async replace(request: OAuthRequest, clientId: string): Promise<OAuthResponse> {
    const { client, registrationAccessToken: token } = await this.authenticate(request, clientId);
    const body = readMetadata(request);
    return this.answer(200, async () => {
      checkReplacement(body, client);
      return this.registrations.replace(client, token, await this.metadata.parse(body, client.metadata));
    });
  }

  /**
   * A client ends its registration, and with it everything that it was given.
   * @throws BearerError
   * @see RFC 7592 §2.3
   */
  async remove(request: OAuthRequest, clientId: string): Promise<OAuthResponse> {
    await this.authenticate(request, clientId);
    if (!(await this.clients.delete(clientId))) throw invalidToken(REALM);
    return { status: 204, headers: { ...NO_STORE }, body: '' };
  }

  /** Of an unknown client and of a wrong token the answer is the same. */
  private async authenticate(request: OAuthRequest, clientId: string): Promise<RegisteredClient> {
    const token = readToken(request);
    if (token === undefined) throw tokenMissing(REALM);
    const registered = await this.registrations.find(clientId, token);
    if (!registered) throw invalidToken(REALM);
    if (registered.client.disabled) throw new AccessDeniedError('The client is disabled.');
    return registered;
  }

  private async answer(status: number, work: () => Promise<RegisteredClient>): Promise<OAuthResponse> {
    try {
      const registered = await work();
      const uri = this.options.url(`/oauth/register/${encodeURIComponent(registered.client.id)}`);
      return jsonResponse(status, registrationToWire(registered, uri), NO_STORE);
    } catch (error) {
      if (error instanceof TokenUsedUpError) throw invalidToken(REALM);
      if (error instanceof ClientChangedError)
        throw new TemporarilyUnavailableError('The client was changed at this moment.', 1);
      throw error instanceof ClientMetadataError ? toRegistrationError(error) : error;
    }
  }
}

/** @throws BearerError when it is malformed, or in the URL */
function readToken({ headers: { authorization }, query }: OAuthRequest): string | undefined {
  return readBearerToken({ headers: { authorization }, query: Object.fromEntries(new URLSearchParams(query)) }, REALM);
}
