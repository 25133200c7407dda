// What is known of a provider: options of the application, over its preset, with what is missing from the environment.
// Checked as a whole: every fault is told at once, with the member and the variable that can give it.
import { AllowList } from '../common/allow-list.js';
import { type InputFault, InputError } from '../common/input-error.js';
import { isLoopbackHost } from '../common/redirect-uri.js';
import { parseUrl } from '../common/url.js';
import type { OAuthClientOptions } from './oauth-client.options.js';
import { type ClaimsOfAnswer, findPreset, type IssuerOfClaims, type Preset, PRESETS } from './presets.js';
import { objectOf, PROVIDER_KEYS, type ProviderKey, variableOf } from './provider-keys.js';

/** Members that have a default. */
type Complete =
  | 'clientId'
  | 'label'
  | 'requestTokenParams'
  | 'accessTokenParams'
  | 'refreshTokenParams'
  | 'authorizeParams'
  | 'metadata'
  | 'tokenEndpointAuthMethod'
  | 'codeChallengeMethod'
  | 'responseType'
  | 'responseMode'
  | 'dpop'
  | 'nonceSupported'
  | 'signatureMethod'
  | 'tokenPlacement'
  | 'leeway'
  | 'clockTolerance'
  | 'timeout'
  | 'userAgent'
  | 'compliance';

/** The options of one provider, complete and checked. */
export interface ProviderSettings
  extends Readonly<Omit<OAuthClientOptions, Complete>>, Readonly<Required<Pick<OAuthClientOptions, Complete>>> {
  /** Under which it is registered. */
  readonly name: string;
  readonly protocol: 'oauth1' | 'oauth2' | 'oidc';
  /** Where one document speaks for many issuers (Microsoft): which one an ID token must be of. */
  readonly issuerOf?: IssuerOfClaims;
  /** What the claims of an ID token become, where a provider says some of them elsewhere (Apple). */
  readonly claimsOf?: ClaimsOfAnswer;
  /** Hosts that may be reached over http, and wherever they lead. */
  readonly insecureHosts: AllowList;
}

/** Where settings come from beside the options. */
export interface SettingsSources {
  /** @default no variables */
  env?: Readonly<Record<string, string | undefined>>;
  /** The environment goes before the options. @default false */
  overwrite?: boolean;
  /** `host` or `host:port`, that may be reached over http although they are not this machine. @default none */
  allowInsecureHosts?: readonly string[];
}

/** What a provider can be called. */
export const PROVIDER_NAME = /^[a-z][a-z0-9_-]{0,63}$/;
export const PROVIDER_NAME_RULE = 'must be lower-case letters, digits, _ and -, and begin with a letter';
const HOOKS = [
  'accessTokenResponse',
  'refreshTokenRequest',
  'refreshTokenResponse',
  'revokeTokenRequest',
  'introspectTokenRequest',
  'protectedRequest',
  'userinfo',
];
const SECRETS = ['clientSecret', 'privateKey', 'dpop'] as const;
/** Members that only code can give. */
const CODE_MEMBERS = ['fetchToken', 'updateToken', 'compliance'];
const MEMBERS = new Set<string>([...PROVIDER_KEYS.map(({ member }) => member), ...CODE_MEMBERS]);
/** What tells where a provider is: without any of them a name such as `google` is enough. */
const PLACES = ['serverMetadataUrl', 'metadata.issuer', 'authorizeUrl', 'accessTokenUrl', 'requestTokenUrl'];
const URL_MEMBERS = [
  'serverMetadataUrl',
  'requestTokenUrl',
  'accessTokenUrl',
  'refreshTokenUrl',
  'authorizeUrl',
  'apiBaseUrl',
];

/** Values by member, of one source. */
type Values = Record<string, unknown>;

/**
 * @param options of the application; every member but functions can come from the environment instead
 * @throws InputError that names every fault
 * @example settingsOf('google', { clientId: '…' }, { env: process.env }) // GOOGLE_CLIENT_SECRET
 */
