// Identity providers as they are configured: an option, a section of the bootstrap file, or a list of the environment.
// The rest of what a provider needs may come from the environment, as {NAME}_CLIENT_ID and its like.
import { addUnknownKeys, type BootstrapEntry } from './bootstrap-file.js';

/**
 * An identity provider with which people sign in here, and what its word is worth. What is not given comes from the
 * preset, or from the environment: `GOOGLE_CLIENT_ID`, `GOOGLE_CLIENT_SECRET`, … of the provider `google`.
 */
export interface IdentityProvider {
  /** What is known of a provider already, e.g. `google`. @default the name, where there is a preset of it */
  preset?: string;
  /** The client as which this server is registered at the provider. */
  clientId?: string;
  /** Its secret. */
  clientSecret?: string;
  /** OpenID Connect, or RFC 8414: the URL of the document, or the issuer. */
  serverMetadataUrl?: string;
  /** Where people are sent, of a provider without metadata. */
  authorizeUrl?: string;
  /** Where codes are exchanged, of a provider without metadata. */
  accessTokenUrl?: string;
  /** What paths at the provider's API are relative to. */
  apiBaseUrl?: string;
  /** Members of the provider's metadata, in place of the document or over what it says. */
  metadata?: Readonly<Record<string, unknown>>;
  /** Scope values, separated by spaces. @default the preset's; "openid email profile" with `serverMetadataUrl` */
  scope?: string;
  /** What the pages call the provider. @default the preset's, else the name */
  label?: string;
  /** Parameters that every authorization request has beside those of the specification. */
  authorizeParams?: Readonly<Record<string, string>>;
  /** How this server proves who it is. @default `client_secret_basic` with a secret, `private_key_jwt` with a key, else `none` */
  tokenEndpointAuthMethod?:
    'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'private_key_jwt' | 'none';
  /** Private key of `private_key_jwt` and signed request objects, as PEM. */
  privateKey?: string;
  /** PKCE; false where the provider cannot do it. @default "S256" */
  codeChallengeMethod?: 'S256' | false;
  /** What the provider answers with. @default "code" */
  responseType?: 'code' | 'code id_token';
  /** How the answer comes. @default "query" ("form_post" for `code id_token`) */
  responseMode?: 'query' | 'form_post';
  /** Pushed authorization requests (RFC 9126). @default where the provider requires them */
  par?: boolean;
  /** Signed request objects (RFC 9101). @default where the provider requires them */
  requestObject?: boolean;
  /** Do ID tokens carry the nonce that was sent? @default true */
  nonceSupported?: boolean;
  /** Algorithms of ID tokens. @default those of the provider's metadata */
  idTokenSigningAlgs?: readonly string[];
  /** Seconds by which clocks may differ. @default 120 */
  clockTolerance?: number;
  /** Milliseconds for one request to the provider. @default 10000 */
  timeout?: number;
  /** Does somebody who is not known here get an account? @default the option `signUp` */
  signUp?: boolean;
  /** Is an account that has the same e-mail address linked without its password, where both sides have proven the address? @default false */
  linkByVerifiedEmail?: boolean;
  /** Are the methods believed by which the provider says that people signed in (`amr`)? Otherwise they have none, and no `acr` follows. @default false */
  trustAmr?: boolean;
  /** Are people who sign out here signed out at the provider, too? @default false */
  signOut?: boolean;
}

/** Identity providers by the name that is part of their URLs here. */
export type IdentityProviders = Readonly<Record<string, IdentityProvider>>;

/** What is wrong with a value; undefined when nothing is. */
type Check = (value: unknown) => string | undefined;

const DEFAULT_SCOPE = 'openid profile email';
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const NAME_PROBLEM = 'must be a name of lower-case letters, digits, _ and -, and begin with a letter';
const RESERVED = ['__proto__', 'constructor', 'prototype'];

const unless =
  (isRight: (value: unknown) => boolean, problem: string): Check =>
  (value) =>
    isRight(value) ? undefined : problem;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const oneOf = (...values: unknown[]): Check =>
  unless((value) => values.includes(value), `must be one of: ${values.join(', ')}`);
const text = unless(isText, 'must be a text');
const flag = unless((value) => typeof value === 'boolean', 'must be true or false');
const url = unless(
  (value) => isText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
  'must be an http or https URL',
);
const integer = (min: number): Check =>
  unless((value) => Number.isSafeInteger(value) && (value as number) >= min, `must be a whole number, ${min} or more`);

