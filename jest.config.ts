import { readFileSync } from 'node:fs';
import type { Config } from 'jest';

// The build leaves specs out; jest must compile them.
const { exclude: _exclude, ...swc } = JSON.parse(readFileSync('.swcrc', 'utf8')) as Record<string, unknown>;

const shared = {
  rootDir: '.',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironment: 'node',
} satisfies Config;

const config: Config = {
  testTimeout: 30_000,
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/architecture/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/{integration,isolation,e2e,performance}/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      runtime: '<rootDir>/test/support/lasting-runtime.mjs',
      testEnvironment: '<rootDir>/test/support/lasting-environment.mjs',
    },
    // The long form of what the others try briefly: `npm run drills`. Minutes each, so not part of `npm test`.
    {
      ...shared,
      displayName: 'drills',
      testMatch: [
        '<rootDir>/test/drills/**/*.spec.ts',
        '<rootDir>/test/isolation/matrix*.spec.ts',
        '<rootDir>/test/e2e/{api-keys-tampered,bad-input,bad-input-addresses,bad-input-cursors,clerk,idempotency-kill,jobs-processes,malformed-questions,products,sign-in-limits}.spec.ts',
      ],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      runtime: '<rootDir>/test/support/lasting-runtime.mjs',
      testEnvironment: '<rootDir>/test/support/lasting-environment.mjs',
    },
  ],
};

export default config;
