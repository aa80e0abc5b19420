/** The bench itself: a quick run knows every figure, and a program that fails fails the bench. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { spreadOf } from '../bench/spread.ts';

const BENCH = fileURLToPath(new URL('../bench/bench.ts', import.meta.url));
const HELD_TO_A_BAR = [
  'session.delivered.ratio',
  'session.spool_only.ratio',
  'start.main_thread',
  'exit.delivered.inside',
  'exit.refused.inside',
  'exit.silent.inside',
  'exit.silent_remembered.inside',
  'late.100ms.copies',
  'late.300ms.copies',
  'late.900ms.copies',
  'blocked.certificate',
  'persist.p50',
  'persist.p99',
  'add.rate',
  'add.heap_growth',
  'memory.delivered',
  'outage.ours.missing',
  'command.run.ratio',
  'command.end.added',
  'command.push.ratio',
  'command.pipe.ratio',
  'command.answer.p99',
  'command.memory',
  'receive.attacked.peak',
];
const FOR_COMPARISON = [
  'session.otel.ratio',
  'start.create',
  'start.first_add',
  'start.first_persist',
  'start.empty_thread',
  'delivery.rate',
  'command.run.lean_ratio',
  'command.answer.p50',
  'command.answer.first',
  'command.memory.receiving',
  'outage.otel.missing',
  'outage.otel.said',
  'outage.otel.refused',
  'outage.otel.silent',
];

test('a quick bench prints one JSON array with every figure, each a finite number', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, '--quick', '--json']);
  const figures: unknown = JSON.parse(stdout);
  const figure = (name: string, bar: unknown): unknown =>
    expect.objectContaining({ name, value: expect.any(Number), unit: expect.any(String), bar });
  expect(figures).toEqual(
    expect.arrayContaining([
      ...HELD_TO_A_BAR.map((name) => figure(name, expect.any(Number))),
      ...FOR_COMPARISON.map((name) => figure(name, null)),
    ]),
  );
  // JSON has no NaN: a value that is not finite would be null.
  expect(figures).not.toContainEqual(expect.objectContaining({ value: null }));
});

test('a run that failed cannot look fast', () => {
  expect(() => spreadOf([])).toThrow('a spread needs finite values, but was given []');
  expect(() => spreadOf([1, Number.NaN])).toThrow('but was given [1, NaN]');
});
