// A file of JSON or YAML (of which JSON is a part).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Reads and parses the file; adds what is wrong with it to the faults, without quoting it.
 * @param file its path, or a file descriptor
 */
export function readDocument(file: string | number, faults: string[]): unknown {
  try {
    return parseText(readFileSync(file, 'utf8'), faults);
  } catch (error) {
    faults.push(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
    return undefined;
  }
}

/** As {@link readDocument}, from the text. */
export function parseText(text: string, faults: string[]): unknown {
  // Most starts have no such file, and this is slow to load.
  const { parseDocument } = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) {
    // The parser's own message quotes the text.
    const problem = error.code === 'DUPLICATE_KEY' ? 'names a key twice' : 'is neither JSON nor YAML';
    faults.push(`${problem}: line ${error.linePos?.[0].line ?? '?'}, column ${error.linePos?.[0].col ?? '?'}`);
    return undefined;
  }
  try {
    return document.toJS();
  } catch {
    faults.push('uses an alias that is not defined before, or too many of them');
    return undefined;
  }
}
