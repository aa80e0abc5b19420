import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['test/compile-cache.ts'],
    // Real processes on a busy machine: a test that hangs ends here, no test waits for this.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Most of a test's time is another process's; six at a time keep two cores busy.
    maxConcurrency: 6,
  },
});
