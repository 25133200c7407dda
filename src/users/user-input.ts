// What may be said about an account, checked in this one place for the pages, the REST API, the CLI and the bootstrap file.
import { isStorableText } from '../common/parameters.js';
import { emailFault, usernameFault } from './canonical.js';
import { passwordFault } from './password-hasher.js';
import { checkUserClaims } from './user-claims.js';
import { type UserFault, UserInputError } from './user-input-error.js';

/** Who says it: people about themselves (`self-service`) give neither roles nor proofs. */
export type UserRights = 'administrator' | 'self-service';

export interface UserChanges {
  username?: string;
  /** `null` removes it. */
  email?: string | null;
  emailVerified?: boolean;
  roles?: readonly string[];
  /** Standard claims of OIDC Core §5.1; those that are not named stay, `null` removes one. */
  claims?: Readonly<Record<string, unknown>>;
}

export interface NewUser extends UserChanges {
  username: string;
  /** Absent: nobody can sign in by password. */
  password?: string;
}

const ROLE = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/;
const MAX_ROLES = 50;

/**
 * An account in wire names, as the REST API and the bootstrap file write it: `email_verified`, the claims side by side.
 * Only renames: the service checks names and values.
 */
export function userFromWire(wire: object): Partial<NewUser> {
  const { username, password, email, email_verified, roles, ...claims } = wire as Record<string, unknown>;
  const input = { username, password, email, emailVerified: email_verified, roles, claims };
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

/** @throws UserInputError with every fault at once */
export function checkNewUser(input: NewUser, rights: UserRights): void {
  const faults: UserFault[] = [];
  if (input.username === undefined) faults.push({ member: 'username', problem: 'must be given' });
  if (input.password !== undefined) addFault('password', passwordProblem(input.password), faults);
  collectFaults(input, rights, faults);
  if (faults.length > 0) throw new UserInputError(faults);
}

/** @throws UserInputError with every fault at once */
export function checkUserChanges(changes: UserChanges, rights: UserRights): void {
  const faults: UserFault[] = [];
  collectFaults(changes, rights, faults);
  if (faults.length > 0) throw new UserInputError(faults);
}

/** @throws UserInputError naming `member` */
export function checkPassword(password: string, member = 'password'): void {
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new UserInputError([{ member, problem }]);
}

// The values come from JSON files and bodies as well: their types are looked at too.
function collectFaults(input: UserChanges, rights: UserRights, faults: UserFault[]): void {
  const { username, email, emailVerified, roles, claims } = input as Record<keyof UserChanges, unknown>;
  const selfService = rights === 'self-service';
  if (username !== undefined) addFault('username', textProblem(username) ?? usernameFault(username as string), faults);
  if (email !== undefined && email !== null)
    addFault('email', textProblem(email) ?? emailFault(email as string), faults);
  if (emailVerified !== undefined) {
    const wrong = typeof emailVerified === 'boolean' ? undefined : 'must be true or false';
    addFault('email_verified', selfService ? 'can be set only by an administrator' : wrong, faults);
  }
  if (roles !== undefined) {
    const usable = Array.isArray(roles) && roles.length <= MAX_ROLES && roles.every(isRole);
    const wrong = usable ? undefined : `must be a list of at most ${MAX_ROLES} words`;
    addFault('roles', selfService ? 'can be given only by an administrator' : wrong, faults);
  }
  if (claims !== undefined) checkUserClaims(claims as object, selfService, faults);
}

function isRole(role: unknown): boolean {
  return typeof role === 'string' && ROLE.test(role);
}

function textProblem(value: unknown): string | undefined {
  return typeof value === 'string' && isStorableText(value) ? undefined : 'must be a text';
}

function passwordProblem(password: unknown): string | undefined {
  return typeof password === 'string' ? passwordFault(password) : 'must be a text';
}

function addFault(member: string, problem: string | undefined, faults: UserFault[]): void {
  if (problem !== undefined) faults.push({ member, problem });
}
