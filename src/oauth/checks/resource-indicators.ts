// The resources that a request asks for, and the format of tokens for them.
// @see RFC 8707 §2 https://www.rfc-editor.org/rfc/rfc8707#section-2
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import { InvalidTargetError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import { ServerOptions } from '../../config/options.js';
import { Catalogue, type Resource } from '../../tokens/catalogue.js';

/** Reads the resources that a request asks for, and says in which format their tokens are. */
@Injectable()
export class ResourceIndicators {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly options: ServerOptions,
  ) {}

  /** @throws InvalidTargetError when a resource is unknown, malformed or not for this client */
  async read(client: Client, parameters: Parameters): Promise<Resource[]> {
    const identifiers = new Set(parameters.getAll('resource'));
    const resources: Resource[] = [];
    for (const identifier of identifiers) {
      const resource = identifier.length <= 2000 ? await this.catalogue.findResource(identifier) : undefined;
      const allowed = client.metadata.resources?.includes(identifier) ?? true;
      if (!resource || !allowed) throw new InvalidTargetError('The resource is unknown or not for this client.');
      resources.push(resource);
    }
    return resources;
  }

  /**
   * The format of an access token: the resource decides, else the client, else the server.
   * @throws InvalidTargetError when the resources want two formats in one token
   */
  async formatFor(client: Client, identifiers: readonly string[]): Promise<string> {
    const fallback = client.metadata.access_token_format ?? this.options.accessTokenFormat;
    if (identifiers.length === 0) return fallback;
    const formats = new Set<string>();
    for (const identifier of identifiers) {
      formats.add((await this.catalogue.findResource(identifier))?.accessTokenFormat ?? fallback);
    }
    if (formats.size > 1)
      throw new InvalidTargetError('The resources take tokens of different formats: ask for one at a time.');
    return [...formats][0] ?? fallback;
  }
}
