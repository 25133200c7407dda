// Every fault of the environment and the bootstrap file is reported by name, all at once, without a value.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './config/env.js';
import { type Configuration, readConfiguration } from './configuration.js';

const SECRET_KEYS = 'a-secret-key-of-more-than-32-characters';
const PRODUCTION = { NODE_ENV: 'production', ISSUER: 'https://as.example.com', SECRET_KEYS };

const directory = mkdtempSync(join(tmpdir(), 'nas-configuration-'));
afterAll(() => rmSync(directory, { recursive: true }));

function read(env: NodeJS.ProcessEnv, bootstrap?: object): Configuration {
  if (!bootstrap) return readConfiguration(env);
  const file = join(directory, 'bootstrap.json');
  writeFileSync(file, JSON.stringify(bootstrap));
  return readConfiguration({ ...env, BOOTSTRAP_FILE: file });
}

function faultsOf(env: NodeJS.ProcessEnv, bootstrap?: object): readonly string[] {
  try {
    read(env, bootstrap);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

it('takes an empty environment in development', () => {
  const { settings } = read({});
  expect(settings).toMatchObject({
    port: 3000,
    host: '0.0.0.0',
    production: false,
    trustProxy: false,
    logLevel: 'info',
  });
  expect(settings.options.issuer).toBe('http://localhost:3000');
});

it('takes an empty value as none', () => {
  expect(faultsOf({ PORT: '', ISSUER: ' ', SECRET_KEYS: '', TRUST_PROXY: '', LOG_LEVEL: '' })).toEqual([]);
});

it.each([
  ['PORT', 'http'],
  ['PORT', '0'],
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '3000.5'],
  ['PORT', '0x10'],
  ['ISSUER', 'localhost:3000'],
  ['ISSUER', 'http://canary.example.com'],
  ['ISSUER', 'https://canary.example.com/?x=1'],
  ['ISSUER', 'https://canary.example.com/#x'],
  ['ISSUER', 'https://canary.example.com/tenants/'],
  ['ISSUER', 'https://CANARY.example.com'],
  ['ISSUER', 'https://canary.example.com:443'],
  ['ISSUER', 'https://user:canary@as.example.com'],
  ['ISSUER', 'https://canary.example.com/a/../b'],
  ['ISSUER', 'ftp://canary.example.com'],
  ['DATABASE_URL', 'localhost/canary'],
  ['DATABASE_URL', 'mysql://canary@localhost/x'],
  ['DATABASE_POOL_SIZE', '1'],
  ['DATABASE_POOL_SIZE', 'canary'],
  ['SECRET_KEYS', 'canary-too-short'],
  ['SECRET_KEYS', `${SECRET_KEYS},canary`],
  ['BOOTSTRAP_FILE', '/nonexistent/canary.json'],
  ['REGISTRATION', 'canary'],
  ['SIGN_UP', 'canary'],
  ['CLIENT_CREATION', 'canary'],
  ['PKCE_REQUIRED', 'canary'],
  ['ASSERTION_AUDIENCE', 'canary'],
  ['OUTBOUND_ALLOW', 'https://canary.example'],
  ['OUTBOUND_ALLOW', 'ok.example, canary.example:99999'],
  ['OUTBOUND_ALLOW', 'canary.example/path'],
  ['OUTBOUND_ALLOW', '*.canary.example'],
  ['TRUST_PROXY', 'canary'],
  ['TRUST_PROXY', '-1'],
  ['TRUST_PROXY', '10.0.0.0/8,canary'],
  ['TRUST_PROXY', '10.0.0.0/33'],
  ['TRUST_PROXY', '10.0.0.0/0'],
  ['TRUST_PROXY', '10.0.0.0/8/8'],
  ['TRUST_PROXY', '300.1.1.1'],
  ['TRUST_PROXY', '2001:db8::/129'],
  ['TRUST_PROXY', ':::'],
  ['LOG_LEVEL', 'canary'],
])('refuses %s=%s by its name alone', (name, value) => {
  const faults = faultsOf({ [name]: value });
  expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  expect(faults[0]).not.toMatch(/canary/i);
});

it.each([
  ['true', true],
  ['false', false],
  ['1', 1],
  ['10.0.0.0/8', ['10.0.0.0/8']],
  ['loopback, 192.168.1.1 ,2001:db8::/32', ['loopback', '192.168.1.1', '2001:db8::/32']],
])('takes TRUST_PROXY=%s', (value, trustProxy) => {
  expect(read({ TRUST_PROXY: value }).settings.trustProxy).toEqual(trustProxy);
});

it('names every fault at once, of the environment and of the bootstrap file', () => {
  const faults = faultsOf(
    { NODE_ENV: 'production', PORT: 'x', LOG_LEVEL: 'x', SIGN_UP: 'x' },
    { users: [{ username: 'a b' }], clients: [{ client_id: 'x', redirect_uris: ['javascript:alert(1)'] }], other: 1 },
  );
  const names = faults.map((fault) => /^[\w[\].]+/.exec(fault)![0]);
  expect(names).toEqual(
    expect.arrayContaining([
      'PORT',
      'ISSUER',
      'SECRET_KEYS',
      'LOG_LEVEL',
      'SIGN_UP',
      'other',
      'clients[0].redirect_uris[0]',
    ]),
  );
});

describe('https', () => {
  const fixture = (name: string): string => join(import.meta.dirname, '..', 'test', 'support', 'tls', name);
  const TLS = { TLS_CERT_FILE: fixture('first.cert.pem'), TLS_KEY_FILE: fixture('first.key.pem') };
  const other = join(directory, 'other.pem');
  writeFileSync(other, 'canary');

  it('reads the certificate and its key, and has an https issuer', () => {
    const { settings, tls } = read({ ...TLS, PORT: '8443' });
    expect(settings.options.issuer).toBe('https://localhost:8443');
    expect(tls?.cert).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(tls?.key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(read({}).tls).toBeUndefined();
  });

  it.each([
    ['TLS_CERT_FILE alone', { TLS_KEY_FILE: '' }, 'TLS_KEY_FILE must be set together with TLS_CERT_FILE.'],
    ['TLS_KEY_FILE alone', { TLS_CERT_FILE: '' }, 'TLS_CERT_FILE must be set together with TLS_KEY_FILE.'],
    ['a file that is not there', { TLS_KEY_FILE: '/nonexistent/canary' }, 'TLS_KEY_FILE cannot be read: ENOENT.'],
    ['no certificate', { TLS_CERT_FILE: other }, 'TLS_CERT_FILE must hold a certificate in PEM.'],
    ['no key', { TLS_KEY_FILE: other }, 'TLS_KEY_FILE must hold a private key in PEM, without a passphrase.'],
    [
      'the key of another certificate',
      { TLS_KEY_FILE: fixture('renewed.key.pem') },
      'TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE.',
    ],
    ['an issuer on http', { ISSUER: 'http://localhost:3000' }, 'ISSUER must be https where TLS_CERT_FILE is set.'],
  ])('refuses %s', (_, fault, message) => {
    expect(faultsOf({ ...TLS, ...fault })).toEqual([message]);
  });
});

describe('production', () => {
  it('takes what is complete', () => {
    expect(faultsOf(PRODUCTION, { users: [{ username: 'alice', password: 'correct horse battery' }] })).toEqual([]);
  });

  it.each([
    ['no issuer', { ISSUER: undefined }, 'ISSUER'],
    ['an issuer on http', { ISSUER: 'http://localhost:3000' }, 'ISSUER'],
    ['no secret keys', { SECRET_KEYS: undefined }, 'SECRET_KEYS'],
    ['empty secret keys', { SECRET_KEYS: ' , ' }, 'SECRET_KEYS'],
    ['the secret key of the documentation', { SECRET_KEYS: 'change-me-'.repeat(5) }, 'SECRET_KEYS'],
  ])('refuses %s', (_, fault, name) => {
    expect(faultsOf({ ...PRODUCTION, ...fault })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  it.each(['password', 'password1', 'adminadmin', 'changeme!', 'P@ssw0rd', '12345678', 'alice-alice'])(
    'refuses a default password: %s',
    (password) => {
      const users = [{ username: 'alice-alice', password }];
      expect(faultsOf(PRODUCTION, { users })).toEqual([expect.stringMatching(/^users\[0\]\.password: /)]);
      expect(faultsOf({}, { users })).toEqual([]);
    },
  );

  it('refuses the client secret of the documentation', () => {
    const clients = [{ client_id: 'x', client_secret: 'change-me-'.repeat(5), grant_types: ['client_credentials'] }];
    expect(faultsOf(PRODUCTION, { clients })).toEqual([expect.stringMatching(/^clients\[0\]\.client_secret: /)]);
  });
});
