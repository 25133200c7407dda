#!/usr/bin/env node
// The command line interface: `nest-authorization-server <noun> <verb>`.
import { program } from './load.js';

const { run } = await program.cli();
process.exitCode = await run(process.argv.slice(2));