const MEMBERS: Readonly<Record<keyof Required<IdentityProvider>, Check>> = {
  preset: text,
  clientId: text,
  clientSecret: text,
  serverMetadataUrl: url,
  authorizeUrl: url,
  accessTokenUrl: url,
  apiBaseUrl: url,
  metadata: unless(isObject, 'must be an object'),
  scope: text,
  label: unless((value) => isText(value) && value.length <= 100, 'must be a text of at most 100 characters'),
  authorizeParams: unless(
    (value) => isObject(value) && Object.values(value).every((one) => typeof one === 'string'),
    'must hold texts by parameter',
  ),
  tokenEndpointAuthMethod: oneOf(
    'client_secret_basic',
    'client_secret_post',
    'client_secret_jwt',
    'private_key_jwt',
    'none',
  ),
  privateKey: text,
  codeChallengeMethod: oneOf('S256', false),
  responseType: oneOf('code', 'code id_token'),
  responseMode: oneOf('query', 'form_post'),
  par: flag,
  requestObject: flag,
  nonceSupported: flag,
  idTokenSigningAlgs: unless(
    (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
    'must be a list of texts',
  ),
  clockTolerance: integer(0),
  timeout: integer(1),
  signUp: flag,
  linkByVerifiedEmail: flag,
  trustAmr: flag,
  signOut: flag,
};

/** The option `identityProviders`: adds what is wrong with it, by its path, without values. */
export function checkIdentityProviders(given: unknown, faults: string[]): void {
  if (!isObject(given)) {
    faults.push('identityProviders: must be an object');
    return;
  }
  for (const [name, provider] of Object.entries(given)) {
    const path = `identityProviders.${isName(name) ? name : JSON.stringify(name.slice(0, 64))}`;
    if (!isName(name)) faults.push(`${path}: ${NAME_PROBLEM}`);
    if (isObject(provider)) checkMembers(provider, path, faults);
    else faults.push(`${path}: must be an object`);
  }
}

/** The section `identity_providers` of the bootstrap file. What it answers is of use only when no fault was added. */
export function readIdentityProviders(entries: readonly BootstrapEntry[], faults: string[]): IdentityProviders {
  const providers: Record<string, IdentityProvider> = {};
  for (const [index, entry] of entries.entries()) {
    const path = `identity_providers[${index}]`;
    const { name, ...wire } = entry;
    if (typeof name !== 'string' || !isName(name))
      faults.push(`${path}.name: ${name === undefined ? 'must be given' : NAME_PROBLEM}`);
    else if (Object.hasOwn(providers, name)) faults.push(`${path}.name: is the same as that of another one`);
    const members = Object.keys(MEMBERS);
    addUnknownKeys(wire, path, members.map(snakeCase), faults);
    const given = members.map((member) => [member, wire[snakeCase(member)]] as const);
    // As everywhere in the file, null is as good as absent.
    const provider = Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null));
    for (const [member, value] of Object.entries(provider))
      add(`${path}.${snakeCase(member)}`, MEMBERS[member as keyof IdentityProvider](value), faults);
    if (typeof name === 'string' && isName(name)) providers[name] = provider;
  }
  return providers;
}

const SWITCHES = ['signUp', 'linkByVerifiedEmail', 'trustAmr', 'signOut'] as const;

/** The list `IDENTITY_PROVIDERS`, and of each one `{NAME}_SIGN_UP` and its like; the rest is read where it is needed. */
export function identityProvidersOf(env: NodeJS.ProcessEnv, faults: string[]): IdentityProviders {
  const names = (env.IDENTITY_PROVIDERS ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  if (!names.every(isName))
    faults.push(`IDENTITY_PROVIDERS must hold names, separated by commas: each ${NAME_PROBLEM}.`);
  return Object.fromEntries(names.filter(isName).map((name) => [name, providerOf(name, env, faults)]));
}

/**
 * With a scope that says who came, where nobody says another one: neither provider, nor preset, nor environment.
 * @param env of the stand-alone server
 */
export function withScope(name: string, provider: IdentityProvider, env: NodeJS.ProcessEnv = {}): IdentityProvider {
  const found = (member: string): boolean => Boolean(env[variableOf(name, member)]?.trim());
  const has = (member: 'scope' | 'preset' | 'serverMetadataUrl'): boolean =>
    provider[member] !== undefined || found(member);
  const isOpen = has('serverMetadataUrl') && !has('scope') && !has('preset') && !found('clientKwargs');
  return isOpen ? { ...provider, scope: DEFAULT_SCOPE } : provider;
}

function variableOf(name: string, member: string): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_${snakeCase(member).toUpperCase()}`;
}

function providerOf(name: string, env: NodeJS.ProcessEnv, faults: string[]): IdentityProvider {
  const variable = (member: string): string => variableOf(name, member);
  const provider: IdentityProvider = {};
  const label = env[variable('label')]?.trim();
  if (label) provider.label = label;
  for (const member of SWITCHES) {
    const value = env[variable(member)]?.trim();
    if (!value) continue;
    if (value !== 'on' && value !== 'off') faults.push(`${variable(member)} must be one of: on, off.`);
    provider[member] = value === 'on';
  }
  return provider;
}

function checkMembers(given: object, path: string, faults: string[]): void {
  addUnknownKeys(given, path, Object.keys(MEMBERS), faults);
  for (const [member, value] of Object.entries(given)) {
    if (value !== undefined && Object.hasOwn(MEMBERS, member))
      add(`${path}.${member}`, MEMBERS[member as keyof IdentityProvider](value), faults);
  }
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && NAME.test(name) && !RESERVED.includes(name);
}

function snakeCase(member: string): string {
  return member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function add(name: string, problem: string | undefined, faults: string[]): void {
  if (problem !== undefined) faults.push(`${name}: ${problem}`);
}
