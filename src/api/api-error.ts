// What the JSON APIs refuse, in the shape of an OAuth error: `{ "error", "error_description" }`.
import type { InputFault } from '../common/input-error.js';

/** An error answer of the JSON APIs. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** E.g. `not_found`. */
    readonly code: string,
    /** A sentence for the caller's developer; nothing of the request is repeated in it. */
    readonly description: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly faults?: readonly InputFault[],
  ) {
    super(description);
    this.name = new.target.name;
  }
}

/** There is no such thing, or not any more. */
export class NotFoundError extends ApiError {
  constructor(description = 'There is no such thing.') {
    super(404, 'not_found', description);
  }
}

/** What is there stands in the way. */
export class ConflictError extends ApiError {
  constructor(description: string) {
    super(409, 'conflict', description);
  }
}
