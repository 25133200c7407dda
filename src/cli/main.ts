#!/usr/bin/env node
// The command line interface: `nest-authorization-server <noun> <verb>`.
import { run } from './run.js';

process.exitCode = await run(process.argv.slice(2));
