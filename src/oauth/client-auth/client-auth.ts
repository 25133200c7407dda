// Client authentication as a plug-in: @ClientAuth('private_key_jwt').
// @see RFC 6749 §2.3 https://www.rfc-editor.org/rfc/rfc6749#section-2.3
import type { Client } from '../../clients/client.js';
import type { OAuthRequest } from '../../common/http.js';
import type { Parameters } from '../../common/parameters.js';
import { pluginKind } from '../../common/plugin.js';

/** What a request presents to prove who the client is. */
export interface PresentedCredentials {
  clientId: string;
  /** Does it prove the client? Called for an unknown client too, with one that nothing proves, to take the same time. */
  verify(client: Client): Promise<boolean> | boolean;
  /** Why it did not the last time: for the log, never for the client. */
  failure?: string;
}

/** A client authentication method: decorate the class with `@ClientAuth(name)`. */
export interface ClientAuth {
  /** Algorithms of a method that signs: the metadata names them. */
  readonly signingAlgorithms?: readonly string[];
  /**
   * What the request presents by this method; undefined when it does not use it.
   * @throws InvalidClientError when it uses the method in a malformed way
   */
  read(request: OAuthRequest, parameters: Parameters): PresentedCredentials | undefined;
}

/** @example \@ClientAuth('tls_client_auth') class TlsClientAuth implements ClientAuth {} */
export const ClientAuth = pluginKind('ClientAuth');
