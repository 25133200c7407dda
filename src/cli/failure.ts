// Why a command ends without success.

/** Exit statuses: https://www.gnu.org/software/libc/manual/html_node/Exit-Status.html */
export const FAILED = 1;
export const USAGE = 2;

/** It did not work; the message says why, and what to do. */
export class Failure extends Error {
  readonly status: number = FAILED;
}

/** It was not called as it should be. */
export class UsageError extends Failure {
  override readonly status = USAGE;
}