export function settingsOf(
  name: string,
  options: OAuthClientOptions = {},
  { env = {}, overwrite = false, allowInsecureHosts = [] }: SettingsSources = {},
): ProviderSettings {
  if (!PROVIDER_NAME.test(name)) throw new InputError([{ member: 'name', problem: PROVIDER_NAME_RULE }]);
  const insecureHosts = new AllowList(allowInsecureHosts);
  const check = new SettingsCheck(name, insecureHosts);
  const given = check.options(options);
  const found = check.environment(env);
  const own = overwrite ? merge(given, found) : merge(found, given);
  const preset = check.preset(own);
  const values = merge(check.options(preset ? presetOptions(preset, own) : {}), own);
  const merged: OAuthClientOptions = { ...values };
  Object.assign(merged, preset?.completes?.(merged));
  const settings = complete(name, merged, preset, insecureHosts);
  check.urls(values);
  check.whole(settings, preset);
  check.end();
  return settings;
}

/**
 * Of a provider that is somewhere else, such as a GitLab of one's own, the URLs of the preset are those of somebody else: no
 * token goes there.
 */
function presetOptions({ options }: Preset, own: Values): OAuthClientOptions {
  const { metadata = {}, ...members } = options;
  const known = [...Object.values(members), ...Object.values(metadata)].map(originOf);
  const places = PLACES.map((member) => originOf(valueAt(own, member)));
  if (places.every((origin) => origin === undefined || known.includes(origin))) return options;
  return Object.fromEntries(Object.entries(members).filter(([member]) => !URL_MEMBERS.includes(member)));
}

function originOf(value: unknown): string | undefined {
  return typeof value === 'string' ? parseUrl(value)?.origin : undefined;
}

/** The provider and what it is registered with; of the environment alone where there are no options. */
function complete(
  name: string,
  options: OAuthClientOptions,
  preset: Preset | undefined,
  insecureHosts: AllowList,
): ProviderSettings {
  const { clientId = '', clientSecret, privateKey, metadata = {}, compliance = {}, responseType = 'code' } = options;
  const protocol = protocolOf(options);
  const methodByDefault = clientSecret !== undefined ? 'client_secret_basic' : privateKey ? 'private_key_jwt' : 'none';
  const isPlaced = options.serverMetadataUrl !== undefined || options.accessTokenUrl !== undefined;
  const settings: ProviderSettings = {
    ...options,
    name,
    protocol,
    clientId,
    label: options.label ?? preset?.label ?? name,
    serverMetadataUrl: options.serverMetadataUrl ?? (isPlaced ? undefined : tokenIssuer(metadata)),
    metadata: Object.freeze({ ...metadata }),
    compliance: Object.freeze({ ...compliance }),
    requestTokenParams: Object.freeze({ ...options.requestTokenParams }),
    accessTokenParams: Object.freeze({ ...options.accessTokenParams }),
    refreshTokenParams: Object.freeze({ ...options.refreshTokenParams }),
    authorizeParams: Object.freeze({ ...options.authorizeParams }),
    tokenEndpointAuthMethod: options.tokenEndpointAuthMethod ?? methodByDefault,
    codeChallengeMethod: options.codeChallengeMethod ?? 'S256',
    responseType,
    responseMode: options.responseMode ?? (responseType === 'code' ? 'query' : 'form_post'),
    dpop: options.dpop ?? false,
    nonceSupported: options.nonceSupported ?? true,
    signatureMethod: options.signatureMethod ?? 'HMAC-SHA1',
    tokenPlacement: options.tokenPlacement ?? 'header',
    leeway: options.leeway ?? 60,
    clockTolerance: options.clockTolerance ?? 120,
    timeout: options.timeout ?? 10_000,
    userAgent: options.userAgent ?? 'nest-authorization-server',
    issuerOf: preset?.issuerOf,
    claimsOf: preset?.claimsOf,
    insecureHosts,
  };
  // Whoever logs a client logs no secret.
  for (const member of SECRETS)
    if (settings[member] !== undefined) Object.defineProperty(settings, member, { enumerable: false });
  return Object.freeze(settings);
}

function protocolOf({ requestTokenUrl, scope = '' }: OAuthClientOptions): ProviderSettings['protocol'] {
  if (requestTokenUrl !== undefined) return 'oauth1';
  return scope.split(' ').includes('openid') ? 'oidc' : 'oauth2';
}

/** An issuer that says the rest itself. */
function tokenIssuer({ issuer, token_endpoint: endpoint }: Values): string | undefined {
  return typeof issuer === 'string' && endpoint === undefined ? issuer : undefined;
}

/** Collects the faults. */
class SettingsCheck {
  private readonly faults: InputFault[] = [];

