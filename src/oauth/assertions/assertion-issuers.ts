// Whose assertions are grants besides those of clients: who the operator says, for what he says.
// @see RFC 7521 §3, §7, RFC 7523 §5 https://www.rfc-editor.org/rfc/rfc7523#section-5
import { Injectable } from '@nestjs/common';
import type { KeyHolder } from '../../clients/client-keys.js';
import { SIGNATURE_ALGORITHMS } from '../../common/algorithms.js';
import { isScopeToken } from '../../common/scope.js';
import { type AssertionIssuer, ServerOptions } from '../../config/options.js';
import { trustedIssuer } from '../trusted-issuers.js';
import { SUBJECT_KINDS, type SubjectKind } from './assertion-subjects.js';

const OPTION = 'assertionIssuers';

/** An issuer whom the operator trusts. */
export interface TrustedAssertionIssuer {
  keys: KeyHolder;
  algorithms: readonly string[];
  /** Absent: every client that has the grant type. */
  clients?: readonly string[];
  /** Absent: what the client may have, apart from administration. */
  scope?: readonly string[];
  subject: SubjectKind;
}

/** Knows the issuers of the option `assertionIssuers`. */
@Injectable()
export class AssertionIssuers {
  private readonly issuers: ReadonlyMap<string, TrustedAssertionIssuer>;

  /** @throws Error naming what is wrong with the option */
  constructor(options: ServerOptions) {
    // What this server signs is for others: an ID token or an access token of ours is no grant.
    if (Object.hasOwn(options.assertionIssuers, options.issuer))
      throw new Error(`${OPTION}: must not name this server.`);
    const issuers = Object.entries(options.assertionIssuers);
    this.issuers = new Map(issuers.map(([issuer, given]) => [issuer, read(issuer, given)]));
  }

  find(issuer: string): TrustedAssertionIssuer | undefined {
    return this.issuers.get(issuer);
  }
}

function read(issuer: string, given: AssertionIssuer): TrustedAssertionIssuer {
  const { algorithms = SIGNATURE_ALGORITHMS, clients, scope, subject = 'id' } = given;
  const refuse = (problem: string): Error => new Error(`${OPTION}: ${issuer} ${problem}.`);
  const known = SIGNATURE_ALGORITHMS as readonly string[];
  if (algorithms.length === 0 || !algorithms.every((name) => known.includes(name)))
    throw refuse(`must have algorithms of: ${known.join(', ')}`);
  const values = scope?.split(' ').filter(Boolean);
  if (values?.every(isScopeToken) === false) throw refuse('must have scope values separated by spaces');
  if (!SUBJECT_KINDS.includes(subject)) throw refuse(`must have a subject of: ${SUBJECT_KINDS.join(', ')}`);
  return { keys: trustedIssuer(OPTION, issuer, given), algorithms, clients, scope: values, subject };
}
