// Every fault of what a host application gives, at once and by name, without values.
import { statSync } from 'node:fs';
import { type BootstrapDocument, checkBootstrap } from '../bootstrap/bootstrap-document.js';
import { isAllowListEntry } from '../common/allow-list.js';
import { addUnknownKeys, takeApart } from '../config/bootstrap-file.js';
import { ConfigurationError, issuerFault, secretKeysFault } from '../config/env.js';
import { checkIdentityProviders } from '../config/identity-providers.js';
import { type InteractionPages, isPageAt, type Lifetimes, type Pages, type Theme } from '../config/options.js';
import type { AuthorizationServerModuleOptions, DatabaseSettings } from './options.js';

/** What is wrong with a value; undefined when nothing is. */
type Check = (value: unknown) => string | undefined;
type Checks<T> = { readonly [K in keyof Required<T>]: Check };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const unless =
  (isRight: (value: unknown) => boolean, problem: string): Check =>
  (value) =>
    isRight(value) ? undefined : problem;
const oneOf = (...values: string[]): Check =>
  unless((value) => values.includes(value as string), `must be one of: ${values.join(', ')}`);
const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Check =>
  unless(
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    max === Number.MAX_SAFE_INTEGER
      ? `must be a whole number, ${min} or more`
      : `must be a whole number from ${min} to ${max}`,
  );
const listOf = (isRight: (entry: string) => boolean, problem: string): Check =>
  unless((value) => Array.isArray(value) && value.every((one) => typeof one === 'string' && isRight(one)), problem);
const recordOf = (isRight: (entry: unknown) => boolean, problem: string): Check =>
  unless((value) => isObject(value) && Object.values(value).every(isRight), problem);
const directory = unless(
  (value) => typeof value === 'string' && statSync(value, { throwIfNoEntry: false })?.isDirectory() === true,
  'must be a directory that exists',
);

const flag = unless((value) => typeof value === 'boolean', 'must be true or false');
const text = unless((value) => typeof value === 'string' && value !== '', 'must be a text');
const texts = listOf((one) => one !== '', 'must be a list of texts');
const callable = unless((value) => typeof value === 'function', 'must be a function');
const object = unless(isObject, 'must be an object');
const seconds = integer(1);
const isSeconds = (value: unknown): boolean => seconds(value) === undefined;
/** Looked at on its own. */
const elsewhere: Check = () => undefined;

