// The built server with options that no environment variable has: JSON in SERVER_OPTIONS.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = (name) => import(pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'standalone', name)).href);
const { readConfiguration } = await dist('configuration.js');
const { serve } = await dist('serve.js');

const configuration = readConfiguration(process.env);
Object.assign(configuration.settings.options, JSON.parse(process.env.SERVER_OPTIONS ?? '{}'));
await serve(configuration);
