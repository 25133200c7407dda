// Human-readable client metadata in the reader's language: `client_name#de` beside `client_name`.
// @see RFC 7591 §2.2, OIDC Registration §2.1 https://www.rfc-editor.org/rfc/rfc7591#section-2.2
import { lookUpLanguage } from '../common/language.js';
import type { ClientMetadata, LocalizableMember } from './client-metadata.js';

/** The member for whoever reads this language: that of the language or a variant of it, else the one without a language. */
export function localized(
  metadata: Readonly<Partial<ClientMetadata>>,
  member: LocalizableMember,
  language: string,
): string | undefined {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(metadata)) {
    if (name.startsWith(`${member}#`)) values.set(name.slice(member.length + 1), value as string);
  }
  const variant = `${language.toLowerCase()}-`;
  const tag =
    lookUpLanguage([language], values.keys()) ??
    [...values.keys()].find((candidate) => candidate.toLowerCase().startsWith(variant));
  return tag === undefined ? metadata[member] : values.get(tag);
}
