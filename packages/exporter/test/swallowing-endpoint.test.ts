/** An endpoint that takes batches and speaks no OTLP, such as a login page: what many short runs lose sight of there. */
import { readSpoolStatus } from '@ephemetry/exporter';
import { assertTotals, type Ended, runProgram } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import { fixture, linesSaid, type Scene, setScene, spoolFiles } from './scene.ts';

const LOGIN = {
  kind: 'status',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html>Log in</html>',
} as const;

function run({ env }: Scene): Promise<Ended> {
  return runProgram(fixture('dying-program.ts'), { args: ['process.exit in the same tick'], env });
}

test('it gets one batch of all runs; the others wait, and go when it answers as OTLP', async (context) => {
  const scene = await setScene(context, { behaviour: LOGIN });
  for (let i = 0; i < 4; i += 1) {
    const ended = await run(scene);
    expect(linesSaid(ended)[0]).toContain('answered 200, but the answer is not OTLP (text/html');
  }
  expect(scene.receiver.batches).toHaveLength(1);
  expect(spoolFiles(scene.spoolDir)).toHaveLength(4);
  expect(await readSpoolStatus({ spoolDir: scene.spoolDir })).toMatchObject({ inDoubt: 1 });

  scene.receiver.behave({ kind: 'answer' });
  expect(linesSaid(await run(scene))).toEqual([]);
  await scene.expectCounted(5);
});

test('once it has answered as OTLP nothing is asked before a batch is sent', async (context) => {
  const scene = await setScene(context, { behaviour: LOGIN });
  await run(scene);
  scene.receiver.behave({ kind: 'answer' });
  await run(scene);
  const before = scene.receiver.requests.length;
  await run(scene);
  expect(scene.receiver.requests.length - before).toBe(1);
  assertTotals(scene.receiver.totals(), expectedTotals(3));
});
