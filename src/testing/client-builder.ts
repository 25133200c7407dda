// Clients of tests: a confidential web application for the code flow, unless a test says otherwise.
import { randomBytes } from 'node:crypto';
import type { ClientMetadata } from '../clients/client-metadata.js';
import type { ClientsService, NewClient } from '../clients/clients.service.js';

/** A client in wire names (RFC 7591 §2, and ours); what a test does not say is made up. */
export interface TestClientOptions extends Partial<ClientMetadata> {
  /** @default `client-` and a random word */
  client_id?: string;
  /** @default random, where the client authenticates with one */
  client_secret?: string;
}

/** A client that was created. */
export interface TestClient {
  clientId: string;
  /** Absent for a public client. */
  clientSecret?: string;
  metadata: Readonly<ClientMetadata>;
}

/** What the builder needs of the server; loaded with it. */
export interface ClientCreation {
  clients: ClientsService;
  /** @throws ClientMetadataError with every fault at once */
  read: (wire: object) => NewClient;
}

const CALLBACK = 'https://client.test/callback';
const DEFAULTS = {
  client_name: 'Client of a test',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'openid profile email offline_access',
};

/** What nobody signs in at has none of these. */
const ALONE = { response_types: [], redirect_uris: [] };

/**
 * A client to be created. Each step answers another builder, so that one can be kept and used again.
 *
 * @example const app = await server.aClient().public().redirectUris('https://app.example/callback').create();
 */
export class TestClientBuilder {
  constructor(
    private readonly creation: () => ClientCreation,
    private readonly options: TestClientOptions = {},
  ) {}

  /** @returns a builder that also has these */
  with(options: TestClientOptions): TestClientBuilder {
    return new TestClientBuilder(this.creation, { ...this.options, ...options });
  }

  /** An application that cannot keep a secret (RFC 6749 §2.1). */
  public(): TestClientBuilder {
    return this.with({ token_endpoint_auth_method: 'none' });
  }

  /** A program that acts for itself, by client_credentials. */
  machine(): TestClientBuilder {
    return this.with({ scope: undefined, ...this.options, ...ALONE, grant_types: ['client_credentials'] });
  }

  /** One that takes access tokens and asks what they are worth (RFC 7662). */
  resourceServer(): TestClientBuilder {
    return this.with({ scope: undefined, ...this.options, ...ALONE, grant_types: [] });
  }

  redirectUris(...uris: string[]): TestClientBuilder {
    return this.with({ redirect_uris: uris });
  }

  grantTypes(...grantTypes: string[]): TestClientBuilder {
    return this.with({ grant_types: grantTypes });
  }

  /** @param scope all that it may ask for: values, or the parameter with spaces in it */
  scope(...scope: string[]): TestClientBuilder {
    return this.with({ scope: scope.join(' ') });
  }

  /** Nobody is asked for consent. */
  firstParty(): TestClientBuilder {
    return this.with({ skip_consent: true });
  }

  /** @throws ClientMetadataError naming what is not acceptable */
  async create(): Promise<TestClient> {
    const { clients, read } = this.creation();
    const client_id = `client-${randomBytes(6).toString('hex')}`;
    const { client, clientSecret } = await clients.create(read({ ...DEFAULTS, client_id, ...this.options }));
    return { clientId: client.id, clientSecret, metadata: client.metadata };
  }
}
