// Who is the client of a request? One method a request, the registered one; every failure looks and takes the same.
// @see RFC 6749 §2.3, §3.2.1 https://www.rfc-editor.org/rfc/rfc6749#section-2.3
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Client } from '../../clients/client.js';
import { signsWithSecret } from '../../clients/client-metadata.js';
import { ClientsService } from '../../clients/clients.service.js';
import type { OAuthRequest } from '../../common/http.js';
import { InvalidClientError, InvalidRequestError } from '../../common/oauth-error.js';
import type { Parameters } from '../../common/parameters.js';
import { Registry } from '../../common/plugin.js';
import { EventBus } from '../../events/event-bus.js';
import { ClientAuth, type PresentedCredentials } from './client-auth.js';

const NONE = 'none';

/** Stands in for an unknown client: a secret that nobody has, so that the answer takes as long. */
const NOBODY = new Client(
  '',
  { application_type: 'web', redirect_uris: [], grant_types: [], response_types: [], token_endpoint_auth_method: '' },
  [{ id: '0', hash: Buffer.alloc(32), sealed: null, createdAt: new Date(0), expiresAt: null }],
  null,
  true,
  new Date(0),
);

@Injectable()
export class ClientAuthenticator extends Registry<ClientAuth> implements OnModuleInit {
  constructor(
    discovery: DiscoveryService,
    private readonly clients: ClientsService,
    private readonly events: EventBus,
  ) {
    super(ClientAuth, discovery);
  }

  onModuleInit(): void {
    this.load();
  }

  /**
   * @throws InvalidClientError when the client did not prove who it is
   * @throws InvalidRequestError when it used two methods at once
   */
  async authenticate(request: OAuthRequest, parameters: Parameters): Promise<Client> {
    const [method, presented] = this.presented(request, parameters);
    let client = await this.clients.find(presented.clientId);
    if (!(await proves(presented, client, method))) {
      // A new secret works at once, also where the news of it has not arrived. An unknown client was just looked for.
      client &&= await this.clients.findFresh(presented.clientId);
      if (!(await proves(presented, client, method)))
        throw new InvalidClientError(reasonOf(client, method, presented.failure));
    }
    this.events.emit('client.authenticated', { clientId: presented.clientId, method });
    return client as Client;
  }

  private presented(request: OAuthRequest, parameters: Parameters): [string, PresentedCredentials] {
    const used: [string, PresentedCredentials][] = [];
    for (const name of this.names()) {
      // Whoever proves who they are may also say it.
      if (name === NONE) continue;
      const credentials = this.get(name).read(request, parameters);
      if (credentials) used.push([name, credentials]);
    }
    const said = used.length === 0 && this.find(NONE)?.read(request, parameters);
    if (said) used.push([NONE, said]);
    const [first] = used;
    if (!first) throw new InvalidClientError('no client authentication in the request');
    // RFC 6749 §2.3: the client MUST NOT use more than one authentication method in each request.
    if (used.length > 1) throw new InvalidRequestError('The request uses more than one client authentication method.');
    const named = parameters.get('client_id');
    if (named !== undefined && named !== first[1].clientId) {
      throw new InvalidRequestError('client_id names another client than the one that authenticates.');
    }
    return first;
  }
}

async function proves(presented: PresentedCredentials, client: Client | undefined, method: string): Promise<boolean> {
  const usable = client !== undefined && !client.disabled && client.metadata.token_endpoint_auth_method === method;
  const proven = await presented.verify(usable ? client : NOBODY);
  return usable && proven;
}

function reasonOf(client: Client | undefined, method: string, failure = 'wrong credentials'): string {
  if (!client) return 'unknown client';
  if (client.disabled) return `client ${client.id} is disabled`;
  if (client.metadata.token_endpoint_auth_method !== method)
    return `client ${client.id} is registered for ${client.metadata.token_endpoint_auth_method}, not ${method}`;
  if (signsWithSecret(client.metadata) && client.usableSecrets.length === 0)
    return `client ${client.id} has no secret that was made for client_secret_jwt: give it a new one`;
  return `client ${client.id} did not prove who it is: ${failure}`;
}
