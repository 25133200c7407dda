// The guard behind @ResourceProtector and the option `global`, in every kind of context.
// @see RFC 6750 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Admission } from './admission.js';
import { refusalFor } from './refusal.js';
import type { MaybePromise } from './token-verifier.js';

/**
 * Refuses a request or message without a fitting access token. `@ResourceProtector` brings it; by itself it asks for
 * any valid token.
 *
 * @example { provide: APP_GUARD, useExisting: ResourceProtectorGuard }
 */
@Injectable()
export class ResourceProtectorGuard implements CanActivate {
  constructor(private readonly admission: Admission) {}

  canActivate(context: ExecutionContext): MaybePromise<boolean> {
    try {
      const pending = this.admission.admit(context);
      return pending ? pending.then(letIn, (error: unknown) => refuse(error, context)) : true;
    } catch (error) {
      return refuse(error, context);
    }
  }
}

const letIn = (): boolean => true;

async function refuse(error: unknown, context: ExecutionContext): Promise<never> {
  throw await refusalFor(error, context);
}
