// The stand-alone server.
import { ConfigurationError } from './config/env.js';
import { readConfiguration } from './configuration.js';
import { DatabaseStartError } from './database/start-error.js';
import { serve } from './serve.js';

async function main(): Promise<void> {
  try {
    await serve(readConfiguration(process.env));
  } catch (error) {
    const expected = error instanceof ConfigurationError || error instanceof DatabaseStartError;
    console.error(expected || !(error instanceof Error) ? String((error as Error).message ?? error) : error.stack);
    process.exit(1);
  }
}

// Not awaited here: the bundle has no `await` at the top.
void main();
