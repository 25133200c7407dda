// What a guarded handler asks for: of the application, its controller and itself, put together member by member.
import type { ScopeRequirement } from '../common/scope.js';
import type { ProtectionSpace } from './bearer-challenge.js';

export const PROTECTION = 'nest-authorization-server:protection';

/** What `@ResourceProtector` asks for beside the scope. */
export interface ResourceProtectorOptions {
  /** Lets a request without a token through; a bad token is still refused. Never taken over from the controller. @default false */
  optional?: boolean;
  /** Audiences: the token has to be bound to one of them, else it is `invalid_token`. @default the `resource` */
  audience?: string | readonly string[];
  /** Authentication context classes, the preferred one first: the sign-in has to be of one of them (RFC 9470). @default any */
  acr?: string | readonly string[];
  /** Whole seconds for which a sign-in is good enough; a token that does not tell when it was is not (RFC 9470). @default any */
  maxAge?: number;
  /** Roles: in process those of the user, else those in the token. A string is one alternative (spaces mean AND), an array means OR. @default none */
  roles?: ScopeRequirement;
  /** Groups, as `roles`. @default none */
  groups?: ScopeRequirement;
  /** Entitlements, as `roles`. @default none */
  entitlements?: ScopeRequirement;
  /**
   * Identifier of the protected resource that this is a part of: the challenge points at its metadata (RFC 9728). `false`:
   * of none.
   * @default the option `resource` of the module
   */
  resource?: string | false;
}

/** All that `@ResourceProtector` or `@Public` say of a controller or handler. */
export interface Protection extends ResourceProtectorOptions {
  /** A string is one alternative (spaces mean AND), an array means OR. @default any valid token */
  scopes?: ScopeRequirement;
  /** Everybody may come in: no token is looked at. */
  isPublic?: boolean;
}

/** In each alternative all of the values; none: no requirement. */
type Alternatives = readonly (readonly string[])[];

const MEMBERSHIPS = ['roles', 'groups', 'entitlements'] as const;
export type Membership = (typeof MEMBERSHIPS)[number];

/** A protection made ready for many requests. */
export interface Requirements {
  readonly isPublic: boolean;
  readonly optional: boolean;
  /** As it was said, for challenges. */
  readonly scope: ScopeRequirement | undefined;
  readonly scopes: Alternatives;
  readonly audience: readonly string[];
  readonly acr: readonly string[];
  readonly maxAge: number | undefined;
  readonly memberships: readonly { of: Membership; alternatives: Alternatives }[];
  readonly space: ProtectionSpace;
}

/** The handler's word goes before the controller's, and that before the application's, for each member that is named. */
export function mergeProtections(...protections: readonly (Protection | undefined)[]): Protection {
  const merged: Record<string, unknown> = {};
  for (const protection of protections) {
    for (const [member, value] of Object.entries(protection ?? {})) if (value !== undefined) merged[member] = value;
  }
  return merged;
}

/** @throws Error naming the member that is wrong */
export function requirementsOf(protection: Protection, space: ProtectionSpace): Requirements {
  const { scopes, acr, maxAge, resource, audience = resource || [] } = protection;
  // RFC 9470 §3: and nothing is older than NaN.
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge >= 0))
    throw new Error('A guard has a maxAge that is no whole number of seconds.');
  const memberships = MEMBERSHIPS.map((of) => ({ of, alternatives: alternativesOf(protection[of]) }));
  return {
    isPublic: protection.isPublic ?? false,
    optional: protection.optional ?? false,
    scope: scopes,
    scopes: alternativesOf(scopes),
    audience: [audience].flat(),
    acr: [acr ?? []].flat().flatMap(valuesOf),
    maxAge,
    memberships: memberships.filter(({ alternatives }) => alternatives.length > 0),
    space,
  };
}

/** Is one of the alternatives met? No requirement always is. */
export function satisfies(held: readonly string[], alternatives: Alternatives): boolean {
  return alternatives.length === 0 || alternatives.some((values) => values.every((value) => held.includes(value)));
}

export function alternativesOf(requirement: ScopeRequirement | undefined): Alternatives {
  return [requirement ?? []].flat().map(valuesOf);
}

function valuesOf(text: string): string[] {
  return text.split(' ').filter(Boolean);
}
