// What the pages say: typed keys, the languages there are, and references to messages that travel in view models.
import { en } from './en.js';

export type MessageKey = keyof typeof en;
/** Another language says everything that English says. */
export type Catalogue = Readonly<Record<MessageKey, string>>;

export const CATALOGUES = { en } satisfies Record<string, Catalogue>;
export type Locale = keyof typeof CATALOGUES;
export const DEFAULT_LOCALE: Locale = 'en';

type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
/** A date is written as the distance from now ("in 30 seconds"). */
export type MessageParameter = string | number | Date;
export type MessageParameters<K extends MessageKey> = Record<Names<(typeof en)[K]>, MessageParameter>;
type Rest<K extends MessageKey> = [Names<(typeof en)[K]>] extends [never] ? [] : [parameters: MessageParameters<K>];

/** A message that is put into words when the page is rendered, in the reader's language. */
export interface Message {
  readonly key: MessageKey;
  readonly parameters: Readonly<Record<string, MessageParameter>>;
}

/** Words for a page: a message of the catalogue, or a text that is already written (a validator's, for developers). */
export type Text = Message | string;

/**
 * Refers to a message of the catalogue.
 *
 * @example errors: { form: message('signIn.error.wait', { when: retryAt }) }
 */
export function message<K extends MessageKey>(key: K, ...[parameters]: Rest<K>): Message {
  return { key, parameters: parameters ?? {} };
}
