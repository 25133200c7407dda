// The environment as settings of the stand-alone server: read in this one place, all faults reported at once by name.
import { isIP } from 'node:net';
import { isAllowListEntry } from '../common/allow-list.js';
import { isLoopbackHost } from '../common/redirect-uri.js';
import { parseUrl } from '../common/url.js';
import type { AuthorizationServerOptionsInput } from './options.js';
import type { TlsFiles } from './tls.js';

/** A variable of the environment, as docs/configuration.md lists it. */
export interface EnvironmentVariable {
  name: string;
  /** In words. */
  default: string;
  meaning: string;
}

/** Every variable that the server reads. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  { name: 'NODE_ENV', default: 'development', meaning: '`production` refuses to start with development settings' },
  { name: 'PORT', default: '`3000`', meaning: 'port it listens on' },
  { name: 'HOST', default: '`0.0.0.0`', meaning: 'address it listens on' },
  {
    name: 'ISSUER',
    default: '`http://localhost:$PORT`; with `TLS_CERT_FILE` `https://localhost:$PORT`',
    meaning: 'the issuer, exactly as clients know it; https, or http on a loopback host only',
  },
  {
    name: 'TLS_CERT_FILE',
    default: 'none: http',
    meaning:
      'PEM file of a certificate and its chain: the server itself serves https (TLS 1.2 and 1.3); a renewed file is taken ' +
      'within a minute, or at once on SIGHUP',
  },
  { name: 'TLS_KEY_FILE', default: 'none', meaning: 'PEM file of the private key of `TLS_CERT_FILE`' },
  {
    name: 'DATABASE_URL',
    default: 'none: embedded',
    meaning: '`postgres://…`, PostgreSQL 15 or newer; when set nothing embedded is started',
  },
  { name: 'DATABASE_POOL_SIZE', default: '`10`', meaning: 'connections to the database, 2 to 200' },
  {
    name: 'DATA_DIR',
    default: '`./.data`',
    meaning: 'where the embedded database and generated development secrets live',
  },
  {
    name: 'SECRET_KEYS',
    default: 'generated into `DATA_DIR` outside production',
    meaning:
      'comma-separated, each at least 32 characters; the first one is used, the others still accepted (rotation): ' +
      'seals cookies and interaction state, encrypts private keys at rest',
  },
  { name: 'BOOTSTRAP_FILE', default: 'none', meaning: 'JSON or YAML file of users, clients, scopes and resources' },
  {
    name: 'REGISTRATION',
    default: '`open` in development, `off` in production',
    meaning: 'dynamic client registration: `open`, `token` (initial access token), `off`',
  },
  {
    name: 'SIGN_UP',
    default: '`on` in development, `off` in production',
    meaning: 'whether people may create their own account',
  },
  {
    name: 'IDENTITY_PROVIDERS',
    default: 'none',
    meaning:
      'comma-separated names of identity providers with which people sign in here, e.g. `google,corp`; each has its own ' +
      '`GOOGLE_CLIENT_ID`, `GOOGLE_CLIENT_SECRET`, `CORP_SERVER_METADATA_URL`, …, and `GOOGLE_LABEL`, and, `on` or `off`, ' +
      '`GOOGLE_SIGN_UP`, `GOOGLE_LINK_BY_VERIFIED_EMAIL`, `GOOGLE_TRUST_AMR`, `GOOGLE_SIGN_OUT`',
  },
  {
    name: 'CLIENT_CREATION',
    default: '`users` in development, `admins` in production',
    meaning: 'who may create clients on the pages',
  },
  {
    name: 'PKCE_REQUIRED',
    default: '`all`',
    meaning: '`all`: every client unless its registration says `require_pkce: false`; `public`: public clients only',
  },
  {
    name: 'ASSERTION_AUDIENCE',
    default: '`issuer`',
    meaning: '`issuer`: assertions are addressed to the issuer alone; `endpoints`: the endpoint URLs too',
  },
  {
    name: 'OUTBOUND_ALLOW',
    default: 'none',
    meaning:
      'comma-separated `host` or `host:port`: what URLs of clients (keys, logout, request objects) may name although it ' +
      'is private, also with http; all other requests go to public addresses over https',
  },
  { name: 'TRUST_PROXY', default: '`false`', meaning: 'hops or CIDRs whose `X-Forwarded-*` is believed' },
  {
    name: 'LOG_LEVEL',
    default: '`info`',
    meaning:
      '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`; JSON lines in production, readable in development',
  },
];

/** Settings of the stand-alone server that are not options of the authorization server itself. */
export interface Settings {
  port: number;
  host: string;
  /** Absent: the embedded database. */
  databaseUrl?: string;
  dataDir: string;
  /** Absent: generated into `dataDir`. */
  secretKeys?: string[];
  bootstrapFile?: string;
  /** Absent: http. */
  tls?: TlsFiles;
  trustProxy: boolean | number | string[];
  logLevel: string;
  production: boolean;
  /** Options of the authorization server that the environment decides. */
  options: Pick<AuthorizationServerOptionsInput, 'issuer' | 'production'> & Partial<AuthorizationServerOptionsInput>;
}

