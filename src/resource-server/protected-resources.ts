// The protected resources that an application says it is, and where each one's metadata is.
// @see RFC 9728 §1.2, §3 https://www.rfc-editor.org/rfc/rfc9728#section-3
import { Inject, Injectable } from '@nestjs/common';
import { resourceIdentifierFault } from '../common/resource-identifier.js';
import type { ProtectionSpace } from './bearer-challenge.js';
import type { Protection } from './protection.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from './checked-options.js';
import { describe, type ProtectedResource, resourcesOf } from './resources.js';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** A resource with the place of its document. */
export interface PublishedResource {
  readonly resource: ProtectedResource;
  /** Of the document, at the origin of the resource. */
  readonly path: string;
  readonly url: string;
}

@Injectable()
export class ProtectedResources {
  private readonly published = new Map<string, PublishedResource>();
  private readonly realm: string;
  private readonly usual?: string;

  /** @throws Error naming the option that is wrong */
  constructor(@Inject(RESOURCE_SERVER_OPTIONS) options: CheckedOptions) {
    this.realm = options.realm ?? 'api';
    for (const resource of resourcesOf(options)) this.add(resource);
    this.usual = options.resource === undefined ? undefined : describe(options.resource).identifier;
  }

  all(): PublishedResource[] {
    return [...this.published.values()];
  }

  /** The resource that a protection is part of. */
  resourceOf({ resource }: Protection): string | undefined {
    return resource === false ? undefined : (resource ?? this.usual);
  }

  /** @throws Error when the resource is none of the application's */
  spaceOf(identifier: string | undefined): ProtectionSpace {
    if (identifier === undefined) return { realm: this.realm };
    const published = this.published.get(identifier);
    if (!published) throw new Error(`A guard names the resource ${identifier}, which the options do not have.`);
    return { realm: this.realm, resourceMetadata: published.url };
  }

  private add(resource: ProtectedResource): void {
    const { identifier } = resource;
    const fault = identifierFault(identifier);
    if (fault !== undefined) throw new Error(`resources: ${String(identifier)} ${fault}.`);
    const { origin, pathname } = new URL(identifier);
    // RFC 9728 §3.1: between host and path; a slash that ends the host goes.
    const path = WELL_KNOWN + (pathname === '/' ? '' : pathname);
    if (this.all().some((other) => other.path === path))
      throw new Error(`resources: two of them would have their metadata at ${path}.`);
    this.published.set(identifier, { resource, path, url: origin + path });
  }
}

function identifierFault(identifier: string): string | undefined {
  const fault = resourceIdentifierFault(identifier);
  if (fault !== undefined) return fault;
  const { protocol, hostname } = new URL(identifier);
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.test(hostname)))
    return 'must be an https URL, or http on a loopback host';
  return identifier.includes('?') ? 'must not have a query' : undefined;
}
