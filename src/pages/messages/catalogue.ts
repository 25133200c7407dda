// What the pages say: typed keys, and references to messages that travel in view models.
import type { en } from './en.js';

export type MessageKey = keyof typeof en;
/** Of the reference for developers, which is in English as what it refers to. */
type EnglishOnly = Extract<MessageKey, `apiDocs.${string}`>;
/** Another language says everything else that English says. */
export type Catalogue = Readonly<Record<Exclude<MessageKey, EnglishOnly>, string>>;
/** What pages are written with. */
export type Messages = Readonly<Record<MessageKey, string>>;

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
