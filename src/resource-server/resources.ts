// The protected resources of the options, in their long form.
// @see RFC 9728 §1.2 https://www.rfc-editor.org/rfc/rfc9728#section-1.2
import type { ResourceServerOptions } from './resource-server.options.js';

/**
 * A protected resource: its identifier, and what its metadata say of it for people.
 *
 * @example { identifier: 'https://api.example.com/notes', name: 'Notes' }
 */
export interface ProtectedResource {
  /** Absolute https URL (http on a loopback host) without query and fragment: where the resource is, and the audience of its tokens. */
  identifier: string;
  /** `resource_name`, for people. @default none */
  name?: string;
  /** `resource_documentation`: URL of a page for developers. @default none */
  documentation?: string;
  /** `resource_policy_uri`: URL of how clients may use the data. @default none */
  policy?: string;
  /** `resource_tos_uri`: URL of the terms of service. @default none */
  termsOfService?: string;
  /** `authorization_servers`: issuers whose tokens it takes. @default all that the application has a verifier for */
  authorizationServers?: readonly string[];
}

type ResourceOptions = Pick<ResourceServerOptions, 'audience' | 'resource' | 'resources'>;

/** Whatever tokens of this application may be bound to. */
export function audiencesOf(options: ResourceOptions): string[] {
  return [options.audience ?? [], resourcesOf(options).map(({ identifier }) => identifier)].flat(2);
}

export function resourcesOf({ resource, resources = [] }: ResourceOptions): ProtectedResource[] {
  return [...(resource === undefined ? [] : [resource]), ...resources].map(describe);
}

export function describe(resource: string | ProtectedResource): ProtectedResource {
  return typeof resource === 'string' ? { identifier: resource } : resource;
}
