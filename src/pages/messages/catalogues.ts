// The languages of the pages: ours, and those of the operator's files, which change ours message by message or add others.
// @see OIDC Core §3.1.2.1 `ui_locales` https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { readDocument } from '../../config/document-file.js';
import { ConfigurationError } from '../../config/env.js';
import { ServerOptions } from '../../config/options.js';
import { lookUpLanguage } from '../../common/language.js';
import type { Catalogue, MessageKey, Messages } from './catalogue.js';
import { de } from './de.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { ja } from './ja.js';
import { zh } from './zh.js';

/** Ours, in the order in which the metadata names them. */
export const CATALOGUES: Readonly<Record<string, Catalogue>> = { en, de, fr, es, zh, ja };
/** Messages that no other language has. */
const ENGLISH_ONLY = /^apiDocs\./;
/** A file of messages is named after its language: `de.yaml`, `pt-BR.json`. */
const FILE = /\.(?:json|ya?ml)$/i;
/** Messages under these are looked for by a name that hosts add to: their own scopes, grants, errors. */
const OPEN_KEY = /^(?:scope|grant|responseType|authMethod|error\.explain)\.[\x21-\x7e]+$/;

@Injectable()
export class Catalogues {
  private readonly byLocale: ReadonlyMap<string, Messages>;
  private readonly locales: readonly string[];
  /** The language of pages for people whose languages are not here. */
  readonly defaultLocale: string;

  /** @throws ConfigurationError with every fault of the options and files at once */
  constructor(options: ServerOptions) {
    const faults: string[] = [];
    const all = withFiles(options.messagesDirectory, faults);
    this.byLocale = all;
    this.locales = chosenLocales(options.locales, all, faults);
    this.defaultLocale = options.defaultLocale;
    if (!this.locales.includes(options.defaultLocale))
      faults.push(`defaultLocale must be one of the languages of the pages: ${this.locales.join(', ')}.`);
    if (faults.length > 0) throw new ConfigurationError(faults);
  }

  /** BCP 47 tags of the languages that people are answered in. */
  names(): readonly string[] {
    return this.locales;
  }

  /** @throws Error when there is none in this language */
  get(locale: string): Messages {
    const messages = this.byLocale.get(locale);
    if (!messages) throw new Error(`There are no messages in '${locale}'.`);
    return messages;
  }
}

function chosenLocales(
  asked: readonly string[] | undefined,
  all: ReadonlyMap<string, Messages>,
  faults: string[],
): string[] {
  if (asked === undefined) return [...all.keys()];
  const locales = asked.filter((locale) => all.has(locale));
  if (locales.length < asked.length || locales.length === 0)
    faults.push(`locales must name languages that there are messages in: ${[...all.keys()].join(', ')}.`);
  return locales;
}

function withFiles(directory: string | undefined, faults: string[]): Map<string, Messages> {
  const all = new Map<string, Messages>(
    Object.entries(CATALOGUES).map(([locale, catalogue]) => [locale, { ...en, ...catalogue }]),
  );
  const given = new Map<string, string>();
  for (const name of directory === undefined ? [] : filesOf(directory, faults)) {
    const file = join(directory as string, name);
    const locale = localeOf(basename(name, extname(name)));
    const fault = (problem: string): void => void faults.push(`${file} ${problem}.`);
    if (locale === undefined) {
      fault('is not named after a language, such as de.json or pt-BR.yaml');
      continue;
    }
    const other = given.get(locale);
    if (other !== undefined) fault(`is for the same language as ${other}`);
    given.set(locale, name);
    const problems: string[] = [];
    const document = readDocument(file, problems);
    // A variant says what its language says, but for what it says otherwise.
    const parent = lookUpLanguage([locale], Object.keys(CATALOGUES));
    const base = parent === undefined ? {} : CATALOGUES[parent];
    problems.push(...(problems.length > 0 ? [] : catalogueFaults(document, base)));
    problems.forEach(fault);
    all.set(locale, { ...en, ...base, ...(document as Partial<Messages>) });
  }
  return all;
}

function filesOf(directory: string, faults: string[]): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => FILE.test(name))
      .sort();
  } catch (error) {
    faults.push(`messagesDirectory cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}.`);
    return [];
  }
}

function localeOf(name: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(name)[0];
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with a catalogue: messages that English does not know, that lack, or whose parameters are others.
 * @param base what is said already
 */
export function catalogueFaults(messages: unknown, base: Partial<Catalogue> = {}): string[] {
  if (typeof messages !== 'object' || messages === null || Array.isArray(messages))
    return ['must hold an object of messages by name'];
  const faults: string[] = [];
  for (const [key, text] of Object.entries(messages)) {
    const known = Object.hasOwn(en, key);
    if (!known && !OPEN_KEY.test(key)) faults.push(`has a message that the pages do not know: '${key}'`);
    else if (typeof text !== 'string' || text.trim() === '') faults.push(`'${key}' must be a text`);
    else {
      const [needed, used] = [known ? parametersOf(en[key as MessageKey]) : '', parametersOf(text)];
      if (needed !== used) faults.push(`'${key}' must have the parameters of the English message: ${needed || 'none'}`);
    }
  }
  const needed = Object.keys(en).filter((key) => !ENGLISH_ONLY.test(key));
  const missing = needed.filter((key) => !Object.hasOwn(messages, key) && !Object.hasOwn(base, key));
  return faults.concat(missing.map((key) => `lacks the message '${key}'`));
}

/** The names in braces, sorted: a language may have them in another order, and more than once. */
function parametersOf(text: string): string {
  return [...new Set(text.match(/\{\w+\}/g))].sort().join(' ');
}
