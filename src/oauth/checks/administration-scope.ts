// Administration scopes go to users with the role admin, and to machine clients registered for them.
import { isAdministrationScope } from '../../clients/client-metadata.js';
import { InvalidScopeError } from '../../common/oauth-error.js';
import type { User } from '../../users/user.js';

const ADMINISTRATOR = 'admin';

/** @throws InvalidScopeError when the user must not have one of the values */
export function checkAdministrationScope(scope: readonly string[], user: Pick<User, 'roles'>): void {
  if (scope.some(isAdministrationScope) && !user.roles.includes(ADMINISTRATOR)) {
    throw new InvalidScopeError('The scope is for administrators.');
  }
}
