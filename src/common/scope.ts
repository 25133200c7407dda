// Scope strings and the alternatives that guards ask for.
// @see RFC 6749 §3.3 https://www.rfc-editor.org/rfc/rfc6749#section-3.3
import { InvalidScopeError } from './oauth-error.js';

const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const MAX_SCOPE_LENGTH = 4096;

/** What a guard asks for: one string is one alternative (spaces mean AND), an array is OR. */
export type ScopeRequirement = string | readonly string[];

/**
 * Splits a scope string into its distinct values, in the order given.
 * @throws InvalidScopeError when a value has characters outside RFC 6749 §3.3
 */
export function parseScope(scope: string | undefined): string[] {
  if (!scope) return [];
  if (scope.length > MAX_SCOPE_LENGTH) throw new InvalidScopeError('The scope is too long.');
  const values = scope.split(' ').filter((value) => value !== '');
  if (!values.every(isScopeToken)) throw new InvalidScopeError('The scope has characters that are not allowed.');
  return [...new Set(values)];
}

export function isScopeToken(value: string): boolean {
  return SCOPE_TOKEN.test(value);
}

/** Is every value of `wanted` among `available`? */
export function includesScope(available: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((value) => available.includes(value));
}

/** Does the token's scope satisfy one of the alternatives? No requirement is always satisfied. */
export function satisfiesScope(granted: readonly string[], requirement: ScopeRequirement | undefined): boolean {
  if (requirement === undefined || requirement.length === 0) return true;
  const alternatives = typeof requirement === 'string' ? [requirement] : requirement;
  return alternatives.some((alternative) => includesScope(granted, alternative.split(' ').filter(Boolean)));
}
