// A response type as a plug-in: @ResponseType('code').
// @see OAuth 2.0 Multiple Response Types §2, §3 https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html
import { pluginKind } from '../../common/plugin.js';
import type { Transaction } from '../../database/database.js';
import type { GrantDraft } from '../../tokens/issuance.js';
import type { AuthorizationRequest } from '../authorization-request.js';

/** An authorization request that a user is about to be answered for. */
export interface AuthorizationGrant {
  request: AuthorizationRequest;
  /** What will be granted. */
  grant: GrantDraft;
  /** Only when a remembered consent covers it. */
  ifConsented: boolean;
  tx?: Transaction;
}

/** A response type of the authorization endpoint: decorate the class with `@ResponseType(name)`. */
export interface ResponseType {
  readonly defaultResponseMode: 'query' | 'fragment';
  /** The grant types that a client must be registered for (RFC 7591 §2.1). */
  readonly grantTypes: readonly string[];
  /** The parameters of the authorization response; undefined when it needs consent and there is none. */
  authorize(grant: AuthorizationGrant): Promise<Record<string, string> | undefined>;
}

/** @param name its parts in alphabetical order */
export const ResponseType = pluginKind('ResponseType');
