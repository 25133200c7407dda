// What a token request asks for out of what its grant allows.
// @see RFC 6749 §6, RFC 8707 §2.2 https://www.rfc-editor.org/rfc/rfc8707#section-2.2
import { Injectable } from '@nestjs/common';
import type { Client } from '../../clients/client.js';
import type { Parameters } from '../../common/parameters.js';
import { parseScope } from '../../common/scope.js';
import type { Narrowing } from '../../tokens/issuance.js';
import { ResourceIndicators } from './resource-indicators.js';
import { checkResourceScope, scopeOfResources } from './scope.js';

/** Reads what a token request asks for out of what its grant allows. */
@Injectable()
export class NarrowingReader {
  constructor(private readonly resources: ResourceIndicators) {}

  /**
   * @param reads whether the grant type takes a `scope` parameter
   * @throws InvalidTargetError for an unknown resource, or for two that want two formats
   * @throws InvalidScopeError for a scope that does not belong to the asked resources
   */
  async read(client: Client, parameters: Parameters, reads: { scope: boolean }): Promise<Narrowing> {
    const asked = reads.scope ? parseScope(parameters.get('scope')) : [];
    const scope = asked.length > 0 ? asked : undefined;
    if (!parameters.has('resource')) return { scope };
    const resources = await this.resources.read(client, parameters);
    checkResourceScope(asked, resources);
    const identifiers = resources.map(({ identifier }) => identifier);
    await this.resources.formatFor(client, identifiers);
    return { scope, resources: identifiers, resourceScopes: scopeOfResources(client.scopes, resources) };
  }
}