const LIFETIMES: Checks<Lifetimes> = {
  authorizationCode: seconds,
  deviceCode: seconds,
  accessToken: seconds,
  accessTokenByGrantType: recordOf(isSeconds, 'must hold whole numbers, 1 or more, by grant type'),
  refreshToken: seconds,
  refreshTokenAbsolute: seconds,
  refreshTokenGrace: integer(0),
  sessionIdle: seconds,
  sessionAbsolute: seconds,
  idToken: seconds,
  interaction: seconds,
};
const PAGES: Checks<Pages> = { signIn: flag, device: flag, home: flag, account: flag, clients: flag, apiDocs: flag };
const THEME: Checks<Theme> = {
  name: text,
  logoUrl: text,
  accentColor: unless((value) => /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(String(value)), 'must be a colour: #rrggbb'),
  radius: unless((value) => /^\d{1,3}(\.\d{1,4})?(px|rem)$/.test(String(value)), 'must be a length in px or rem'),
};
const INTERACTION_PAGES: Checks<InteractionPages> = { signIn: text, signUp: text, selectAccount: text, consent: text };
const DATABASE: Checks<DatabaseSettings> = {
  url: unless((value) => /^postgres(ql)?:\/\//.test(String(value)), 'must begin with postgres://'),
  poolSize: integer(2, 200),
  schema: unless(
    (value) => /^[a-z_][a-z0-9_]{0,62}$/.test(String(value)) && !/^pg_/.test(String(value)),
    'must be a name of lower-case letters, digits and underscores',
  ),
  embedded: unless(
    (value) => isObject(value) && typeof value.dataDir === 'string' && value.dataDir !== '',
    'must hold a dataDir',
  ),
};

const OPTIONS: Checks<AuthorizationServerModuleOptions> = {
  issuer: elsewhere,
  secretKeys: elsewhere,
  database: elsewhere,
  dataSource: object,
  bootstrap: elsewhere,
  guards: () => 'must be given beside useFactory',
  pages: elsewhere,
  lifetimes: elsewhere,
  theme: elsewhere,
  interactionPages: elsewhere,
  production: flag,
  registration: oneOf('open', 'token', 'off'),
  registrationsPerHour: integer(0),
  deviceRequestsPerHour: integer(0),
  unusedRegistrationLifetime: integer(0),
  unusedRegistrations: integer(0),
  softwareStatementIssuers: recordOf(isObject, 'must hold jwks or jwks_uri by issuer'),
  assertionIssuers: recordOf(isObject, 'must hold jwks or jwksUri by issuer'),
  signUp: flag,
  identityProviders: elsewhere,
  clientCreation: oneOf('users', 'admins'),
  pkceRequired: oneOf('all', 'public'),
  assertionAudience: oneOf('issuer', 'endpoints'),
  outboundAllowList: listOf(isAllowListEntry, 'must hold hosts, or host:port'),
  accessTokenFormat: text,
  accessTokenGenerator: callable,
  refreshTokenGenerator: callable,
  errorUris: recordOf((value) => typeof value === 'string', 'must hold URIs by error code'),
  disabledGrantTypes: texts,
  authenticationContexts: recordOf(
    (value) => texts(value) === undefined,
    'must hold lists of authentication methods by class',
  ),
  unsignedIdTokens: flag,
  requestObjects: flag,
  requestUris: flag,
  unsignedRequestObjects: flag,
  templatesDirectory: directory,
  locales: texts,
  defaultLocale: text,
  messagesDirectory: directory,
  queryClient: callable,
  queryBrowserOrigin: callable,
  hostCache: integer(0, 3600),
  cleanUp: flag,
  keyRotation: integer(0),
  keyPublishAhead: integer(0),
};

/**
 * Checks what a host application gives.
 * @returns the users, clients, scopes and resources of `bootstrap`
 * @throws ConfigurationError with every fault at once
 */
export function checkOptions(given: AuthorizationServerModuleOptions): BootstrapDocument {
  if (!isObject(given)) throw new ConfigurationError(['The options of AuthorizationServerModule must be an object.']);
  const faults: string[] = [];
  const production = given.production === true;
  checkMembers(given, '', OPTIONS, faults);
  add('issuer', typeof given.issuer === 'string' ? issuerFault(given.issuer, production) : 'must be given', faults);
  checkSecretKeys(given, production, faults);
  checkDatabase(given, faults);
  checkPart(given.lifetimes, 'lifetimes', LIFETIMES, faults);
  checkPart(given.theme, 'theme', THEME, faults);
  checkPart(given.interactionPages, 'interactionPages', INTERACTION_PAGES, faults);
  checkOrigins(given, faults);
  if (typeof given.pages !== 'boolean') checkPart(given.pages, 'pages', PAGES, faults);
  checkWays(given, faults);
  if (given.identityProviders !== undefined) checkIdentityProviders(given.identityProviders, faults);
  const inBootstrap: string[] = [];
  const file = takeApart(given.bootstrap, inBootstrap, 'It');
  const bootstrap = checkBootstrap(file, production, inBootstrap);
  if (file.identity_providers.length > 0) inBootstrap.push('identity_providers: is the option identityProviders');
  faults.push(...inBootstrap.map((fault) => `bootstrap: ${fault}`));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return bootstrap;
}

function checkSecretKeys(
  { secretKeys, database }: AuthorizationServerModuleOptions,
  production: boolean,
  faults: string[],
): void {
  if (secretKeys === undefined && database?.embedded && !production) return;
  const isList = Array.isArray(secretKeys) && secretKeys.every((key) => typeof key === 'string');
  add('secretKeys', isList ? secretKeysFault(secretKeys, production) : 'must be a list of texts', faults);
}

function checkOrigins({ interactionPages, issuer }: AuthorizationServerModuleOptions, faults: string[]): void {
  if (!isObject(interactionPages) || !URL.canParse(issuer)) return;
  for (const [name, page] of Object.entries(interactionPages)) {
    if (typeof page === 'string' && !isPageAt(new URL(issuer).origin, page))
      add(`interactionPages.${name}`, "must be a path, or a URL at the issuer's origin", faults);
  }
}

/** Without our pages people are sent to those of the application: each has to be named. `pages: false` needs none. */
function checkWays({ pages, interactionPages = {} }: AuthorizationServerModuleOptions, faults: string[]): void {
  if (!isObject(pages) || pages.signIn !== false || !isObject(interactionPages)) return;
  for (const name of ['signIn', 'selectAccount', 'consent'] as const) {
    if (interactionPages[name] === undefined)
      add(`interactionPages.${name}`, 'must be given without pages.signIn', faults);
  }
}

function checkDatabase({ database, dataSource }: AuthorizationServerModuleOptions, faults: string[]): void {
  if (database === undefined) {
    if (dataSource === undefined) add('database', 'must be given, or dataSource', faults);
    return;
  }
  if (dataSource !== undefined) add('database', 'must not be given together with dataSource', faults);
  checkPart(database, 'database', DATABASE, faults);
  const ways = [database?.url, database?.embedded].filter((way) => way !== undefined);
  if (ways.length !== 1) add('database', 'must hold either url or embedded', faults);
}

function checkPart(part: unknown, name: string, checks: Readonly<Record<string, Check>>, faults: string[]): void {
  if (part === undefined) return;
  if (isObject(part)) checkMembers(part, name, checks, faults);
  else add(name, 'must be an object', faults);
}

function checkMembers(part: object, path: string, checks: Readonly<Record<string, Check>>, faults: string[]): void {
  addUnknownKeys(part, path, Object.keys(checks), faults);
  for (const [name, value] of Object.entries(part)) {
    if (value !== undefined && Object.hasOwn(checks, name))
      add(path ? `${path}.${name}` : name, checks[name](value), faults);
  }
}

function add(name: string, problem: string | undefined, faults: string[]): void {
  if (problem !== undefined) faults.push(`${name}: ${problem}`);
}
