// The token of the request at hand: as a parameter, on the request, and anywhere in the call chain.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ProtectionSpace } from './bearer-challenge.js';
import { carrierOf } from './carrier.js';
import type { AccessToken } from './token-verifier.js';

/**
 * A request that passed a guard.
 *
 * @example read(\@Req() request: GuardedRequest) { return request.current_token?.clientId; }
 */
export interface GuardedRequest {
  /** Absent when the guard is optional and no token was sent. */
  current_token?: AccessToken;
}

/** What a guard has found out of a request that it let through. */
export class Admitted {
  private user?: Promise<object | undefined>;

  constructor(
    readonly token: AccessToken,
    /** Of the guard, for the challenges of whoever asks for more. */
    readonly space: ProtectionSpace,
    private readonly userOf: (token: AccessToken) => Promise<object | undefined>,
  ) {}

  /** Looked up when it is first asked for. */
  findUser(): Promise<object | undefined> {
    return (this.user ??= this.userOf(this.token));
  }
}

/** One for each request or message: the guard fills it. */
interface Slot {
  admitted?: Admitted;
}

const slots = new AsyncLocalStorage<Slot>();
/** On the object that stands for a request or message: of many short-lived ones a WeakMap would be dear. */
const ADMITTED = Symbol('admitted');

interface Carrier {
  [ADMITTED]?: Admitted;
}

/** Runs what answers a request or message with a slot of its own. */
export function runWithSlot<T>(run: () => T, admitted?: Admitted): T {
  return slots.run({ admitted }, run);
}

/** Puts what a guard has found at hand of all that comes after it. */
export function remember(context: ExecutionContext, carrier: object, admitted: Admitted): void {
  mark(carrier, admitted);
  // Guards and interceptors of a message have the same list of arguments, and no other message has it.
  if (context.getType() === 'ws') mark(context.getArgs(), admitted);
  const slot = slots.getStore();
  if (slot) slot.admitted = admitted;
}

/**
 * Before a message of a WebSocket is answered: where it has no object of its own the client stands for it, and must not
 * have what a guard found out of another message.
 */
export function settle(context: ExecutionContext): void {
  if (context.getType() !== 'ws') return;
  mark(carrierOf(context), admittedFrom(context.getArgs()));
}

function mark(carrier: object, admitted: Admitted | undefined): void {
  Object.defineProperty(carrier, ADMITTED, { value: admitted, configurable: true });
}

export function admittedFrom(carrier: object): Admitted | undefined {
  return (carrier as Carrier)[ADMITTED];
}

/** Of the call chain at hand. */
export function currentlyAdmitted(): Admitted | undefined {
  return slots.getStore()?.admitted;
}

/**
 * The verified access token of the request or message that is being handled; undefined when an optional guard let it
 * through without one, outside of guarded handlers, and where the option `callChain` of the module is off.
 *
 * @example const owner = currentToken()?.userId;
 */
export function currentToken(): AccessToken | undefined {
  return currentlyAdmitted()?.token;
}

/**
 * The verified access token as a parameter of a guarded handler.
 *
 * @example me(\@CurrentToken() token: AccessToken) { return { id: token.userId }; }
 */
export const CurrentToken = createParamDecorator((_: unknown, context: ExecutionContext) => admittedOf(context)?.token);

/**
 * The user of the access token as a parameter of a guarded handler: what the `@UserSource` of its issuer finds (in
 * process the `User`), else `{ id }` and the claims of the token. Undefined when a client acts for itself.
 *
 * @example me(\@CurrentUser() user: User) { return { id: user.id, username: user.username }; }
 */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext) =>
  admittedOf(context)?.findUser(),
);

export function admittedOf(context: ExecutionContext): Admitted | undefined {
  return admittedFrom(carrierOf(context));
}
