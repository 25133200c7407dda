// What the stand-alone server is told: the environment and the bootstrap file, the faults of both at once.
import { type BootstrapDocument, checkBootstrap, EMPTY_BOOTSTRAP } from './bootstrap/bootstrap-document.js';
import { readBootstrapFile } from './config/bootstrap-file.js';
import { readEnvironment, type Settings } from './config/env.js';

export interface Configuration {
  settings: Settings;
  bootstrap: BootstrapDocument;
}

/** @throws ConfigurationError with every fault of the environment and of the file that it names */
export function readConfiguration(env: NodeJS.ProcessEnv): Configuration {
  let bootstrap = EMPTY_BOOTSTRAP;
  const settings = readEnvironment(env, ({ bootstrapFile, production }, faults) => {
    if (bootstrapFile === undefined) return;
    bootstrap = checkBootstrap(readBootstrapFile(bootstrapFile, faults), production, faults);
  });
  return { settings, bootstrap };
}