  constructor(
    private readonly provider: string,
    private readonly insecureHosts: AllowList,
  ) {}

  end(): void {
    if (this.faults.length > 0) throw new InputError(this.faults);
  }

  /** The options of code, by member. */
  options(options: OAuthClientOptions): Values {
    const values: Values = {};
    for (const [member, value] of Object.entries(options) as [string, unknown][]) {
      if (value === undefined) continue;
      if (!MEMBERS.has(member)) this.fault(member, 'is not known');
      else if (member === 'compliance') values.compliance = this.hooks(value);
      else if (CODE_MEMBERS.includes(member)) values[member] = this.function(member, value);
      else this.take(values, keyOf(member), value);
    }
    return values;
  }

  /** What the environment has for the provider. */
  environment(env: NonNullable<SettingsSources['env']>): Values {
    const values: Values = this.clientKwargs(env[variableOf(this.provider, 'client_kwargs')]);
    for (const key of PROVIDER_KEYS) {
      const text = env[variableOf(this.provider, key.key)]?.trim();
      if (text) this.take(values, key, text);
    }
    return values;
  }

  /** Named, or the one of the same name where nothing says where the provider is. */
  preset(values: Values): Preset | undefined {
    const { preset } = values;
    if (typeof preset === 'string') {
      const found = findPreset(preset);
      if (!found) this.fault('preset', `must be one of ${Object.keys(PRESETS).join(', ')}`);
      return found;
    }
    return PLACES.some((member) => valueAt(values, member) !== undefined) ? undefined : findPreset(this.provider);
  }

  /** https, or http where nobody else can listen, or where the operator says so. */
  urls(values: Values): void {
    for (const member of URL_MEMBERS) if (values[member] !== undefined) this.url(member, values[member]);
    for (const [name, value] of Object.entries(objectOf(values.metadata) ?? {}))
      if (value !== undefined && /^issuer$|_uri$|_endpoint$/.test(name)) this.url(`metadata.${name}`, value);
  }

  /** What members mean together. */
  whole(settings: ProviderSettings, preset: Preset | undefined): void {
    if (settings.clientId === '') this.missing('clientId');
    for (const member of preset?.needs?.(settings) ?? []) if (settings[member] === undefined) this.missing(member);
    if (settings.protocol === 'oauth1') this.oauth1(settings);
    else this.oauth2(settings);
  }

  private oauth1(settings: ProviderSettings): void {
    for (const member of ['authorizeUrl', 'accessTokenUrl'] as const)
      if (settings[member] === undefined) this.missing(member);
    if (settings.signatureMethod === 'RSA-SHA1') {
      if (settings.privateKey === undefined) this.missing('privateKey');
    } else if (settings.clientSecret === undefined) this.missing('clientSecret');
    if (settings.signatureMethod === 'PLAINTEXT')
      for (const member of ['requestTokenUrl', 'accessTokenUrl', 'apiBaseUrl'] as const)
        if (isInsecure(parseUrl(settings[member] ?? '')))
          this.fault(member, 'must use https with PLAINTEXT (RFC 5849 §3.4.4)');
  }

  private oauth2(settings: ProviderSettings): void {
    const { serverMetadataUrl, accessTokenUrl, metadata, clientSecret, privateKey } = settings;
    const method = settings.tokenEndpointAuthMethod;
    const hasPlace = [serverMetadataUrl, accessTokenUrl, metadata.token_endpoint].some((url) => url !== undefined);
    if (!hasPlace && !this.isAt('serverMetadataUrl'))
      this.missing('serverMetadataUrl', 'is missing, or accessTokenUrl');
    if (typeof method === 'string' && method.startsWith('client_secret') && clientSecret === undefined)
      this.missing('clientSecret');
    if ((method === 'private_key_jwt' || settings.requestObject) && privateKey === undefined)
      this.missing('privateKey');
    if (hasPlace && settings.protocol === 'oidc' && serverMetadataUrl === undefined) {
      if (metadata.issuer === undefined) this.missing('metadata.issuer');
      if (metadata.jwks === undefined && metadata.jwks_uri === undefined) this.missing('metadata.jwks_uri');
    }
    if (settings.responseType !== 'code' && settings.protocol !== 'oidc')
      this.fault('responseType', 'needs openid in the scope');
    if (settings.responseType !== 'code' && !settings.responseMode.startsWith('form_post'))
      this.fault('responseMode', 'must be form_post with an ID token beside the code');
    // OIDC Core §3.3.2.1, §3.2.2.1: what comes through the browser belongs to this sign-in by the nonce alone.
    if (settings.responseType !== 'code' && !settings.nonceSupported)
      this.fault('nonceSupported', 'must be true with an ID token beside the code');
    for (const algorithm of settings.idTokenSigningAlgs ?? []) {
      if (/^none$/i.test(algorithm)) this.fault('idTokenSigningAlgs', 'must not hold none');
      else if (algorithm.startsWith('HS') && clientSecret === undefined)
        this.fault('idTokenSigningAlgs', `must not hold ${algorithm} without a client secret`);
    }
  }

