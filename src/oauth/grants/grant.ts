// A grant type as a plug-in: @Grant('urn:ietf:params:oauth:grant-type:device_code').
// @see RFC 6749 §1.3, §4.5 https://www.rfc-editor.org/rfc/rfc6749#section-4.5
import type { Client } from '../../clients/client.js';
import type { OAuthRequest } from '../../common/http.js';
import type { Parameters } from '../../common/parameters.js';
import { pluginKind } from '../../common/plugin.js';

/** A token request of a client that has authenticated and may use the grant type. */
export interface TokenRequest {
  client: Client;
  parameters: Parameters;
  request: OAuthRequest;
}

/** RFC 6749 §5.1, in wire names. */
export interface TokenResponse {
  access_token: string;
  token_type: string;
  /** Seconds. */
  expires_in: number;
  refresh_token?: string;
  scope: string;
  [member: string]: unknown;
}

/** A grant type at the token endpoint: decorate the class with `@Grant(grantType)`. */
export interface Grant {
  /** Answers a token request; absent: the grant type is not used at the token endpoint. */
  respond?(tokenRequest: TokenRequest): Promise<TokenResponse>;
  /**
   * The client of a token request without client authentication, where what is presented proves who it is; absent, or
   * undefined: the client must authenticate.
   * @throws OAuthError when it proves nothing
   * @see RFC 7521 §4.1
   */
  identifyClient?(request: OAuthRequest, parameters: Parameters): Promise<Client | undefined>;
}

/** @example \@Grant('urn:example:magic-link') class MagicLinkGrant implements Grant {} */
export const Grant = pluginKind('Grant');
