// Form and query parameters of OAuth requests, read from the bytes that were sent.
// @see RFC 6749 §3.1, §3.2, Appendix B https://www.rfc-editor.org/rfc/rfc6749#section-3.2
import { InvalidRequestError } from './oauth-error.js';

/** RFC 8707 §2 and RFC 8693 §2.1 let these two be repeated. */
const REPEATABLE = new Set(['resource', 'audience']);
const MAX_PARAMETERS = 100;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parsed parameters; an empty value counts as an absent one (RFC 6749 §3.1). */
export class Parameters {
  private readonly values = new Map<string, string>();
  private readonly repeated = new Map<string, string[]>();

  /** @throws InvalidRequestError when the parameter was sent more than once. */
  get(name: string): string | undefined {
    if (this.repeated.has(name) && !REPEATABLE.has(name)) throw repeatedParameter(name);
    return this.values.get(name);
  }

  /** @throws InvalidRequestError when the parameter is missing or was sent more than once. */
  require(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw new InvalidRequestError(`Parameter '${name}' is missing.`);
    return value;
  }

  /** All values of a parameter that may be repeated. */
  getAll(name: string): string[] {
    const value = this.values.get(name);
    return value === undefined ? [] : (this.repeated.get(name) ?? [value]);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  add(name: string, value: string): void {
    if (value === '') return;
    const first = this.values.get(name);
    if (first === undefined) {
      this.values.set(name, value);
      return;
    }
    const all = this.repeated.get(name);
    if (all) all.push(value);
    else this.repeated.set(name, [first, value]);
  }

  /**
   * Refuses any of the known names that was sent twice, also those that the request at hand never reads.
   * @throws InvalidRequestError
   */
  refuseRepeated(known: ReadonlySet<string>): void {
    for (const name of this.repeated.keys()) {
      if (known.has(name) && !REPEATABLE.has(name)) throw repeatedParameter(name);
    }
  }

  *entries(): Generator<[string, string]> {
    for (const [name, value] of this.values) {
      const all = this.repeated.get(name);
      if (all) for (const one of all) yield [name, one];
      else yield [name, value];
    }
  }

  static from(entries: Iterable<readonly [string, string]>): Parameters {
    const parameters = new Parameters();
    for (const [name, value] of entries) parameters.add(name, value);
    return parameters;
  }
}

function repeatedParameter(name: string): InvalidRequestError {
  return new InvalidRequestError(`Parameter '${name}' was sent more than once.`);
}

/**
 * Parses `application/x-www-form-urlencoded`.
 *
 * @param raw the body's bytes, or the query string without `?`
 * @throws InvalidRequestError on broken percent-encoding, NUL, text that is not UTF-8, or too many parameters
 */
export function parseForm(raw: Buffer | string): Parameters {
  const parameters = new Parameters();
  const text = typeof raw === 'string' ? raw : decodeUtf8(raw);
  if (text === '') return parameters;
  const pairs = text.split('&');
  if (pairs.length > MAX_PARAMETERS) throw new InvalidRequestError('The request has too many parameters.');
  for (const pair of pairs) {
    if (pair === '') continue;
    const split = pair.indexOf('=');
    const name = split < 0 ? pair : pair.slice(0, split);
    parameters.add(decodeFormComponent(name), split < 0 ? '' : decodeFormComponent(pair.slice(split + 1)));
  }
  return parameters;
}

/** @throws InvalidRequestError when it is not valid percent-encoded UTF-8 or holds NUL or a lone surrogate. */
export function decodeFormComponent(encoded: string): string {
  let value = encoded;
  if (value.includes('+')) value = value.replaceAll('+', ' ');
  if (value.includes('%')) {
    try {
      value = decodeURIComponent(value);
    } catch {
      throw new InvalidRequestError('The request has a broken percent-encoding.');
    }
  }
  if (!isStorableText(value)) throw new InvalidRequestError('The request has characters that are not allowed.');
  return value;
}

function decodeUtf8(raw: Buffer): string {
  try {
    return utf8.decode(raw);
  } catch {
    throw new InvalidRequestError('The request body is not UTF-8.');
  }
}

/** Text that PostgreSQL can hold: no NUL, no lone surrogate. */
export function isStorableText(value: string): boolean {
  return !/\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value);
}
