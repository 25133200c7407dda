// What the stand-alone server is told: the environment and the files that it names, the faults of all at once.
import { type BootstrapDocument, checkBootstrap, EMPTY_BOOTSTRAP } from './bootstrap/bootstrap-document.js';
import { readBootstrapFile } from './config/bootstrap-file.js';
import { identityProvidersOf, readIdentityProviders, withScope } from './config/identity-providers.js';
import { readEnvironment, type Settings } from './config/env.js';
import { readTls, type TlsCredentials } from './config/tls.js';

export interface Configuration {
  settings: Settings;
  bootstrap: BootstrapDocument;
  /** Absent: http. */
  tls?: TlsCredentials;
}

/** @throws ConfigurationError with every fault of the environment and of the files that it names */
export function readConfiguration(env: NodeJS.ProcessEnv): Configuration {
  let bootstrap = EMPTY_BOOTSTRAP;
  let tls: TlsCredentials | undefined;
  const settings = readEnvironment(env, ({ bootstrapFile, production, tls: files, options }, faults) => {
    if (files) tls = readTls(files, faults);
    const providers = { ...identityProvidersOf(env, faults) };
    if (bootstrapFile !== undefined) {
      const file = readBootstrapFile(bootstrapFile, faults);
      bootstrap = checkBootstrap(file, production, faults);
      for (const [name, provider] of Object.entries(readIdentityProviders(file.identity_providers, faults)))
        providers[name] = { ...providers[name], ...provider };
    }
    options.identityProviders = Object.fromEntries(
      Object.entries(providers).map(([name, provider]) => [name, withScope(name, provider, env)]),
    );
  });
  return { settings, bootstrap, tls };
}
