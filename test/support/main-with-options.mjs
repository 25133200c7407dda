// The built server with options that no environment variable has: JSON in SERVER_OPTIONS.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const loader = join(import.meta.dirname, '..', '..', 'dist', 'standalone', 'load.js');
const { program } = await import(pathToFileURL(loader).href);
const { readConfiguration } = await program.configuration();
const { serve } = await program.serve();

const configuration = readConfiguration(process.env);
Object.assign(configuration.settings.options, JSON.parse(process.env.SERVER_OPTIONS ?? '{}'));
await serve(configuration);
