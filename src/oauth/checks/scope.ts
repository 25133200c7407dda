// Which scope a request gets: what it asks for, or the client's default; never a silent drop.
// @see RFC 6749 §3.3 https://www.rfc-editor.org/rfc/rfc6749#section-3.3
import type { Client } from '../../clients/client.js';
import { isAdministrationScope, PROTOCOL_SCOPES } from '../../clients/client-metadata.js';
import { InvalidScopeError } from '../../common/oauth-error.js';
import { includesScope, parseScope } from '../../common/scope.js';
import { isIdentityScope, type Resource } from '../../tokens/catalogue.js';

/**
 * The scope of a request.
 *
 * @param resources the resources that are asked for
 * @throws InvalidScopeError when a value is not allowed to the client or does not belong to the resources
 */
export function resolveScope(client: Client, asked: string | undefined, resources: readonly Resource[]): string[] {
  const values = parseScope(asked);
  if (values.length === 0) {
    const byDefault = defaultScope(client);
    return resources.length === 0 ? byDefault : byDefault.filter((value) => fitsResources(value, resources));
  }
  if (!includesScope(client.scopes, values))
    throw new InvalidScopeError('The client is not registered for this scope.');
  checkResourceScope(values, resources);
  return values;
}

/** @throws InvalidScopeError when a value belongs to none of the resources (no resources: everything fits) */
export function checkResourceScope(values: readonly string[], resources: readonly Resource[]): void {
  if (resources.length > 0 && !values.every((value) => fitsResources(value, resources))) {
    throw new InvalidScopeError('The scope does not belong to the resource.');
  }
}

/** The scope values that tokens for these resources may carry. */
export function scopeOfResources(scope: readonly string[], resources: readonly Resource[]): string[] {
  return scope.filter((value) => fitsResources(value, resources));
}

function fitsResources(value: string, resources: readonly Resource[]): boolean {
  return isIdentityScope(value) || resources.some((resource) => resource.scopes.includes(value));
}

function defaultScope(client: Client): string[] {
  if (client.metadata.default_scope !== undefined) return client.metadata.default_scope.split(' ').filter(Boolean);
  return client.scopes.filter(
    (value) => !(PROTOCOL_SCOPES as readonly string[]).includes(value) && !isAdministrationScope(value),
  );
}
