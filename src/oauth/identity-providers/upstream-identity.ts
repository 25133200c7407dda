// Who came back from an identity provider, out of its tokens and what else it says: read once, everything checked.
// @see OIDC Core §2, §5.1, §5.7 https://openid.net/specs/openid-connect-core-1_0.html#IDToken
import { isStorableText } from '../../common/parameters.js';
import type { OAuthToken, UserInfo } from '../../relying-party/oauth-token.js';
import { emailFault } from '../../users/canonical.js';
import { checkUserClaims, type UserClaims } from '../../users/user-claims.js';
import { type IdentityFacts, isIdentity } from '../../users/user-identities.js';
import type { UserFault } from '../../users/user-input-error.js';

/** Claims that an account begins with; what others rely on as proven is not among them. */
const COPIED = ['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'profile', 'picture', 'website', 'zoneinfo', 'locale'] as const; // prettier-ignore
const METHOD = /^[\x21-\x7e]{1,32}$/;
const MAX_METHODS = 10;
const MAX_SID_LENGTH = 255;
/** It goes through the browser, sealed, when they sign out there. */
const MAX_ID_TOKEN_LENGTH = 4096;

/** Who came back from an identity provider. */
export interface UpstreamIdentity extends IdentityFacts {
  /** Has the provider proven that the address is theirs? */
  emailVerified: boolean;
  /** What they could be called here, the best first. */
  names: readonly string[];
  claims: Readonly<UserClaims>;
  /** How they signed in there (RFC 8176); empty: it does not say, or is not believed. */
  amr: readonly string[];
  /** When; absent: it does not say. */
  authTime?: Date;
  /** Their session there. */
  sid?: string;
  idToken?: string;
}

/** Of a provider. */
export interface UpstreamIssuer {
  provider: string;
  /** Of the metadata, or what stands for it. */
  issuer: string;
  /** Did an ID token say who it is? */
  openid: boolean;
  trustAmr: boolean;
}

/**
 * @param userinfo of the ID token, of the userinfo endpoint, or both together
 * @returns undefined when it does not say who it is
 */
export function identityOf(from: UpstreamIssuer, token: OAuthToken, userinfo: UserInfo): UpstreamIdentity | undefined {
  // The issuer of an ID token was verified; anything else could be claimed by whoever answers.
  const issuer = from.openid && typeof userinfo.iss === 'string' ? userinfo.iss : from.issuer;
  const { sub: subject } = userinfo;
  if (!isIdentity(issuer, subject)) return undefined;
  const email = typeof userinfo.email === 'string' && !emailFault(userinfo.email) ? userinfo.email.trim() : undefined;
  // Apple writes it as a text.
  const verified: unknown = userinfo.email_verified;
  return {
    provider: from.provider,
    issuer,
    subject,
    email: email !== undefined && isStorableText(email) ? email : undefined,
    emailVerified: email !== undefined && (verified === true || verified === 'true'),
    names: namesOf(userinfo, email),
    claims: claimsOf(userinfo),
    amr: from.openid && from.trustAmr ? methodsOf(userinfo.amr) : [],
    authTime: from.openid ? momentOf(userinfo.auth_time) : undefined,
    sid: shortText(userinfo.sid, MAX_SID_LENGTH),
    idToken: from.openid ? shortText(token.id_token, MAX_ID_TOKEN_LENGTH) : undefined,
  };
}

function namesOf({ preferred_username, nickname, name }: UserInfo, email: string | undefined): string[] {
  return [preferred_username, email?.split('@')[0], nickname, name].filter(
    (one): one is string => typeof one === 'string',
  );
}

/** Those that this server can keep; the others are left out. */
function claimsOf(userinfo: UserInfo): UserClaims {
  const claims = COPIED.map((name) => [name, userinfo[name]] as const).filter(([name, value]) => {
    const faults: UserFault[] = [];
    checkUserClaims({ [name]: value }, true, faults);
    return value !== undefined && value !== null && faults.length === 0;
  });
  return Object.fromEntries(claims);
}

function methodsOf(amr: unknown): string[] {
  const methods = Array.isArray(amr) ? amr : [];
  return methods.filter((one): one is string => typeof one === 'string' && METHOD.test(one)).slice(0, MAX_METHODS);
}

function momentOf(seconds: unknown): Date | undefined {
  const isMoment = typeof seconds === 'number' && seconds > 0 && seconds < 8.64e12;
  return isMoment ? new Date(seconds * 1000) : undefined;
}

function shortText(value: unknown, longest: number): string | undefined {
  const isUsable = typeof value === 'string' && value !== '' && value.length <= longest && isStorableText(value);
  return isUsable ? value : undefined;
}
