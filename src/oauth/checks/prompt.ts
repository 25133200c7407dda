// The `prompt` parameter: what the client wants to be done with the user, whatever the session says.
// @see OIDC Core §3.1.2.1, Initiating User Registration via OpenID Connect 1.0 §4
// https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { InvalidRequestError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import type { UsersService } from '../../users/users.service.js';

/** What the client wants to be done with the user (OIDC Core §3.1.2.1). */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account' | 'create';

/** The values that work here; `create` where people may create an account. */
export function promptValues({ allowsSignUp }: Pick<UsersService, 'allowsSignUp'>): Prompt[] {
  return ['none', 'login', 'consent', 'select_account', ...(allowsSignUp ? (['create'] as const) : [])];
}

/** @throws InvalidRequestError when a value is not supported, or `none` has company */
export function readPrompt(parameters: Parameters, users: Pick<UsersService, 'allowsSignUp'>): Prompt[] {
  const values = parameters.get('prompt')?.split(' ').filter(Boolean) ?? [];
  const supported: readonly string[] = promptValues(users);
  if (!values.every((value) => supported.includes(value)))
    throw new InvalidRequestError('The prompt has a value that is not supported.');
  if (values.includes('none') && values.length > 1) throw new InvalidRequestError('prompt=none stands alone.');
  return values as Prompt[];
}
