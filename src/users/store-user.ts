// Makes a user of what the host's store answers, and says what is wrong with an answer that cannot be one.
import { isStorableText } from '../common/parameters.js';
import { emailFault } from './canonical.js';
import { User } from './user.js';
import { checkUserClaims, USER_CLAIMS } from './user-claims.js';
import type { UserFault } from './user-input-error.js';

const MAX_LENGTH = 255;

/** Can it be the id of a user? */
export function isUserId(id: unknown): id is string {
  return isText(id);
}

/**
 * @param answer of the store; `undefined` and `null` are nobody
 * @param from the method that answered
 * @throws Error naming each member that cannot be like this, never its value
 */
export function userFromStore(answer: unknown, from: string): User | undefined {
  if (answer === undefined || answer === null) return undefined;
  if (typeof answer !== 'object') throw storeError(from, [{ member: 'the user', problem: 'must be an object' }]);
  const given = answer as Record<string, unknown>;
  const { id, username, email, emailVerified, roles, disabled, updatedAt } = given;
  const claims = Object.fromEntries(
    USER_CLAIMS.filter((name) => isPresent(given[name])).map((name) => [name, given[name]]),
  );
  const faults: UserFault[] = [];
  const check = (member: string, isFine: boolean, problem: string): void => {
    if (!isFine) faults.push({ member, problem });
  };
  const isBoolean = (value: unknown): boolean => !isPresent(value) || typeof value === 'boolean';
  check('id', isUserId(id), `must be a text of 1 to ${MAX_LENGTH} characters`);
  check('username', isText(username), `must be a text of 1 to ${MAX_LENGTH} characters`);
  check('email', !isPresent(email) || isEmail(email), 'must be an e-mail address');
  check('emailVerified', isBoolean(emailVerified), 'must be true or false');
  check('roles', !isPresent(roles) || (Array.isArray(roles) && roles.every(isText)), 'must be a list of texts');
  check('disabled', isBoolean(disabled), 'must be true or false');
  check('updatedAt', !isPresent(updatedAt) || isDate(updatedAt), 'must be a Date');
  checkUserClaims(claims, false, faults);
  if (faults.length > 0) throw storeError(from, faults);
  const address = isPresent(email) ? (email as string) : undefined;
  return new User(
    id as string,
    username as string,
    address,
    address !== undefined && emailVerified === true,
    Object.freeze([...((roles ?? []) as string[])]),
    Object.freeze(claims),
    disabled === true,
    undefined,
    isPresent(updatedAt) ? (updatedAt as Date) : undefined,
  );
}

function storeError(from: string, faults: readonly UserFault[]): Error {
  const said = faults.map(({ member, problem }) => `${member} ${problem}`).join('; ');
  return new Error(`The answer of the @UserStore's ${from} cannot be used: ${said}.`);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH && isStorableText(value);
}

function isEmail(value: unknown): boolean {
  return typeof value === 'string' && isStorableText(value) && emailFault(value) === undefined;
}

function isDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
