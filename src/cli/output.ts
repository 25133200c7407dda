// What commands print: tables and lists for people, JSON for programs.

/** A line on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** Columns under their titles. */
export function table(titles: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [titles, ...rows].map((row) => row.map(cell));
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column]))));
  return cells.map((row) => line(row, widths)).join('\n');
}

/** Names and values, one a line; what is empty is left out. */
export function details(values: Record<string, unknown>): string {
  const given = Object.entries(values).filter(([, value]) => cell(value) !== '');
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => `  ${name.padEnd(width)}  ${cell(value)}`).join('\n');
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((text, column) => text + ' '.repeat(widths[column] - widthOf(text)))
    .join('  ')
    .trimEnd();
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return `${value.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (Array.isArray(value)) return value.map(cell).join(' ');
  if (typeof value === 'object') return cell(JSON.stringify(value));
  return visible(`${value as string | number | boolean}`);
}

/** A name that somebody chose could move the cursor or change the colours of a terminal. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** Characters of East Asia and emoji take two places. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
