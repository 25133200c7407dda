// A client as the pages show it.
import type { Client } from '../clients/client.js';
import type { ClientFace } from './views/view-models.js';

export function clientFace({ name, metadata }: Client): ClientFace {
  return {
    name,
    uri: metadata.client_uri,
    logoUri: metadata.logo_uri,
    policyUri: metadata.policy_uri,
    tosUri: metadata.tos_uri,
  };
}
