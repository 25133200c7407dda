// Claims about a user as a plug-in, named after the scope that releases them: @Claims('email').
// @see OIDC Core §5.4, §5.6 https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims
import type { Client } from '../../clients/client.js';
import { pluginKind } from '../../common/plugin.js';
import type { User } from '../../users/user.js';

/** Whose claims are told to whom. */
export interface ClaimsContext {
  user: User;
  client: Client;
  /** Of the source's claims those that will be told. */
  names: readonly string[];
  /** BCP 47 tags of `claims_locales`, the preferred one first; empty when the client asked for none. */
  locales: readonly string[];
}

/** Claims that somebody else vouches for (OIDC Core §5.6.2). */
export interface ExternalClaims {
  /** Names of the claims. */
  claims: readonly string[];
  /** Aggregated: a JWT of the claims provider that holds them. */
  jwt?: string;
  /** Distributed: where the client gets such a JWT. */
  endpoint?: string;
  /** Distributed: the access token for the endpoint. */
  accessToken?: string;
}

/** A source of claims about users, under the scope that releases them: decorate the class with `@Claims(scope)`. */
export interface ClaimsSource {
  /** Every claim that the source can tell. */
  readonly claims: readonly string[];
  /** The claims that are known of the user; what is `undefined` or `null` is left out. */
  resolve?(context: ClaimsContext): Record<string, unknown> | Promise<Record<string, unknown>>;
  /** Aggregated and distributed claims. */
  external?(context: ClaimsContext): readonly ExternalClaims[] | Promise<readonly ExternalClaims[]>;
}

/** @example \@Claims('loyalty') class LoyaltyClaims implements ClaimsSource { readonly claims = ['loyalty_level']; } */
export const Claims = pluginKind('Claims');
