// The passport strategy that reads the bearer token. Every application registers its own under a name of its own,
// for passport is one for the whole process.
// @see RFC 6750 §2.1 https://www.rfc-editor.org/rfc/rfc6750#section-2.1
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import passport from 'passport';
import { Strategy, type VerifyFunction } from 'passport-http-bearer';
import { isMeantForApplication } from './access-checks.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';
import type { AccessToken } from './token-verifier.js';
import { TokenVerifiers } from './token-verifiers.js';

type AuthenticatedRequest = Parameters<Strategy<VerifyFunction>['authenticate']>[0];
type Done = (error: unknown, token?: AccessToken | false) => void;

/** passport-http-bearer would take a token from any body, too, and knows one space only (RFC 6750 §2.1: one or more). */
class HeaderStrategy extends Strategy<VerifyFunction> {
  override authenticate({ headers }: AuthenticatedRequest): void {
    const authorization = headers.authorization?.replace(/ +/, ' ');
    super.authenticate({ headers: { authorization } } as AuthenticatedRequest);
  }
}

@Injectable()
export class BearerStrategy implements OnApplicationShutdown {
  /** Under which passport knows it. */
  readonly name = `bearer-${randomUUID()}`;
  readonly realm: string;

  constructor(
    private readonly verifiers: TokenVerifiers,
    @Inject(RESOURCE_SERVER_OPTIONS) private readonly options: CheckedOptions,
  ) {
    this.realm = options.realm;
    const strategy = new HeaderStrategy({ realm: this.realm }, (token: string, done: Done) => {
      this.verify(token).then((verified) => done(null, verified ?? false), done);
    });
    passport.use(this.name, strategy);
  }

  /** After the last request. */
  onApplicationShutdown(): void {
    passport.unuse(this.name);
  }

  /** @returns undefined when the token is not valid, or not meant for this application */
  async verify(token: string): Promise<AccessToken | undefined> {
    const verified = await this.verifiers.verify(token);
    return verified && isMeantForApplication(verified, this.options) ? verified : undefined;
  }
}
