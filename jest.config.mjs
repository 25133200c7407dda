// Two projects: `unit` (beside the source, no database) and `e2e` (over HTTP on real PostgreSQL, see test/support/).
// Native ESM: run with `node --experimental-vm-modules`, as the npm scripts do.

import { SWC } from './scripts/swc.mjs';

/** @type {import('jest').Config} */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // As host applications import it, but from the source.
    '^nest-authorization-server$': '<rootDir>/src/index.ts',
    '^nest-authorization-server/(resource-server|relying-party|testing)$': '<rootDir>/src/$1/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/.tmp/'],
  transform: { '^.+\\.ts$': ['@swc/jest', SWC] },
};

/** @type {import('jest').Config} */
export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'e2e',
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
      testMatch: ['<rootDir>/test/**/*.(spec|e2e-spec).ts'],
    },
  ],
  maxWorkers: 2,
  testTimeout: 60_000,
  workerIdleMemoryLimit: '512MB',
  coverageProvider: 'v8',
  coverageDirectory: 'coverage',
};
