/** Runs of a test suite through the gateway: pushed twice they count once, and the last one is the last one by its own time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { queryPrometheus, runProgram } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { startStack } from '../support/stack.ts';
import { startVictoriaStack } from '../support/victoria-stack.ts';

const COMMAND = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'dist', 'main.js');
const MINUTE_MS = 60_000;
const DEPLOYMENT = `suites: { hermes: { categories: { acp: 'tests/acp/**', tools: 'tests/tools/**' } } }\n`;

/** A run: when it ended, and its cases. */
interface PlayedRun {
  readonly name: string;
  readonly minutesAgo: number;
  readonly acp: readonly string[];
  readonly tools: readonly string[];
}

const OLDER: PlayedRun = { name: 'older', minutesAgo: 50, acp: ['<error/>'], tools: [] };
const FIRST: PlayedRun = { name: 'first', minutesAgo: 10, acp: ['', '<failure/>'], tools: [''] };
/** In which a category has no test any more. */
const SECOND: PlayedRun = { name: 'second', minutesAgo: 2, acp: ['', ''], tools: [] };
/** The first one again from an empty disk, and an older one that comes late. */
const PUSHED = [FIRST, SECOND, FIRST, OLDER, SECOND];

const TOTALS = {
  'tests_results_total{outcome="passed",category="acp"}': 3,
  'tests_results_total{outcome="failed",category="acp"}': 1,
  'tests_results_total{outcome="error",category="acp"}': 1,
  'tests_results_total{outcome="passed",category="tools"}': 1,
  'tests_runs_total{result="success"}': 1,
  'tests_runs_total{result="failure"}': 2,
  'tests_reports_total{outcome="read"}': 3,
  'tests_duration_seconds_count{category="acp"}': 5,
};
const LAST_RUN = {
  'tests_last_run_results{outcome="passed",category="acp"}': 2,
  'tests_last_run_results{outcome="failed",category="acp"}': 0,
  'tests_last_run_results{outcome="error",category="acp"}': 0,
  'tests_last_run_results{outcome="passed",category="tools"}': 0,
  tests_last_run_missing_reports: 0,
};

test('runs that are pushed again, and late, are right in Prometheus behind the gateway', async (t) => {
  const stack = await startStack(t);
  await pushAll(stack.directory, stack.gateway.endpoint);
  await stack.settled();
  const values = async (series: object, ask: (name: string) => string) =>
    await answers(stack.prometheus.url, Object.keys(series), ask);
  expect(await values(TOTALS, (series) => `sum(${series})`)).toEqual(TOTALS);
  expect(await values(LAST_RUN, (series) => `sum(last_over_time(${series}[1h]))`)).toEqual(LAST_RUN);
}, 300_000);

test('and in VictoriaMetrics', async (t) => {
  const stack = await startVictoriaStack(t);
  await pushAll(stack.directory, stack.gateway.endpoint);
  await stack.settled();
  await stack.store.flush();
  const values = async (series: object, ask: (name: string) => string) =>
    await answers(stack.store.url, Object.keys(series), ask);
  expect(await values(TOTALS, (series) => `sum(sum_over_time(${series}[2h]))`)).toEqual(TOTALS);
  expect(await values(LAST_RUN, (series) => `sum(last_over_time(${series}[2h]))`)).toEqual(LAST_RUN);
}, 300_000);

async function answers(
  url: string,
  series: readonly string[],
  ask: (name: string) => string,
): Promise<object> {
  const found = await Promise.all(
    series.map(async (each) => [each, (await queryPrometheus(url, ask(each)))[0]?.value] as const),
  );
  return Object.fromEntries(found);
}

async function pushAll(directory: string, endpoint: string): Promise<void> {
  const startedAt = Date.now();
  writeFileSync(join(directory, 'ephemetry.yaml'), DEPLOYMENT);
  for (const [index, run] of PUSHED.entries()) {
    const folder = join(directory, run.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'junit.xml'), reportOf(run, startedAt));
    const args = ['--suite', 'hermes', '--branch', 'main', '--commit', run.name, '--endpoint', endpoint];
    const ended = await runProgram(COMMAND, {
      args: ['tests', 'report', folder, ...args],
      cwd: directory,
      env: { EPHEMETRY_SPOOL_DIR: join(directory, `spool-${index}`) },
    });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
  }
}

function reportOf({ acp, tools, minutesAgo }: PlayedRun, nowUnixMs: number): string {
  const started = new Date(nowUnixMs - minutesAgo * MINUTE_MS).toISOString();
  const cases = (file: string, inside: readonly string[]): string =>
    inside
      .map((each, index) => `<testcase classname="${file}" name="t${index}" time="0.5">${each}</testcase>`)
      .join('');
  const all = cases('tests.acp.test_a', acp) + cases('tests.tools.test_b', tools);
  return `<testsuites name="pytest tests"><testsuite name="pytest" timestamp="${started}" time="2">${all}</testsuite></testsuites>`;
}
