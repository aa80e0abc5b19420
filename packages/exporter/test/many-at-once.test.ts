/** A busy machine: 50 programs that share a spool end at the same moment, with little time to deliver. */
import { runProgram } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { fixture, linesSaid, setScene, verdicts } from './scene.ts';

const PROGRAMS = 50;

test('50 programs at once, 100 ms each: every one delivered or spooled, exact after one drain', async (context) => {
  const scene = await setScene(context, { budgetMs: 100 });
  const run = () =>
    runProgram(fixture('dying-program.ts'), {
      args: ['process.exit in the same tick'],
      env: scene.env,
      timeoutMs: 150_000,
    });

  const all = await Promise.all(Array.from({ length: PROGRAMS }, run));

  const ends = all.map((ended) => `${ended.code} ${ended.signal}`);
  expect([...new Set(ends)]).toEqual(['3 null']);
  const told = all.flatMap(verdicts);
  expect(told).toHaveLength(PROGRAMS);
  for (const verdict of told) {
    expect(verdict).toMatchObject({ lost: 0, rejected: 0 });
    expect(verdict.delivered + verdict.spooled).toBe(1);
  }
  const spooled = told.filter((verdict) => verdict.spooled === 1);
  expect(all.flatMap(linesSaid)).toHaveLength(spooled.length);
  await scene.expectCounted(PROGRAMS);
});
