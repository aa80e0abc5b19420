/**
 * The recorded night of `examples/quality` behind the gateway: a run of one pytest process for each file with retries and a killed
 * file, and a forge. Every number is what really happened, and after a restart of the gateway nothing is invented.
 */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { queryPrometheus, runProgram } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { COMMITS, deployment, placeRun } from '../../examples/quality/src/night-run.ts';
import { answerAsForge, EVENING, MORNING } from '../../examples/quality/src/scripted-forge.ts';
import { FORGE_TRUTH, TESTS_TRUTH } from '../../examples/quality/src/truth.ts';
import type { Gateway } from '../support/gateway.ts';
import { remembers } from '../support/remembers.ts';
import { startStack } from '../support/stack.ts';
import { startVictoriaStack } from '../support/victoria-stack.ts';

const COMMAND = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'dist', 'main.js');
/** Between two runs: the store of a test looks back for an hour. */
const MINUTES_MS = 600_000;
const TRUTH: Readonly<Record<string, number>> = { ...TESTS_TRUTH, ...FORGE_TRUTH };
const COUNTED = Object.keys(TRUTH).filter((series) => /^\w+_(total|sum|count)\{/.test(series));
const SHOWN = Object.keys(TRUTH).filter((series) => !COUNTED.includes(series));

test('the night is right in Prometheus, and after a restart and a repetition nothing is invented', async (t) => {
  const stack = await startStack(t);
  const { gateway, prometheus } = stack;
  const ask = (series: readonly string[], query: (series: string) => string) =>
    answers(prometheus.url, series, query);
  await playNight(t, gateway, join(stack.directory, 'night'), join(stack.directory, 'reports'));
  await stack.settled();
  const highest = (series: string): string => `sum(max_over_time(${series}[1h]))`;
  expect(await ask(COUNTED, highest)).toEqual(only(COUNTED));
  expect(await ask(SHOWN, (series) => `sum(last_over_time(${series}[1h]))`)).toEqual(only(SHOWN));
  await gateway.service.stop();
  await gateway.start();
  await remembers(gateway);
  // The same runs once more, from an empty disk.
  await playRuns(gateway, join(stack.directory, 'again'), join(stack.directory, 'reports'));
  await stack.settled();
  expect(await ask(COUNTED, highest)).toEqual(only(COUNTED));
  expect(await ask(SHOWN, (series) => `sum(last_over_time(${series}[1h]))`)).toEqual(only(SHOWN));
}, 400_000);

test('and in VictoriaMetrics', async (t) => {
  const stack = await startVictoriaStack(t);
  await playNight(t, stack.gateway, join(stack.directory, 'night'), join(stack.directory, 'reports'));
  await stack.settled();
  await stack.store.flush();
  const summed = (series: string): string => `sum(sum_over_time(${series}[2h]))`;
  expect(await answers(stack.store.url, COUNTED, summed)).toEqual(only(COUNTED));
  const latest = (series: string): string => `sum(last_over_time(${series}[2h]))`;
  expect(await answers(stack.store.url, SHOWN, latest)).toEqual(only(SHOWN));
}, 400_000);

const only = (series: readonly string[]): object =>
  Object.fromEntries(series.map((each) => [each, TRUTH[each]]));

async function answers(
  url: string,
  series: readonly string[],
  query: (series: string) => string,
): Promise<object> {
  const found = await Promise.all(
    series.map(async (each) => [each, (await queryPrometheus(url, query(each)))[0]?.value] as const),
  );
  return Object.fromEntries(found);
}

async function playNight(
  t: TestContext,
  gateway: Gateway,
  directory: string,
  reports: string,
): Promise<void> {
  let state = EVENING;
  const forge = createServer((request, response) => answerAsForge(state, request, response));
  forge.listen(0, '127.0.0.1');
  await once(forge, 'listening');
  t.onTestFinished(() => void forge.close());
  const address = forge.address();
  if (address === null || typeof address === 'string') throw new Error('the forge listens on no port');
  for (const index of COMMITS.keys()) placeRun(index + 1, join(reports, `${index + 1}`), MINUTES_MS);
  await playRuns(gateway, directory, reports);
  const collect = [
    'gitea',
    'push',
    '--url',
    `http://127.0.0.1:${address.port}`,
    '--history',
    'forge-history',
  ];
  await ephemetry(gateway, directory, collect);
  state = MORNING;
  for (let count = 0; count < 2; count += 1) await ephemetry(gateway, directory, collect);
}

/** Each run twice. */
async function playRuns(gateway: Gateway, directory: string, reports: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'ephemetry.yaml'), deployment({}));
  for (const [index, commit] of COMMITS.entries()) {
    const args = ['--suite', 'hermes', '--branch', 'main', '--commit', commit, '--history', 'history'];
    for (let count = 0; count < 2; count += 1)
      await ephemetry(gateway, directory, ['tests', 'report', join(reports, `${index + 1}`), ...args]);
  }
}

/** A run that lost a report ends with 1. */
async function ephemetry(gateway: Gateway, cwd: string, args: readonly string[]): Promise<void> {
  const ended = await runProgram(COMMAND, {
    args: [...args, '--endpoint', gateway.endpoint],
    cwd,
    env: { EPHEMETRY_SPOOL_DIR: join(cwd, 'spool') },
    timeoutMs: 120_000,
  });
  expect([0, 1], ended.stderr).toContain(ended.code);
}
