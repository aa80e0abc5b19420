import { writeSync } from 'node:fs';
import { resolveSettings } from '@ephemetry/exporter';

/** What Vitest, Jest and `node --test` set in every process that runs tests; their children inherit it. */
const TEST_RUNNER_VARIABLES = ['VITEST', 'JEST_WORKER_ID', 'NODE_TEST_CONTEXT'] as const;

/** Set to `on`, fab is measured in tests as well. */
export const IN_TESTS_VARIABLE = 'EPHEMETRY_IN_TESTS';

/**
 * The variable by which a test runner is recognised, when it switches telemetry off: sessions that a test plays must
 * not reach the tester's own spool, from where the next real run would deliver them.
 */
export function silencingTestRunner(env: NodeJS.ProcessEnv): string | undefined {
  if (env[IN_TESTS_VARIABLE]?.trim().toLowerCase() === 'on') return undefined;
  return TEST_RUNNER_VARIABLES.find((name) => Boolean(env[name]));
}

/** Says under `OTEL_LOG_LEVEL=debug` why nothing is measured, and what would change it. */
export function saySilenced(variable: string, env: NodeJS.ProcessEnv): void {
  if (!resolveSettings({}, env).debug) return;
  const ways = `set ${IN_TESTS_VARIABLE}=on, or pass instrumentFab({ enabled: true })`;
  try {
    writeSync(
      2,
      `ephemetry: ${variable} is set, so fab is not measured in this test; to measure it, ${ways}\n`,
    );
  } catch {
    // A closed stderr must not hurt the test.
  }
}
