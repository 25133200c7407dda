// What people have to do before an authorization request can be answered for them: sign in, choose an account.
// @see OIDC Core §3.1.2.1, §3.1.2.3 https://openid.net/specs/openid-connect-core-1_0.html#Authenticates
import { Injectable } from '@nestjs/common';
import { LoginRequiredError, OAuthError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import type { Session } from '../sessions/session.js';
import { checkAcr } from './authentication-context.js';
import type { User } from '../users/user.js';
import { AuthorizationError, type AuthorizationRequest } from './authorization-request.js';
import { checkAdministrationScope } from './checks/administration-scope.js';
import { SubjectIdentifiers } from './subject-identifiers.js';

/** What people have to do: each has its page. */
export type InteractionKind = 'sign-in' | 'sign-up' | 'select-account' | 'consent';

/** `switchUser`: whoever is signed in is not who is meant. */
export interface SignInStep {
  kind: InteractionKind;
  switchUser?: boolean;
}

/** A user who is signed in, since when and how. */
export interface SignedInUser extends Pick<Session, 'authTime' | 'amr'> {
  user: User;
}

/** What somebody has done for this very request. */
export interface Progress {
  /** When the request came, in milliseconds. */
  startedAt: number;
  signedIn: boolean;
  /** They have chosen the account to go on with; whoever has just signed in has. */
  selected: boolean;
}

@Injectable()
export class SignInSteps {
  constructor(
    private readonly subjects: SubjectIdentifiers,
    private readonly options: ServerOptions,
  ) {}

  /**
   * What the user has to do before consent counts.
   * @throws AuthorizationError when whoever is signed in can never be the right one, or may not have what is asked
   */
  async before(
    request: AuthorizationRequest,
    signedIn: SignedInUser | undefined,
    progress: Progress,
  ): Promise<SignInStep | undefined> {
    const { client, prompt, subjects } = request;
    if (!signedIn || signedIn.user.disabled) return { kind: prompt.includes('create') ? 'sign-up' : 'sign-in' };
    const { user } = signedIn;
    if (prompt.includes('create') && !progress.selected) return { kind: 'sign-up' };
    if (subjects && !subjects.includes(await this.subjects.of(client, user.id))) {
      if (progress.signedIn)
        throw new AuthorizationError(
          new LoginRequiredError('Another user has signed in than the one asked for.'),
          request,
        );
      return { kind: 'sign-in', switchUser: true };
    }
    if (prompt.includes('select_account') && !progress.selected) return { kind: 'select-account' };
    if (!progress.signedIn && needsSignIn(request, signedIn, progress)) return { kind: 'sign-in' };
    try {
      checkAcr(request.acr, signedIn.amr, this.options);
      checkAdministrationScope(request.scope, user);
    } catch (error) {
      throw error instanceof OAuthError ? new AuthorizationError(error, request) : error;
    }
    return undefined;
  }
}

/** A sign-in of before the request must be recent enough, and not asked for anew. */
function needsSignIn(
  { prompt, maxAge }: AuthorizationRequest,
  { authTime }: SignedInUser,
  progress: Progress,
): boolean {
  if (prompt.includes('login')) return true;
  return maxAge !== undefined && progress.startedAt - authTime.getTime() > maxAge * 1000;
}
