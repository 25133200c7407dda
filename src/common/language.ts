// Which of the languages that there are somebody is answered in.
// @see RFC 4647 §3.4, RFC 9110 §12.5.4, OIDC Core §3.1.2.1 https://www.rfc-editor.org/rfc/rfc4647#section-3.4

/** Languages that are looked at; nobody reads more, and whoever sends more means harm. */
const MAX_RANGES = 20;
const MAX_LENGTH = 1000;
const RANGE = /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/i;

/** The languages of an `Accept-Language` header, the dearest first; what is malformed or refused (`q=0`) is left out. */
export function acceptedLanguages(header: string | undefined): string[] {
  const accepted: { range: string; quality: number }[] = [];
  for (const part of (header ?? '').slice(0, MAX_LENGTH).split(',', MAX_RANGES)) {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const quality = qualityOf(parameters);
    if (RANGE.test(range) && quality > 0) accepted.push({ range, quality });
  }
  // The sort is stable: of equals the first one is the dearest.
  return accepted.sort((a, b) => b.quality - a.quality).map(({ range }) => range);
}

/** The languages of `ui_locales`: separated by spaces, the dearest first. */
export function requestedLanguages(uiLocales: string | undefined): string[] {
  const ranges = (uiLocales ?? '').slice(0, MAX_LENGTH).split(' ').filter(Boolean);
  return ranges.slice(0, MAX_RANGES).filter((range) => RANGE.test(range));
}

/** The first of the ranges that has a language, which is made more general until it has one. */
export function lookUpLanguage(ranges: readonly string[], available: Iterable<string>): string | undefined {
  const tags = new Map([...available].map((tag) => [tag.toLowerCase(), tag]));
  for (const range of ranges) {
    for (const candidate of generalisations(range.toLowerCase(), tags)) {
      const tag = tags.get(candidate);
      if (tag !== undefined) return tag;
    }
  }
  return undefined;
}

/** `zh-TW`: itself, then by its script (`zh-hant-tw`, `zh-hant`) where there are variants of the language, then `zh`. */
function generalisations(range: string, tags: ReadonlyMap<string, string>): string[] {
  const own = truncations(range);
  const [language] = range.split('-', 1);
  if (![...tags.keys()].some((tag) => tag.startsWith(`${language}-`))) return own;
  return [...own.slice(0, -1), ...truncations(withScript(range)).slice(0, -1), language];
}

/** RFC 4647 §3.4: a subtag less each time, and never a single letter at the end. */
function truncations(range: string): string[] {
  const parts = range.split('-');
  const found: string[] = [];
  for (; parts.length > 0; parts.pop()) if ((parts.at(-1) as string).length > 1) found.push(parts.join('-'));
  return found;
}

/** The range with the script in which its language is usually written there. */
function withScript(range: string): string {
  try {
    return new Intl.Locale(range).maximize().toString().toLowerCase();
  } catch {
    return range;
  }
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => /^q=/i.test(parameter));
  if (given === undefined) return 1;
  return /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i.test(given) ? Number(given.slice(2)) : 0;
}
