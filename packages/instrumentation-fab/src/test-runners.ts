import { writeSync } from 'node:fs';
import { resolveSettings } from '@ephemetry/exporter';

/** What Vitest, Jest and `node --test` set in every process that runs tests; their children inherit it. */
const TEST_RUNNER_VARIABLES = ['VITEST', 'JEST_WORKER_ID', 'NODE_TEST_CONTEXT'] as const;

/** Set to `on`, fab is measured in tests as well. */
const IN_TESTS_VARIABLE = 'EPHEMETRY_IN_TESTS';

/**
 * The variable by which a test runner is recognised, when it switches telemetry off: sessions that a test plays must
 * not reach the tester's own spool, from where the next real run would deliver them.
 */
export function silencingTestRunner(env: NodeJS.ProcessEnv): string | undefined {
  if (given(env) === 'on') return undefined;
  return TEST_RUNNER_VARIABLES.find((name) => Boolean(env[name]));
}

/** Says why nothing is measured, and what would change it: under `OTEL_LOG_LEVEL=debug`, or when it was misspelled. */
export function saySilenced(variable: string, env: NodeJS.ProcessEnv): void {
  const value = given(env);
  if (!['', 'on', 'off'].includes(value))
    say(
      `${IN_TESTS_VARIABLE} is ${JSON.stringify(value)}; allowed: on, off; fab is not measured in this test`,
    );
  else if (resolveSettings({}, env).debug)
    say(
      `${variable} is set, so fab is not measured in this test; to measure it, ` +
        `set ${IN_TESTS_VARIABLE}=on, or pass instrumentFab({ enabled: true })`,
    );
}

function given(env: NodeJS.ProcessEnv): string {
  return env[IN_TESTS_VARIABLE]?.trim().toLowerCase() ?? '';
}

function say(text: string): void {
  try {
    writeSync(2, `ephemetry: ${text}\n`);
  } catch {
    // A closed stderr must not hurt the test.
  }
}
