// Lets a request or message in, or refuses it: token well sent, valid, and enough for the handler.
// @see RFC 6750 §2, §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import { checkAccess } from './access-checks.js';
import { invalidToken, type ProtectionSpace, tokenMissing } from './bearer-challenge.js';
import { readBearerToken, readCredentials } from './bearer-request.js';
import { authorizationOf, carrierOf, requestOf } from './carrier.js';
import { Admitted, admittedFrom, type GuardedRequest, remember } from './current-token.js';
import type { Requirements } from './protection.js';
import { Protections } from './protections.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';
import { type AccessToken, isPending, type MaybePromise } from './token-verifier.js';
import { TokenVerifiers } from './token-verifiers.js';
import { UserSources } from './user-sources.js';

interface Verification {
  text: string;
  token: Promise<AccessToken | undefined>;
}

/** On a context: where controller and handler are both decorated, and where all are guarded, the guard runs more than once. */
const DONE = Symbol('admitted by');

interface JudgedContext extends ExecutionContext {
  [DONE]?: Admission;
}

@Injectable()
export class Admission {
  /** The resolvers of one GraphQL request share it. */
  private readonly verifications = new WeakMap<object, Verification>();
  private readonly audiences: readonly string[];
  private readonly userOf = (token: AccessToken): Promise<object | undefined> => this.users.userOf(token);

  constructor(
    private readonly verifiers: TokenVerifiers,
    private readonly protections: Protections,
    private readonly users: UserSources,
    private readonly events: EventBus,
    @Inject(RESOURCE_SERVER_OPTIONS) private readonly options: CheckedOptions,
  ) {
    this.audiences = [options.audience ?? []].flat();
  }

  /** @throws BearerError, and what a verifier throws when it cannot be told */
  admit(context: ExecutionContext): MaybePromise<void> {
    if ((context as JudgedContext)[DONE] === this) return undefined;
    const requirements = this.protections.of(context.getHandler(), context.getClass());
    if (requirements.isPublic) return undefined;
    const { space } = requirements;
    const text = this.readToken(context, space);
    if (text === undefined) {
      if (!requirements.optional) throw tokenMissing(space, requirements.scope);
      (context as JudgedContext)[DONE] = this;
      return undefined;
    }
    const carrier = carrierOf(context);
    // What is at hand is answered without a promise: each one costs more than the rest of the guard.
    const verified = this.verify(context, carrier, text);
    if (isPending(verified)) return verified.then((token) => this.judge(context, carrier, requirements, token));
    return this.judge(context, carrier, requirements, verified);
  }

  private judge(
    context: ExecutionContext,
    carrier: object,
    requirements: Requirements,
    token: AccessToken | undefined,
  ): MaybePromise<void> {
    const { space } = requirements;
    if (!token) throw invalidToken(space);
    const admitted = new Admitted(token, space, this.userOf);
    const pending = checkAccess(admitted, requirements, this.audiences);
    return pending
      ? pending.then(() => this.letIn(context, carrier, admitted))
      : this.letIn(context, carrier, admitted);
  }

  private readToken(context: ExecutionContext, space: ProtectionSpace): string | undefined {
    const extracted = this.options.tokenExtractor?.(context);
    if (extracted !== undefined) return readCredentials(extracted, space);
    const request = requestOf(context);
    if (request) return readBearerToken(request, space);
    const authorization = authorizationOf(context);
    return authorization === undefined ? undefined : readCredentials(authorization, space);
  }

  /** A message is verified each time: the token may have ended since the connection was opened. */
  private verify(context: ExecutionContext, carrier: object, text: string): MaybePromise<AccessToken | undefined> {
    return context.getType<string>() === 'graphql' ? this.verifyOnce(carrier, text) : this.verifiers.verify(text);
  }

  private async verifyOnce(carrier: object, text: string): Promise<AccessToken | undefined> {
    const known = this.verifications.get(carrier);
    if (known?.text === text) {
      const token = await known.token;
      // A subscription has one context for as long as it is open.
      if (!token || token.expiresAt.getTime() > Date.now()) return token;
    }
    const token = Promise.resolve(this.verifiers.verify(text));
    this.verifications.set(carrier, { text, token });
    return token;
  }

  private letIn(context: ExecutionContext, carrier: object, admitted: Admitted): void {
    const { token } = admitted;
    (context as JudgedContext)[DONE] = this;
    const isNew = admittedFrom(carrier)?.token !== token;
    remember(context, carrier, admitted);
    const request = requestOf(context);
    if (request) (request as GuardedRequest).current_token = token;
    if (!isNew) return;
    const { clientId, userId, scope } = token;
    this.events.emit('token.authenticated', { clientId, userId, scope: scope.join(' ') });
  }
}
