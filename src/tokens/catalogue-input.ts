// What may be said about a scope or a resource, checked in this one place for the REST API and the bootstrap file.
// As in registration, `null` is the same as nothing.
import { InputError, type InputFault } from '../common/input-error.js';
import { isStorableText } from '../common/parameters.js';
import { resourceIdentifierFault } from '../common/resource-identifier.js';
import { isScopeToken } from '../common/scope.js';
import type { Resource } from './resource.js';

export const SCOPE_MEMBERS = ['name', 'description'] as const;
export const RESOURCE_MEMBERS = [
  'identifier',
  'name',
  'scopes',
  'access_token_format',
  'introspection_clients',
] as const;

const MAX_TEXT = 1000;
const MAX_WORD = 200;
const MAX_LIST = 1000;

export interface ScopeInput {
  name: string;
  /** Absent: its name. */
  description: string;
}

/**
 * A scope in wire names.
 * @param wire unknown members are ignored here; who must refuse them does so before
 * @throws InputError with every fault at once
 */
export function scopeFromWire(wire: object): ScopeInput {
  const { name, description = name } = withoutNull(wire);
  const faults: InputFault[] = [];
  addFault('name', wordFault(name), faults);
  if (description !== name) addFault('description', textFault(description), faults);
  if (faults.length > 0) throw new InputError(faults);
  return { name: name as string, description: description as string };
}

/**
 * A resource in wire names.
 * @param wire unknown members are ignored here; who must refuse them does so before
 * @throws InputError with every fault at once
 */
export function resourceFromWire(wire: object): Resource {
  const {
    identifier,
    name = identifier,
    scopes = [],
    access_token_format: format,
    introspection_clients: introspectionClients = [],
  } = withoutNull(wire);
  const faults: InputFault[] = [];
  addFault('identifier', resourceIdentifierFault(identifier), faults);
  if (name !== identifier) addFault('name', textFault(name), faults);
  addListFaults('scopes', scopes, wordFault, faults);
  if (format !== undefined) addFault('access_token_format', wordFault(format), faults);
  addListFaults('introspection_clients', introspectionClients, clientIdFault, faults);
  if (faults.length > 0) throw new InputError(faults);
  return {
    identifier: identifier as string,
    name: name as string,
    scopes: [...new Set(scopes as string[])],
    accessTokenFormat: format as string | undefined,
    introspectionClients: [...new Set(introspectionClients as string[])],
  };
}

function withoutNull(wire: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(wire).filter(([, value]) => value !== null));
}

function wordFault(value: unknown): string | undefined {
  if (value === undefined) return 'must be given';
  const usable = typeof value === 'string' && isScopeToken(value) && value.length <= MAX_WORD;
  return usable ? undefined : `must be a word of at most ${MAX_WORD} characters without spaces`;
}

function textFault(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT && isStorableText(value)
    ? undefined
    : `must be a text of at most ${MAX_TEXT} characters`;
}

function clientIdFault(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value) ? undefined : 'must be the id of a client';
}

function addListFaults(
  member: string,
  value: unknown,
  fault: (item: unknown) => string | undefined,
  faults: InputFault[],
): void {
  if (!Array.isArray(value) || value.length > MAX_LIST) {
    faults.push({ member, problem: `must be a list of at most ${MAX_LIST} entries` });
    return;
  }
  for (const [index, item] of value.entries()) addFault(`${member}[${index}]`, fault(item), faults);
}

function addFault(member: string, problem: string | undefined, faults: InputFault[]): void {
  if (problem !== undefined) faults.push({ member, problem });
}
