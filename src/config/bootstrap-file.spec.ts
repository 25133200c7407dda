import { readBootstrapFile, takeApart } from './bootstrap-file.js';
import { parseText } from './document-file.js';

function faultsOf(text: string): string[] {
  const faults: string[] = [];
  takeApart(parseText(text, faults), faults);
  return faults;
}

describe('the form of the bootstrap file', () => {
  it('is JSON or YAML; what it does not mention is empty', () => {
    const faults: string[] = [];
    const sections = {
      users: [{ username: 'a' }],
      clients: [],
      scopes: [{ name: 'b' }],
      resources: [],
      identity_providers: [],
    };
    expect(takeApart(parseText('{"users":[{"username":"a"}],\n\t"scopes":[{"name":"b"}]}', faults), faults)).toEqual(
      sections,
    );
    expect(takeApart(parseText('users:\n  - username: a\nscopes: [{ name: b }]\nclients:\n', faults), faults)).toEqual(
      sections,
    );
    expect(faults).toEqual([]);
  });

  it('may be nothing at all', () => {
    for (const text of ['', '# nothing yet\n', '{}', 'null']) expect(faultsOf(text)).toEqual([]);
  });

  it.each([
    ['[]', ['BOOTSTRAP_FILE must hold an object with: users, clients, scopes, resources, identity_providers.']],
    ['"text"', ['BOOTSTRAP_FILE must hold an object with: users, clients, scopes, resources, identity_providers.']],
    ['{"users": {}}', ['users: must be a list']],
    ['{"users": ["x", null, {}]}', ['users[0]: must be an object', 'users[1]: must be an object']],
    ['{"Users": [], "other": 1}', ['Users: is unknown, use users', 'other: is unknown']],
    ['{"__proto__": {}}', ['__proto__: is unknown']],
    [String.raw`{"a\u001b[31m": 1}`, [String.raw`"a\u001b[31m": is unknown`]],
  ])('of %s has a fault', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('is named with the place of a mistake, never with the text', () => {
    expect(faultsOf('{"users": [}')).toEqual([expect.stringMatching(/^is neither JSON nor YAML: line 1, column \d+$/)]);
    expect(faultsOf('users: []\nusers: []')).toEqual(['names a key twice: line 2, column 1']);
    expect(faultsOf('users: *canary')).toEqual(['uses an alias that is not defined before, or too many of them']);
    expect(faultsOf('users: []\n---\nusers: []')).toHaveLength(1);
    const bomb = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`).join('\n');
    expect(faultsOf(`l0: &l0 [x]\n${bomb}`)).toHaveLength(1);
  });

  it('that cannot be read is named with the reason', () => {
    const faults: string[] = [];
    expect(readBootstrapFile('/nowhere/at-all.json', faults).users).toEqual([]);
    expect(faults).toEqual(['BOOTSTRAP_FILE cannot be read: ENOENT.']);
  });
});
