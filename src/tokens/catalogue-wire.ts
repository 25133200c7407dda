// Scopes and resources as JSON, in the words of the bootstrap file.
import { InputError } from '../common/input-error.js';
import { type Resource, type Scope } from './catalogue.js';
import {
  RESOURCE_MEMBERS,
  resourceFromWire,
  SCOPE_MEMBERS,
  scopeFromWire,
  type ScopeInput,
} from './catalogue-input.js';

export function scopeToWire({ name, description, administrative, builtIn }: Scope): object {
  return { name, description, administrative, built_in: builtIn };
}

export function resourceToWire(resource: Resource): object {
  return {
    identifier: resource.identifier,
    name: resource.name,
    scopes: resource.scopes,
    access_token_format: resource.accessTokenFormat,
    introspection_clients: resource.introspectionClients,
  };
}

/** @throws InputError */
export function newScopeFromWire(body: object): ScopeInput {
  refuseOthers(body, SCOPE_MEMBERS);
  return scopeFromWire(body);
}

/** @throws InputError */
export function newResourceFromWire(body: object): Resource {
  refuseOthers(body, RESOURCE_MEMBERS);
  return resourceFromWire(body);
}

/** The words after a change; undefined: those that it has without any. @throws InputError */
export function changedDescription(present: Scope, body: object): string | undefined {
  refuseOthers(body, SCOPE_MEMBERS, 'name');
  const { description = present.description } = body as { description?: string | null };
  return description === null ? undefined : scopeFromWire({ name: present.name, description }).description;
}

/** The resource after a change; `null` brings the default back. @throws InputError */
export function changedResource(present: Resource, body: object): Resource {
  refuseOthers(body, RESOURCE_MEMBERS, 'identifier');
  return resourceFromWire({ ...resourceToWire(present), ...body });
}

function refuseOthers(body: object, known: readonly string[], fixed?: string): void {
  const faults = Object.keys(body)
    .filter((member) => member === fixed || !known.includes(member))
    .map((member) => ({ member, problem: member === fixed ? 'cannot be changed' : 'is not known here' }));
  if (faults.length > 0) throw new InputError(faults);
}
