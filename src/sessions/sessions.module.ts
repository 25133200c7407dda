// Who is signed in, in which browser, since when and how. Needs `Sealer` and `ServerOptions`.
import { Module } from '@nestjs/common';
import { CleanUp } from '../database/clean-up.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AttemptLimiter } from './attempt-limiter.js';
import { BrowserState } from './browser-state.js';
import { BrowserSignIn } from './browser-sign-in.js';
import { Browser } from './browser.js';
import { Cookies } from './cookies.js';
import { Csrf } from './csrf.js';
import { KnownBrowser } from './known-browser.js';
import { PasswordChangeService } from './password-change.service.js';
import { SessionLifecycle } from './session-lifecycle.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SignInFailuresRepository } from './sign-in-failures.repository.js';
import { SignInService } from './sign-in.service.js';

@Module({
  imports: [TokensModule, UsersModule],
  providers: [
    AttemptLimiter,
    Browser,
    BrowserSignIn,
    BrowserState,
    Cookies,
    Csrf,
    KnownBrowser,
    PasswordChangeService,
    SessionLifecycle,
    SessionsRepository,
    SessionsService,
    SignInFailuresRepository,
    SignInService,
  ],
  exports: [
    AttemptLimiter,
    Browser,
    BrowserSignIn,
    BrowserState,
    Cookies,
    Csrf,
    PasswordChangeService,
    SessionLifecycle,
    SessionsService,
    SignInService,
  ],
})
export class SessionsModule {
  constructor(cleanUp: CleanUp, sessions: SessionsService, attempts: AttemptLimiter) {
    cleanUp.register('sessions', (limit) => sessions.removeExpired(limit));
    cleanUp.register('failed sign-ins', (limit) => attempts.removeForgotten(limit));
  }
}
