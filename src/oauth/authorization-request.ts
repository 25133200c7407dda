// An authorization request, checked from top to bottom in the order that decides where an error may go.
// @see RFC 6749 §4.1.1, §4.1.2.1; OIDC Core §3.1.2 https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { ClientsService } from '../clients/clients.service.js';
import {
  InvalidRequestError,
  OAuthError,
  UnauthorizedClientError,
  UnsupportedResponseTypeError,
} from '../common/oauth-error.js';
import type { Parameters } from '../common/parameters.js';
import { matchRedirectUri } from '../common/redirect-uri.js';
import { ServerOptions } from '../config/options.js';
import type { Resource } from '../tokens/catalogue.js';
import { UsersService } from '../users/users.service.js';
import { readCodeChallenge } from './checks/pkce.js';
import { ResourceIndicators } from './checks/resource-indicators.js';
import type { ClaimsRequest, RequestedClaim } from './claims/claims-request.js';
import { type Prompt, readPrompt } from './checks/prompt.js';
import { resolveScope } from './checks/scope.js';
import { OpenIdRequests } from './openid-request.js';
import { RequestObjects } from './request-objects/request-objects.js';
import { ResponseModeRegistry } from './response-modes/response-mode.js';
import { ResponseTypeRegistry } from './response-types/response-type-registry.js';

/** Parameters that are read; any other one is ignored (RFC 6749 §3.1). */
const PARAMETERS = new Set([
  'response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'response_mode', 'nonce', 'prompt', 'max_age',
  'code_challenge', 'code_challenge_method', 'resource', 'login_hint', 'display', 'ui_locales', 'id_token_hint', 'acr_values',
  'claims', 'claims_locales', 'registration', 'idp_hint', 'kc_idp_hint',
]); // prettier-ignore
/** Bytes that the request may hold in all: it travels through the browser, sealed, in the URL of the next page. */
const MAX_LENGTH = 8192;
/** BCP 47 tags are short, and nobody has a hundred languages. */
const MAX_LOCALES = 20;

/** An authorization request as it came. */
export interface SentRequest {
  parameters: Parameters;
  /** Are they those of the request object already? */
  unpacked: boolean;
}

/** Where an authorization response goes. */
export interface ResponseTarget {
  redirectUri: string;
  responseMode: string;
  state?: string;
  /** The client of an OpenID request: it is told the state of the session, also with an error. */
  openIdClient?: string;
}

/** A request that may be shown to the user, or answered. */
export interface AuthorizationRequest extends ResponseTarget {
  client: Client;
  /** Was the redirect URI part of the request? */
  redirectUriGiven: boolean;
  responseType: string;
  scope: string[];
  resources: Resource[];
  codeChallenge?: string;
  nonce?: string;
  prompt: readonly Prompt[];
  /** Seconds since the sign-in that the client accepts. */
  maxAge?: number;
  loginHint?: string;
  /** `sub`, as the client knows it, of the users who may answer (`id_token_hint`, or asked for by `claims`); absent: anyone. */
  subjects?: readonly string[];
  /** The `claims` parameter, as far as the client can have them. */
  claims?: ClaimsRequest;
  /** `acr` as the `claims` parameter asks for it. */
  acr?: RequestedClaim;
  /** Authentication context classes that are asked for, the preferred one first. */
  acrValues?: readonly string[];
  /** BCP 47 tags, the preferred one first. */
  claimsLocales: readonly string[];
  /** What the user is asked for: the scope, and the scopes of the claims that are asked for one by one. */
  consentScope: readonly string[];
  /** What was read, to be sealed and checked again. */
  parameters: [string, string][];
}

/** An error that goes to the redirect URI, which has been proven. */
export class AuthorizationError extends Error {
  constructor(
    readonly error: OAuthError,
    readonly target: ResponseTarget,
  ) {
    super(error.message, { cause: error });
  }
}

@Injectable()
export class AuthorizationRequests {
  constructor(
    private readonly clients: ClientsService,
    private readonly requestObjects: RequestObjects,
    private readonly responseTypes: ResponseTypeRegistry,
    private readonly responseModes: ResponseModeRegistry,
    private readonly resources: ResourceIndicators,
    private readonly openId: OpenIdRequests,
    private readonly users: UsersService,
    private readonly options: ServerOptions,
  ) {}

  /**
   * @throws OAuthError before client and redirect URI are proven: for the user's eyes only
   * @throws AuthorizationError after: for the client
   */
  async read(parameters: Parameters): Promise<AuthorizationRequest> {
    return this.readUnpacked(await this.unpack(parameters));
  }

  /**
   * The parameters that count, out of the request object if there is one.
   * @throws OAuthError when nothing outside of the object proves client and redirect URI: for the user's eyes only
   * @throws AuthorizationError when it does: for the client
   */
  async unpack(parameters: Parameters): Promise<Parameters> {
    const client = await this.readClient(parameters);
    try {
      return await this.requestObjects.unpack(client, parameters);
    } catch (error) {
      const [redirectUri, ...others] = parameters.getAll('redirect_uri');
      const isProven = others.length === 0 && matchRedirectUri(client.metadata.redirect_uris, redirectUri ?? '');
      if (!(error instanceof OAuthError) || !isProven) throw error;
      throw new AuthorizationError(error, this.readTarget(client, parameters, redirectUri));
    }
  }

