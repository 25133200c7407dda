// Options of OAuthClientModule.
import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import type { OAuthClientOptions } from './oauth-client.options.js';
import type { SettingsSources } from './provider-settings.js';
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
  /** Where variables of the providers are read. @default `process.env` */
  env?: SettingsSources['env'];
}

/** Options that other providers of the application know. */
export interface OAuthClientAsyncOptions {
  /** Modules that export what the factory injects. */
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  useFactory: (...injected: never[]) => OAuthClientModuleOptions | Promise<OAuthClientModuleOptions>;
}
