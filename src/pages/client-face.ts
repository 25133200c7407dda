// A client as the pages show it, in the language of the page.
import type { Client } from '../clients/client.js';
import { localized } from '../clients/localized.js';
import type { PageLanguage } from './languages.js';
import type { ClientFace } from './views/view-models.js';

export function clientFace(
  { id, metadata }: Pick<Client, 'id' | 'metadata'>,
  { locale }: Pick<PageLanguage, 'locale'>,
): ClientFace {
  return {
    name: localized(metadata, 'client_name', locale) ?? id,
    uri: localized(metadata, 'client_uri', locale),
    logoUri: localized(metadata, 'logo_uri', locale),
    policyUri: localized(metadata, 'policy_uri', locale),
    tosUri: localized(metadata, 'tos_uri', locale),
  };
}
