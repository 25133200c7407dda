// A client as people see it, in their language.
import type { Client } from './client.js';
import { localized } from './localized.js';

/** An application as people see it. URIs are those of its registration: only http(s) ones become links. */
export interface ClientFace {
  name: string;
  uri?: string;
  logoUri?: string;
  policyUri?: string;
  tosUri?: string;
}

/** @param reader `locale`: their language, as BCP 47 tag */
export function clientFace(
  { id, metadata }: Pick<Client, 'id' | 'metadata'>,
  { locale }: { locale: string },
): ClientFace {
  return {
    name: localized(metadata, 'client_name', locale) ?? id,
    uri: localized(metadata, 'client_uri', locale),
    logoUri: localized(metadata, 'logo_uri', locale),
    policyUri: localized(metadata, 'policy_uri', locale),
    tosUri: localized(metadata, 'tos_uri', locale),
  };
}
