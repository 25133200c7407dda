// docs/from-authlib.md: every row of the list that the project was begun with, and tests that are there.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PATH = join(import.meta.dirname, '../../docs/from-authlib.md');
const LAST: Record<string, number> = { E: 18, A: 15, C: 7, G: 8, X: 8, P: 12, R: 12, D: 6, L: 19 };
const text = readFileSync(PATH, 'utf8');

describe('docs/from-authlib.md', () => {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const ids = rows.flatMap(([, id]) => id.split(', '));

  it.each(Object.entries(LAST))('has all rows %s1 to %s', (letter, last) => {
    const expected = Array.from({ length: last }, (_, index) => `${letter}${index + 1}`);
    expect(ids.filter((id) => /^[A-Z]\d+$/.test(id) && id.startsWith(letter))).toEqual(expected);
  });

  it('names only files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(80);
    expect(links.filter((link) => !existsSync(join(dirname(PATH), link)))).toEqual([]);
  });

  it('names a test for every row of the server, the guards, the models and the client', () => {
    const server = rows.filter(([, id]) => /^[ACGXPRDL]\d+$/.test(id));
    expect(server.filter((cells) => !/\.\.\/(test|src)\/.*spec\.ts/.test(cells[4])).map(([, id]) => id)).toEqual([]);
  });
});
