// What is said of options that a host application gets wrong.
import { ConfigurationError } from '../config/env.js';
import { checkOptions } from './check-options.js';
import type { AuthorizationServerModuleOptions } from './options.js';

const GOOD = {
  issuer: 'https://blog.example/auth',
  secretKeys: ['0123456789abcdef0123456789abcdef'],
  database: { url: 'postgres://localhost/blog' },
};

function faultsOf(options: object): readonly string[] {
  try {
    checkOptions(options as AuthorizationServerModuleOptions);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('checkOptions', () => {
  it('takes what is needed and nothing more, and members that are undefined', () => {
    expect(faultsOf(GOOD)).toEqual([]);
    expect(faultsOf({ ...GOOD, theme: undefined, pages: undefined, registration: undefined })).toEqual([]);
  });

  it('takes pages of the application for all that ours did, and none at all', () => {
    const interactionPages = { signIn: '/in', selectAccount: '/who', consent: '/may' };
    expect(faultsOf({ ...GOOD, pages: { signIn: false }, interactionPages })).toEqual([]);
    expect(faultsOf({ ...GOOD, pages: false })).toEqual([]);
  });

  it('takes generated secrets beside an embedded database, in development only', () => {
    const given = { issuer: 'http://localhost:3000', database: { embedded: { dataDir: '.data' } } };
    expect(faultsOf(given)).toEqual([]);
    const production = { ...given, issuer: 'https://blog.example', production: true };
    expect(faultsOf(production)).toEqual(['secretKeys: must be a list of texts']);
  });

  it.each([
    ['no object', undefined, ['The options of AuthorizationServerModule must be an object.']],
    [
      'nothing at all',
      {},
      ['issuer: must be given', 'secretKeys: must be a list of texts', 'database: must be given, or dataSource'],
    ],
    ['two databases', { ...GOOD, dataSource: {} }, ['database: must not be given together with dataSource']],
    [
      'two ways to one database',
      { ...GOOD, database: { url: 'postgres://x/y', embedded: { dataDir: 'd' } } },
      ['database: must hold either url or embedded'],
    ],
    [
      'a schema that would have to be quoted',
      { ...GOOD, database: { ...GOOD.database, schema: 'Auth; DROP' } },
      ['database.schema: must be a name of lower-case letters, digits and underscores'],
    ],
    [
      'http in production',
      { ...GOOD, issuer: 'http://localhost:3000', production: true },
      ['issuer: must be https in production'],
    ],
    [
      'a secret from the documentation in production',
      { ...GOOD, production: true, secretKeys: ['change-me-change-me-change-me-change-me'] },
      ['secretKeys: holds an example from the documentation: use the output of `openssl rand -base64 32`'],
    ],
    ['a misspelt option', { ...GOOD, life_times: {} }, ['life_times: is unknown, use lifetimes']],
    [
      'a lifetime that is none',
      { ...GOOD, lifetimes: { accessToken: '1h', refreshTokenGrace: -1 } },
      [
        'lifetimes.accessToken: must be a whole number, 1 or more',
        'lifetimes.refreshTokenGrace: must be a whole number, 0 or more',
      ],
    ],
    [
      'a colour that is none',
      { ...GOOD, theme: { accentColor: 'red' } },
      ['theme.accentColor: must be a colour: #rrggbb'],
    ],
    ['a page that is neither there nor not', { ...GOOD, pages: { home: 'no' } }, ['pages.home: must be true or false']],
    [
      'sign-in pages that are nowhere',
      { ...GOOD, pages: { signIn: false }, interactionPages: { signIn: '/welcome' } },
      [
        'interactionPages.selectAccount: must be given without pages.signIn',
        'interactionPages.consent: must be given without pages.signIn',
      ],
    ],
    [
      'a directory that is not there',
      { ...GOOD, templatesDirectory: '/nowhere/at/all' },
      ['templatesDirectory: must be a directory that exists'],
    ],
    [
      'users and clients that cannot be',
      { ...GOOD, bootstrap: { users: [{ username: '' }], client: [] } },
      [
        expect.stringMatching(/^bootstrap: client: is unknown/),
        expect.stringMatching(/^bootstrap: users\[0\]\.username: /),
      ],
    ],
  ])('names %s', (_title, options, faults) => {
    expect(faultsOf(options as object)).toEqual(faults);
  });
});
