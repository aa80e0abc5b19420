/** What a reader of an example has around it: a directory in which the packages resolve, a spool, the command. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyOf, PHASES } from '../examples/merge-analyzer/seeded-history.ts';
import { generateMonth } from '../examples/run-telemetry/generated-month.ts';
import { temporaryDirectory } from '../packages/testing/src/index.ts';
import { ROOT } from './documentation.ts';

/** The built command. */
export const EPHEMETRY: string = `${ROOT}packages/cli/dist/main.js`;

/** For `--import`: what an example makes an embedded database for is not how PGlite makes one. */
export const PREPARED_PGLITE: string = `${ROOT}packages/merge-analyzer/test/fixtures/prepared-pglite-hook.ts`;

/** Removed when it is disposed. */
export interface ExampleProject extends Disposable {
  /** Absolute; also the home of what runs in it. */
  readonly path: string;
  /** Where the exporter sends to and keeps its spool, and a PATH that leads to the command. */
  environment(endpoint: string): Readonly<Record<string, string>>;
}

/**
 * A project with the files that examples name: `.fab-perf.json`, `history.jsonl`, `before.jsonl`, `after.jsonl`,
 * `ephemetry_spool.py`, `junit.xml`, `reports/` and `coverage/lcov.info`.
 */
export function createProject(): ExampleProject {
  const directory = temporaryDirectory();
  const { path } = directory;
  linkModules(join(path, 'node_modules'));
  writeFileSync(join(path, '.fab-perf.json'), JSON.stringify({ product: PERF }));
  writeFileSync(join(path, 'history.jsonl'), history());
  const { before, after } = generateMonth({ days: 3 });
  writeFileSync(join(path, 'before.jsonl'), `${before.join('\n')}\n`);
  writeFileSync(join(path, 'after.jsonl'), `${after.join('\n')}\n`);
  copyFileSync(`${ROOT}examples/python/ephemetry_spool.py`, join(path, 'ephemetry_spool.py'));
  writeTestRun(path);
  const commands = writeCommands(join(path, 'bin'));
  return {
    path,
    environment: (endpoint) => ({
      PATH: `${commands}:${process.env['PATH'] ?? ''}`,
      EPHEMETRY_SPOOL_DIR: join(path, 'spool-of-the-test'),
      EPHEMETRY_RUNS_DATABASE: join(path, 'runs-of-the-test'),
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      // All goes well, also on a busy machine.
      EPHEMETRY_EXIT_BUDGET_MS: '60000',
    }),
    [Symbol.dispose]: directory.remove,
  };
}

/** A run of a suite as pytest and a coverage tool leave it. */
function writeTestRun(path: string): void {
  const report =
    '<testsuites name="pytest tests"><testsuite name="pytest" tests="1"><testcase classname="tests.test_a" name="test_x" time="0.1"/></testsuite></testsuites>';
  mkdirSync(join(path, 'reports'));
  mkdirSync(join(path, 'coverage'));
  for (const name of ['junit.xml', 'reports/junit.xml']) writeFileSync(join(path, name), report);
  writeFileSync(join(path, 'coverage', 'lcov.info'), 'SF:a.js\nDA:1,1\nDA:2,0\nend_of_record\n');
}

const PERF = {
  sessions: 2,
  selfEvalPass: 2,
  selfEvalFail: 0,
  advisorCalls: 1,
  revisions: 0,
  totalInputTokens: 20,
  totalOutputTokens: 10,
  lastActive: '2026-01-01T00:00:00Z',
};

function linkModules(modules: string): void {
  mkdirSync(join(modules, '@ephemetry'), { recursive: true });
  for (const name of readdirSync(`${ROOT}packages`)) {
    symlinkSync(`${ROOT}packages/${name}`, join(modules, '@ephemetry', name));
  }
  mkdirSync(join(modules, '@opentelemetry'));
  const installed = ['bench', 'packages/exporter'].flatMap((owner) => {
    const folder = `${ROOT}${owner}/node_modules/@opentelemetry`;
    return readdirSync(folder).map((name) => [name, `${folder}/${name}`] as const);
  });
  for (const [name, path] of new Map(installed)) symlinkSync(path, join(modules, '@opentelemetry', name));
}

/** Long enough to fill every window, in the projects payments and search. */
function history(): string {
  let merges = 0;
  let lines = '';
  for (const phase of PHASES) {
    for (const line of historyOf(phase, merges)) lines += `${JSON.stringify(line)}\n`;
    merges += phase.merges;
  }
  return lines;
}

/** The built command, and an `npx` that fetches nothing. */
function writeCommands(path: string): string {
  mkdirSync(path);
  const ephemetry = `exec "${process.execPath}" --import "${PREPARED_PGLITE}" "${EPHEMETRY}" "$@"`;
  // By the package's name where it is not installed.
  const npx = 'if [ "$1" = @ephemetry/cli ]; then shift; set -- ephemetry "$@"; fi\nexec "$@"';
  const scripts = { ephemetry, npx };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}
