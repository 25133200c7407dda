// A real browser for the pages: playwright-core with the Chromium of the system.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { CHROMIUM } from './chromium.js';
import { onClose } from './cleanup.js';

/** `describe`, skipped where no browser is installed (the global setup says so in a line of its own). */
export const describeInBrowser: jest.Describe = CHROMIUM ? describe : describe.skip;

type BrowserOptions = NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>;

/**
 * A browser with a fresh profile, closed after the spec.
 * @example
 * const context = await browser();
 * const page = await context.newPage();
 */
export async function browser(options: BrowserOptions = {}): Promise<BrowserContext> {
  if (!CHROMIUM) throw new Error('No chromium is installed: wrap the tests in describeInBrowser.');
  const profile = mkdtempSync(join(tmpdir(), 'nas-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking'],
    ...options,
  });
  context.setDefaultTimeout(10_000);
  onClose(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  });
  return context;
}
