// Where a browser is installed.
import { existsSync } from 'node:fs';

/** Path of a Chromium, or undefined: browser tests are skipped then. */
export const CHROMIUM: string | undefined = [
  process.env.TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => path && existsSync(path));
