// The guard behind @ResourceProtector and the option `global`, in every kind of context.
// @see RFC 6750 §3 https://www.rfc-editor.org/rfc/rfc6750#section-3
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Admission } from './admission.js';
import { refusalFor } from './refusal.js';

/**
 * Refuses a request or message without a fitting access token. `@ResourceProtector` brings it; by itself it asks for
 * any valid token.
 *
 * @example { provide: APP_GUARD, useExisting: ResourceProtectorGuard }
 */
@Injectable()
export class ResourceProtectorGuard implements CanActivate {
  constructor(private readonly admission: Admission) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      await this.admission.admit(context);
    } catch (error) {
      throw await refusalFor(error, context);
    }
    return true;
  }
}
