import { defineConfig } from 'vitest/config';

/** Files that keep both cores busy by themselves, with up to six programs at a time, or that a neighbour would starve. */
const ALONE = [
  'packages/exporter/test/**/*.test.ts',
  'packages/cli/**/{receive-attacks,run-commands}.test.ts',
  'packages/merge-analyzer/test/connections.test.ts',
  'packages/cli/src/{merges/import-killed,verbs/merges}.test.ts',
  'test/bench.test.ts',
  'test/docs-examples.test.ts',
];
const NO_TESTS = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    globalSetup: ['test/compile-cache.ts'],
    // Real processes on a busy machine: a test that hangs ends here, no test waits for this.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Most of a test's time is another process's; six at a time keep two cores busy.
    maxConcurrency: 6,
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          exclude: NO_TESTS,
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // One thing after another in each file: two files at a time keep two cores busy.
          name: 'in pairs',
          include: ['{packages,examples,test,e2e}/**/*.test.ts'],
          exclude: [...NO_TESTS, ...ALONE],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
