// The standard claims about a person that have no column of their own, and what may be their values.
// @see OIDC Core §5.1 https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
import { isStorableText } from '../common/parameters.js';
import { parseUrl } from '../common/url.js';
import type { UserFault } from './user-input-error.js';

/** OIDC Core §5.1.1. */
export interface AddressClaim {
  formatted?: string;
  street_address?: string;
  locality?: string;
  region?: string;
  postal_code?: string;
  country?: string;
}

export interface UserClaims {
  name?: string;
  given_name?: string;
  family_name?: string;
  middle_name?: string;
  nickname?: string;
  /** Absent: the user name. */
  preferred_username?: string;
  profile?: string;
  picture?: string;
  website?: string;
  gender?: string;
  birthdate?: string;
  zoneinfo?: string;
  locale?: string;
  phone_number?: string;
  phone_number_verified?: boolean;
  address?: AddressClaim;
  /** Absent: when the account was last changed. Seconds. */
  updated_at?: number;
}

type Check = (value: unknown) => string | undefined;

const MAX_TEXT = 1000;

const text: Check = (value) =>
  typeof value === 'string' && value !== '' && value.length <= MAX_TEXT && isStorableText(value)
    ? undefined
    : `must be a text of at most ${MAX_TEXT} characters`;

const url: Check = (value) => {
  const parsed = text(value) === undefined ? parseUrl(value as string) : undefined;
  return parsed && /^https?:$/.test(parsed.protocol) && !parsed.username && !parsed.password
    ? undefined
    : 'must be an http or https URL';
};

const birthdate: Check = (value) =>
  typeof value === 'string' && /^\d{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?$/.test(value)
    ? undefined
    : 'must be a date such as 1990-12-31, 0000-12-31 or 1990';

const zoneinfo: Check = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/.test(value) && value.length <= 100
    ? undefined
    : 'must be a time zone such as Europe/Paris';

const locale: Check = (value) =>
  typeof value === 'string' && /^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,8}$/.test(value)
    ? undefined
    : 'must be a language tag such as en-GB';

const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');

const seconds: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : 'must be a time in seconds since 1970';

const ADDRESS_MEMBERS = ['formatted', 'street_address', 'locality', 'region', 'postal_code', 'country'];

const CHECKS: Readonly<Record<Exclude<keyof UserClaims, 'address'>, Check>> = {
  name: text,
  given_name: text,
  family_name: text,
  middle_name: text,
  nickname: text,
  preferred_username: text,
  profile: url,
  picture: url,
  website: url,
  gender: text,
  birthdate,
  zoneinfo,
  locale,
  phone_number: text,
  phone_number_verified: boolean,
  updated_at: seconds,
};

/** What others rely on as proven: only an administrator says so. */
const ADMINISTRATOR_CLAIMS = ['phone_number_verified', 'preferred_username', 'updated_at'];

/** The claims that can be set; `sub` is given by the server. */
export const USER_CLAIMS = [...Object.keys(CHECKS), 'address'] as (keyof UserClaims)[];

/** Adds a fault for each claim that is not a standard one or has not its type; `null` is allowed, it removes one. */
export function checkUserClaims(claims: object, selfService: boolean, faults: UserFault[]): void {
  for (const [member, value] of Object.entries(claims)) {
    if (member === 'address') checkAddress(value, faults);
    else if (!Object.hasOwn(CHECKS, member)) {
      faults.push({ member, problem: 'is not a standard claim of OpenID Connect' });
    } else if (selfService && ADMINISTRATOR_CLAIMS.includes(member)) {
      faults.push({ member, problem: 'can be set only by an administrator' });
    } else if (value !== null && value !== undefined) {
      const problem = CHECKS[member as keyof typeof CHECKS](value);
      if (problem !== undefined) faults.push({ member, problem });
    }
  }
}

function checkAddress(address: unknown, faults: UserFault[]): void {
  if (address === null || address === undefined) return;
  if (typeof address !== 'object' || Array.isArray(address)) {
    faults.push({ member: 'address', problem: 'must be an object' });
    return;
  }
  for (const [member, value] of Object.entries(address)) {
    const problem = ADDRESS_MEMBERS.includes(member) ? text(value) : 'is not a member of an address';
    if (problem !== undefined) faults.push({ member: `address.${member}`, problem });
  }
}

/** The claims after a change: what is given takes the place of what was there, `null` removes. */
export function mergeUserClaims(present: Readonly<UserClaims>, changes: object): UserClaims {
  const merged = Object.entries({ ...present, ...changes }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.fromEntries(merged);
}
