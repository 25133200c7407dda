// Puts messages, dates and durations into the words of one language; views get one as `t`, `rich`, `text`, …
import { escapeHtml } from '../../common/html.js';
import type { MessageKey, MessageParameter, Messages, Text } from './catalogue.js';

const MAX_NAME = 120;
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/**
 * Words of others as they may be shown inside a sentence of ours: no line breaks, no direction overrides that turn the
 * rest of the sentence around, no towers of accents.
 */
export function plainText(text: string): string {
  return text
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .trim();
}

/** A name of somebody or something: plain, and not endless. Hosts are never cut, for their end says whose they are. */
export function displayName(name: string): string {
  const plain = plainText(name);
  return plain.length <= MAX_NAME ? plain : `${[...plain].slice(0, MAX_NAME - 1).join('')}…`;
}

export class Translator {
  /** @param locale a BCP 47 tag; dates and numbers are written in its way */
  constructor(
    readonly locale: string,
    private readonly messages: Messages,
  ) {}

  /** The message as plain text. */
  readonly t = (key: MessageKey, parameters: Record<string, MessageParameter> = {}): string =>
    this.messages[key].replace(/\{(\w+)\}/g, (_, name: string) => this.words(parameters[name]));

  /** The message as HTML: each parameter is escaped and isolated, so that its direction stays its own. */
  readonly rich = (key: MessageKey, parameters: Record<string, MessageParameter> = {}): string =>
    escapeHtml(this.messages[key]).replace(
      /\{(\w+)\}/g,
      (_, name: string) => `<bdi class="name">${escapeHtml(this.words(parameters[name]))}</bdi>`,
    );

  /** A text of a view model in words. */
  readonly text = (text: Text): string => (typeof text === 'string' ? text : this.t(text.key, { ...text.parameters }));

  /** The message under a key that is known only at run time, or undefined. */
  readonly lookup = (key: string): string | undefined =>
    Object.hasOwn(this.messages, key) ? this.messages[key as MessageKey] : undefined;

  readonly date = (date: Date): string =>
    new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(date);

  readonly dateTime = (date: Date): string =>
    `${new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(date)} UTC`;

  /** The distance from now: "3 hours ago", "in 2 days". */
  readonly ago = (date: Date): string => {
    const seconds = Math.round((date.getTime() - Date.now()) / 1000);
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
    return new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
  };

  /** A length of time in its largest whole unit: "7 days". */
  readonly duration = (seconds: number): string => {
    const [unit, size] = UNITS.find(([, size]) => seconds >= size && seconds % size === 0) ?? ['second', 1];
    return new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size);
  };

  private words(parameter: MessageParameter | undefined): string {
    if (parameter instanceof Date) return this.ago(parameter);
    return parameter === undefined ? '' : plainText(String(parameter));
  }
}
