// Options of OAuthClientModule.
import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { isAllowListEntry } from '../common/allow-list.js';
import { type InputFault, InputError } from '../common/input-error.js';
import { parseUrl } from '../common/url.js';
import type { OAuthClientOptions } from './oauth-client.options.js';
import type { SettingsSources } from './provider-settings.js';
import { type RemoteSessionOptions, sessionFaults } from './remote-sessions.options.js';
import type { TransactionStore } from './transactions.js';

/** Of the provider of {@link OAuthClientModuleOptions}. */
export const OAUTH_CLIENT_OPTIONS = Symbol('OAuthClientModuleOptions');

/** Providers by name; `true` for one of which the environment, or the preset of that name, says everything. */
export type OAuthClientProviders = Readonly<Record<string, OAuthClientOptions | true>>;

/** Options of the registry of providers, and of all clients in it. */
export interface OAuthClientModuleOptions
  extends SettingsSources, Pick<OAuthClientOptions, 'fetchToken' | 'updateToken'> {
  /** More can be registered at any time: `OAuthRegistry.register`. */
  providers?: OAuthClientProviders;
  /**
   * Seal what waits for an answer in the browser: each at least 32 characters, the first one seals and all of them open.
   * Several processes need the same.
   * @default one that is made at the start
   */
  secretKeys?: readonly string[];
  /** Keeps what waits for an answer in place of the browser, e.g. in Redis. @default the browser, sealed */
  store?: TransactionStore;
  /**
   * Where browsers reach the application, with what a proxy takes away from the path. @default what each request says: behind a
   * proxy the framework has to trust it
   */
  publicUrl?: string;
  /** The sessions that `@SignInWith` begins. */
  session?: RemoteSessionOptions;
  /** Where variables of the providers are read. @default `process.env` */
  env?: SettingsSources['env'];
}

const MIN_SECRET_KEY = 32;

/** @throws InputError that names every fault but those of the providers, which are told when they are used */
export function checkModuleOptions(options: OAuthClientModuleOptions): OAuthClientModuleOptions {
  const faults: InputFault[] = [];
  // What a variable of the environment was to give may be missing.
  options.secretKeys?.forEach((key: unknown, index) => {
    if (typeof key !== 'string' || key.length < MIN_SECRET_KEY)
      faults.push({ member: `secretKeys[${index}]`, problem: `must have at least ${MIN_SECRET_KEY} characters` });
  });
  options.allowInsecureHosts?.forEach((host: unknown, index) => {
    if (typeof host !== 'string' || !isAllowListEntry(host))
      faults.push({ member: `allowInsecureHosts[${index}]`, problem: 'must be host or host:port' });
  });
  faults.push(...sessionFaults(options.session), ...publicUrlFaults(options.publicUrl));
  if (faults.length > 0) throw new InputError(faults);
  return options;
}

function publicUrlFaults(publicUrl: string | undefined): InputFault[] {
  const url = publicUrl === undefined ? undefined : parseUrl(String(publicUrl));
  const isUsable = url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password;
  if (publicUrl === undefined || isUsable) return [];
  return [{ member: 'publicUrl', problem: 'must be an http or https URL of nothing but origin and path' }];
}

/** Options that other providers of the application know. */
export interface OAuthClientAsyncOptions {
  /** Modules that export what the factory injects. */
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  useFactory: (...injected: never[]) => OAuthClientModuleOptions | Promise<OAuthClientModuleOptions>;
}
