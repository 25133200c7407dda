// docs/sign-in-with-others.md: its tables hold every preset and every variable that there is, and no other.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PRESETS } from '../../src/relying-party/presets.js';
import { PROVIDER_KEYS } from '../../src/relying-party/provider-keys.js';

const PATH = join(import.meta.dirname, '../../docs/sign-in-with-others.md');
const text = readFileSync(PATH, 'utf8');

/** The cells of the table whose head begins so. */
function tableOf(head: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${head}`));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

it('has a row for every preset, which says what it speaks', () => {
  const rows = tableOf('preset').map(([name, speaks]) => [quoted(name)[0], speaks]);
  const expected = Object.entries(PRESETS).map(([name, { options }]) => [
    name,
    options.scope?.split(' ').includes('openid') ? 'OpenID Connect' : 'OAuth 2.0',
  ]);
  expect(rows.sort()).toEqual(expected.sort());
});

it('has every variable of a provider', () => {
  const names = tableOf('`{NAME}').flatMap(([cell]) => quoted(cell));
  const expected = [...PROVIDER_KEYS.map(({ key }) => key.toUpperCase()), 'CLIENT_KWARGS'];
  expect(names.sort()).toEqual(expected.sort());
});

it('names only files that exist', () => {
  const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link);
  const files = links.filter((link) => !link.startsWith('https:'));
  expect(files.length).toBeGreaterThan(2);
  expect(files.filter((link) => !existsSync(join(dirname(PATH), link)))).toEqual([]);
});
