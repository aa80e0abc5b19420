import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.e2e.ts'],
    // Each file has a Collector, a Prometheus and up to 16 programs: one at a time on two cores.
    fileParallelism: false,
    globalSetup: ['./setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
