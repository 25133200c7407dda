// docs/sign-in-with-others.md names what there is.
import { readFileSync } from 'node:fs';
import { PRESETS } from '../../src/relying-party/presets.js';
import { PROVIDER_KEYS } from '../../src/relying-party/provider-keys.js';

const page = readFileSync('docs/sign-in-with-others.md', 'utf8');

it('has every preset', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (OpenID Connect|OAuth 2\.0)/gm)];
  expect(rows.map(([, name]) => name)).toEqual(Object.keys(PRESETS));
  for (const [, name, protocol] of rows)
    expect([name, protocol]).toEqual([
      name,
      PRESETS[name].options.scope?.split(' ').includes('openid') ? 'OpenID Connect' : 'OAuth 2.0',
    ]);
});

it('has every variable of the environment, and no other', () => {
  const [, table] = page.split('| `{NAME}_…`');
  const names = [...table.split('\n\n')[0].matchAll(/^\| (`[^|]+)\|/gm)].flatMap(
    ([, cell]) => cell.match(/[A-Z][A-Z_]+/g) ?? [],
  );
  expect(names.sort()).toEqual([...PROVIDER_KEYS.map(({ key }) => key.toUpperCase()), 'CLIENT_KWARGS'].sort());
});