  /** `{"scope": "openid", "leeway": 30}`: members that have a variable of their own as well. */
  private clientKwargs(text: string | undefined): Values {
    const values: Values = {};
    if (text === undefined || text.trim() === '') return values;
    const json = objectOf(text);
    if (!json) this.faults.push(this.at('client_kwargs', 'must be a JSON object'));
    for (const [name, value] of Object.entries(json ?? {})) {
      const key = PROVIDER_KEYS.find((one) => one.key === name);
      if (key) this.take(values, key, value);
      else this.faults.push(this.at('client_kwargs', `has ${JSON.stringify(name)}, which is not known`));
    }
    return values;
  }

  private take(values: Values, key: ProviderKey, value: unknown): void {
    const read = key.read(value);
    if (read === undefined) this.fault(key.member, `must be ${key.expected}`);
    else Object.assign(values, merge(values, nest(key.member, read)));
  }

  private hooks(value: unknown): unknown {
    const hooks = objectOf(value) ?? {};
    for (const [name, hook] of Object.entries(hooks)) {
      if (!HOOKS.includes(name)) this.fault(`compliance.${name}`, 'is not known');
      else if (hook !== undefined) this.function(`compliance.${name}`, hook);
    }
    return hooks;
  }

  private function(member: string, value: unknown): unknown {
    if (typeof value !== 'function') this.fault(member, 'must be a function');
    return value;
  }

  private url(member: string, value: unknown): void {
    const url = typeof value === 'string' ? parseUrl(value) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) this.fault(member, 'must be an https URL');
    else if (url.username || url.password) this.fault(member, 'must not have userinfo');
    else if (url.hash) this.fault(member, 'must not have a fragment');
    else if (isInsecure(url) && !this.insecureHosts.includes(url))
      this.fault(member, 'must use https, or http on a loopback host');
  }

  private missing(member: string, problem = 'is missing'): void {
    if (!this.isAt(member)) this.fault(member, problem);
  }

  /** Has the member a fault already? */
  private isAt(member: string): boolean {
    return this.faults.some((fault) => fault.member === `${this.provider}.${member}`);
  }

  private fault(member: string, problem: string): void {
    const key = PROVIDER_KEYS.find((one) => one.member === member);
    this.faults.push({
      member: `${this.provider}.${member}`,
      problem: key ? `${problem} (${variableOf(this.provider, key.key)} in the environment)` : problem,
    });
  }

  private at(key: string, problem: string): InputFault {
    return { member: variableOf(this.provider, key), problem };
  }
}

function isInsecure(url: URL | undefined): boolean {
  return url?.protocol === 'http:' && !isLoopbackHost(url.hostname);
}

function keyOf(member: string): ProviderKey {
  return PROVIDER_KEYS.find((key) => key.member === member)!;
}

/** `metadata.issuer` as a member of `metadata`. */
function nest(member: string, value: unknown): Values {
  const [outer, inner] = member.split('.');
  return inner === undefined ? { [outer]: value } : { [outer]: { [inner]: value } };
}

function valueAt(values: Values, member: string): unknown {
  const [outer, inner] = member.split('.');
  return inner === undefined ? values[outer] : objectOf(values[outer])?.[inner];
}

const DICTIONARIES = new Set([
  'compliance',
  ...PROVIDER_KEYS.filter(({ merges }) => merges).map(({ member }) => member as string),
]);

/** The second one goes before the first; dictionaries become one. */
function merge(first: Values, second: Values): Values {
  const merged: Values = { ...first, ...second };
  for (const member of DICTIONARIES)
    if (first[member] && second[member]) merged[member] = { ...objectOf(first[member]), ...objectOf(second[member]) };
  return merged;
}