  /**
   * Reads what was unpacked, now or before the user went on to a page.
   * @throws OAuthError, AuthorizationError as {@link read}
   */
  async readUnpacked(parameters: Parameters): Promise<AuthorizationRequest> {
    const client = await this.readClient(parameters);
    const redirectUri = this.readRedirectUri(client, parameters);
    const target = this.readTarget(client, parameters, redirectUri);
    try {
      return await this.readRest(client, parameters, target);
    } catch (error) {
      if (error instanceof OAuthError) throw new AuthorizationError(error, target);
      throw error;
    }
  }

  private async readClient(parameters: Parameters): Promise<Client> {
    const clientId = parameters.require('client_id');
    const client = await this.clients.find(clientId);
    if (!client || client.disabled) throw new OAuthError('invalid_client', 400, 'The client is unknown.');
    return client;
  }

  /** RFC 6749 §3.1.2.3, §3.1.2.4: without a proven redirect URI nothing is redirected. */
  private readRedirectUri(client: Client, parameters: Parameters): string {
    const presented = parameters.get('redirect_uri');
    const registered = client.metadata.redirect_uris;
    if (presented !== undefined) {
      if (matchRedirectUri(registered, presented)) return presented;
      throw new InvalidRequestError('The redirect_uri is not registered for this client.');
    }
    const [only] = registered;
    if (only === undefined || registered.length > 1 || isOpenId(parameters.getAll('scope')[0]))
      throw new InvalidRequestError("Parameter 'redirect_uri' is missing.");
    return only;
  }

  /** Where even an error about the other parameters goes. */
  private readTarget(client: Client, parameters: Parameters, redirectUri: string): ResponseTarget {
    const first = (name: string): string | undefined => parameters.getAll(name)[0];
    const responseType = this.responseTypes.find(normalize(first('response_type') ?? ''));
    const asked = first('response_mode');
    const fallback =
      responseType?.defaultResponseMode ?? (first('response_type')?.includes('token') ? 'fragment' : 'query');
    const responseMode =
      asked !== undefined && isAllowedMode(asked, fallback) && this.responseModes.find(asked) ? asked : fallback;
    // What is too long for a browser's URL is so on the way back as well: the request will be refused.
    const states = parameters.getAll('state').filter((state) => state.length <= MAX_LENGTH);
    return {
      redirectUri,
      responseMode,
      state: states.length === 1 ? states[0] : undefined,
      openIdClient: isOpenId(first('scope') ?? client.metadata.default_scope) ? client.id : undefined,
    };
  }

  private async readRest(
    client: Client,
    parameters: Parameters,
    target: ResponseTarget,
  ): Promise<AuthorizationRequest> {
    parameters.refuseRepeated(PARAMETERS);
    const read = knownEntries(parameters);
    if (parameters.has('registration'))
      throw new OAuthError('registration_not_supported', 400, "Parameter 'registration' is not supported.");
    const responseType = normalize(parameters.require('response_type'));
    const type = this.responseTypes.find(responseType);
    if (!type) throw new UnsupportedResponseTypeError('The response_type is not supported.');
    if (
      !client.allowsResponseType(responseType) ||
      !type.grantTypes.every((grantType) => client.allowsGrantType(grantType))
    ) {
      throw new UnauthorizedClientError('The client is not registered for this response_type.');
    }
    const mode = parameters.get('response_mode');
    if (mode !== undefined && mode !== target.responseMode)
      throw new InvalidRequestError('The response_mode is not supported here.');

    const resources = await this.resources.read(client, parameters);
    const scope = resolveScope(client, parameters.get('scope'), resources).filter(
      // OIDC Core §11: without a code nothing comes that could outlive the session.
      (value) => value !== 'offline_access' || responseType.split(' ').includes('code'),
    );
    if (resources.length > 0 && responseType.split(' ').includes('token'))
      await this.resources.formatFor(
        client,
        resources.map(({ identifier }) => identifier),
      );
    return {
      ...target,
      client,
      redirectUriGiven: parameters.has('redirect_uri'),
      responseType,
      scope,
      resources,
      codeChallenge: responseType.split(' ').includes('code')
        ? readCodeChallenge(client, parameters, this.options)
        : undefined,
      ...(await this.openId.read(client, parameters, { responseType, scope })),
      prompt: readPrompt(parameters, this.users),
      maxAge: readMaxAge(parameters) ?? client.metadata.default_max_age,
      loginHint: parameters.get('login_hint'),
      claimsLocales: (parameters.get('claims_locales') ?? '').split(' ').filter(Boolean).slice(0, MAX_LOCALES),
      parameters: read,
    };
  }
}

/**
 * What is read of an authorization request, to be sealed.
 * @throws InvalidRequestError when it is too long for that
 */
export function knownEntries(parameters: Parameters): [string, string][] {
  const known = [...parameters.entries()].filter(([name]) => PARAMETERS.has(name));
  if (known.reduce((length, entry) => length + Buffer.byteLength(entry.join('')), 0) > MAX_LENGTH)
    throw new InvalidRequestError(`The request is longer than ${MAX_LENGTH} bytes.`);
  return known;
}

/** The order of a response type's parts does not matter (Multiple Response Types §3). */
function normalize(responseType: string): string {
  return responseType.split(' ').filter(Boolean).sort().join(' ');
}

function isOpenId(scope = ''): boolean {
  return scope.split(' ').includes('openid');
}

/** Tokens never travel in a query (Multiple Response Types §3). */
function isAllowedMode(mode: string, defaultMode: string): boolean {
  return !(mode === 'query' && defaultMode === 'fragment');
}

function readMaxAge(parameters: Parameters): number | undefined {
  const value = parameters.get('max_age');
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw new InvalidRequestError('max_age must be a number of seconds.');
  return Number(value);
}
