#!/usr/bin/env node
// The command line interface: `nest-authorization-server <noun> <verb>`.
import { missingPackages } from '../common/missing-packages.js';

const commands = await import('./run.js').catch((error: unknown) => {
  const missing = missingPackages(error);
  if (missing.length === 0) throw error;
  console.error(
    `The server and its command line need what an application that only guards its controllers does not. ` +
      `Install it: npm install ${missing.join(' ')}`,
  );
  return undefined;
});
process.exitCode = (await commands?.run(process.argv.slice(2))) ?? 1;
