// The resource owner's password, for clients registered for it. Legacy: RFC 9700 §2.4 forbids it to new ones.
// @see RFC 6749 §4.3 https://www.rfc-editor.org/rfc/rfc6749#section-4.3
import { InvalidGrantError, OAuthError } from '../../common/oauth-error.js';
import { SignInService } from '../../sessions/sign-in.service.js';
import { ResourceIndicators } from '../checks/resource-indicators.js';
import { resolveScope } from '../checks/scope.js';
import { UserTokens } from '../user-tokens.js';
import { Grant, type TokenRequest, type TokenResponse } from './grant.js';

const GRANT_TYPE = 'password';

/** The user’s password (RFC 6749 §4.3); legacy. */
@Grant(GRANT_TYPE)
export class PasswordGrant implements Grant {
  constructor(
    private readonly signIn: SignInService,
    private readonly resources: ResourceIndicators,
    private readonly tokens: UserTokens,
  ) {}

  async respond({ client, parameters, request }: TokenRequest): Promise<TokenResponse> {
    const login = parameters.require('username');
    const password = parameters.require('password');
    const resources = await this.resources.read(client, parameters);
    const scope = resolveScope(client, parameters.get('scope'), resources);
    const outcome = await this.signIn.signIn({ login, password, request });
    if ('retryAfter' in outcome) throw tooManyAttempts(outcome.retryAfter);
    if ('failed' in outcome) throw new InvalidGrantError('The user name or the password is wrong.');
    return this.tokens.issue({
      client,
      user: outcome.user,
      scope,
      resources: resources.map(({ identifier }) => identifier),
      grantType: GRANT_TYPE,
      amr: ['pwd'],
    });
  }
}

function tooManyAttempts(retryAfter: number): OAuthError {
  const headers = { 'retry-after': String(retryAfter) };
  return new OAuthError('invalid_grant', 429, 'Too many failed attempts; try again later.', { headers });
}
