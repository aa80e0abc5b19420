import { defineConfig } from 'vitest/config';

/** Files that count bytes of memory, or that many programs at once have to themselves. */
const ALONE = [
  'stack/many-runs.e2e.ts',
  'gateway/memory.e2e.ts',
  'stack/victoria-kills.e2e.ts',
  'stack/amp-kills.e2e.ts',
];

/** Files of all others that run at once. */
const AT_A_TIME = 3;

/** Files that need more than the Collector and the stores: it is prepared when they run, and for no others. */
const WITH_TOOLS = [
  {
    name: 'with an API server',
    include: ['gateway/api-server.e2e.ts'],
    globalSetup: ['./support/setup-api-server.ts'],
  },
  {
    name: 'with a browser',
    include: ['boards/pictures.e2e.ts'],
    globalSetup: ['./support/setup-drawing.ts'],
  },
  {
    name: 'with a cluster',
    include: ['stack/victoria-cluster.e2e.ts'],
    globalSetup: ['./support/setup-cluster.ts'],
  },
];

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: ['./support/setup.ts', '../test/compile-cache.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // Most of their time they wait for a scrape, an evaluation or a store: one takes a third of a core.
          name: 'in threes',
          include: ['**/*.e2e.ts'],
          exclude: ['**/node_modules/**', ...ALONE, ...WITH_TOOLS.flatMap(({ include }) => include)],
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 1 },
        },
      },
      ...WITH_TOOLS.map((project) => ({
        extends: true as const,
        test: { ...project, maxWorkers: AT_A_TIME, sequence: { groupOrder: 1 } },
      })),
    ],
  },
});