/** The environment is not usable; `faults` names what to change, without values. */
export class ConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n` +
        faults.map((fault) => `  - ${fault}`).join('\n'),
    );
    this.name = 'ConfigurationError';
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const MIN_SECRET_LENGTH = 32;

/**
 * Reads and checks the environment.
 * @param checkMore adds the faults of what the settings lead to, so that they are reported with the others
 * @throws ConfigurationError with every fault at once
 */
export function readEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  checkMore?: (settings: Settings, faults: string[]) => void,
): Settings {
  const faults: string[] = [];
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const fault = (name: string, problem: string): void => void faults.push(`${name} ${problem}.`);
  const choice = <T extends string>(name: string, allowed: readonly T[]): T | undefined => {
    const value = text(name);
    if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
    fault(name, `must be one of: ${allowed.join(', ')}`);
    return undefined;
  };
  const integer = (name: string, fallback: number, min: number, max: number): number => {
    const value = text(name);
    if (value === undefined) return fallback;
    if (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    fault(name, `must be a whole number from ${min} to ${max}`);
    return fallback;
  };

  const production = text('NODE_ENV') === 'production';
  const port = integer('PORT', 3000, 1, 65535);
  const [certFile, keyFile] = [text('TLS_CERT_FILE'), text('TLS_KEY_FILE')];
  if (certFile && !keyFile) fault('TLS_KEY_FILE', 'must be set together with TLS_CERT_FILE');
  if (keyFile && !certFile) fault('TLS_CERT_FILE', 'must be set together with TLS_KEY_FILE');
  const tls = certFile && keyFile ? { certFile, keyFile } : undefined;
  const scheme = certFile || keyFile ? 'https' : 'http';
  const issuer = text('ISSUER') ?? (production ? undefined : `${scheme}://localhost:${port}`);
  if (issuer === undefined)
    fault('ISSUER', 'must be set in production: the https URL under which clients know the server');
  else {
    const problem = issuerFault(issuer, production);
    if (problem) fault('ISSUER', problem);
    else if (tls && !issuer.startsWith('https:')) fault('ISSUER', 'must be https where TLS_CERT_FILE is set');
  }

  const databaseUrl = text('DATABASE_URL');
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl))
    fault('DATABASE_URL', 'must begin with postgres://');
  const poolSize = integer('DATABASE_POOL_SIZE', 10, 2, 200);

  const secretKeys = text('SECRET_KEYS')
    ?.split(',')
    .map((key) => key.trim())
    .filter(Boolean);
  if (secretKeys?.length) {
    const problem = secretKeysFault(secretKeys, production);
    if (problem) fault('SECRET_KEYS', `${problem}${problem.startsWith('must hold') ? ', separated by commas' : ''}`);
  } else if (production) {
    fault('SECRET_KEYS', 'must be set in production, for example to the output of `openssl rand -base64 32`');
  }

  const trustProxy = readTrustProxy(text('TRUST_PROXY'));
  if (trustProxy === undefined)
    fault('TRUST_PROXY', 'must be true, false, a number of hops, or addresses and CIDRs separated by commas');
  const outboundAllowList = text('OUTBOUND_ALLOW')
    ?.split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  if (outboundAllowList?.every(isAllowListEntry) === false)
    fault('OUTBOUND_ALLOW', 'must hold hosts, or host:port, separated by commas');
  const signUp = choice('SIGN_UP', ['on', 'off']);

  const settings: Settings = {
    port,
    host: text('HOST') ?? '0.0.0.0',
    databaseUrl,
    dataDir: text('DATA_DIR') ?? './.data',
    secretKeys: secretKeys?.length ? secretKeys : undefined,
    bootstrapFile: text('BOOTSTRAP_FILE'),
    tls,
    trustProxy: trustProxy ?? false,
    logLevel: choice('LOG_LEVEL', LOG_LEVELS) ?? 'info',
    production,
    options: {
      ...withoutUndefined({
        registration: choice('REGISTRATION', ['open', 'token', 'off']),
        signUp: signUp && signUp === 'on',
        clientCreation: choice('CLIENT_CREATION', ['users', 'admins']),
        pkceRequired: choice('PKCE_REQUIRED', ['all', 'public']),
        assertionAudience: choice('ASSERTION_AUDIENCE', ['issuer', 'endpoints']),
        outboundAllowList,
      }),
      issuer: issuer ?? '',
      production,
      databasePoolSize: poolSize,
    },
  };
  checkMore?.(settings, faults);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return settings;
}

/** What is wrong with an issuer (RFC 8414 §2); undefined when nothing is. */
export function issuerFault(issuer: string, production: boolean): string | undefined {
  const url = parseUrl(issuer);
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an absolute https URL';
  if (url.username || url.password) return 'must not hold a user name or password';
  if (/[?#]/.test(issuer)) return 'must not have a query or a fragment';
  if (issuer !== url.origin && issuer !== url.origin + url.pathname)
    return 'must be in its normal form: lower-case host, no default port, no dot segments';
  if (url.pathname !== '/' && issuer.endsWith('/')) return 'must not end with a slash';
  if (url.protocol === 'http:' && (production || !isLoopbackHost(url.hostname))) {
    return production ? 'must be https in production' : 'must be https, or http on a loopback host';
  }
  return undefined;
}

/** What is wrong with secret keys; undefined when nothing is. */
export function secretKeysFault(keys: readonly string[], production: boolean): string | undefined {
  if (keys.length === 0 || keys.some((key) => key.length < MIN_SECRET_LENGTH))
    return `must hold strings of at least ${MIN_SECRET_LENGTH} characters`;
  if (production && keys.some((key) => /^change.?me/i.test(key)))
    return 'holds an example from the documentation: use the output of `openssl rand -base64 32`';
  return undefined;
}

function readTrustProxy(value: string | undefined): boolean | number | string[] | undefined {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const addresses = value.split(',').map((address) => address.trim());
  return addresses.every(isAddressOrRange) ? addresses : undefined;
}

/** An IP address, a CIDR, or a name that Fastify has for some of them. */
function isAddressOrRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address, prefix, ...rest] = text.split('/');
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (longest === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= longest);
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
