/** Several providers in one process: they end at the same time, not one after the other, and Node warns of nothing. */
import { type Ended, runProgram, startReceiver } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { ending, fixture, linesSaid, type Scene, setScene, verdicts } from './scene.ts';

function run(host: string, scene: Scene, env: Readonly<Record<string, string>>): Promise<Ended> {
  return runProgram(fixture('provider-hosts.ts'), { args: [host], env: { ...scene.env, ...env } });
}

function exitMs(ended: Ended): number {
  const [began = 0, ends = 0] = ['began', 'ends'].map((what) =>
    Number(
      ended.marks
        .find((mark) => mark.startsWith(`exit ${what} `))
        ?.split(' ')
        .at(-1),
    ),
  );
  return ends - began;
}

const CODES: Readonly<Record<string, object>> = {
  'ends by itself': { code: 0, signal: null },
  'calls process.exit': { code: 3, signal: null },
  'is told to end': { code: null, signal: 'SIGTERM' },
};

describe.concurrent('twelve providers in a process that', () => {
  for (const [host, expected] of Object.entries(CODES)) {
    test(`${host}: all is counted, and stderr stays empty`, async (context) => {
      const scene = await setScene(context);

      const ended = await run(host, scene, { PROVIDERS: '12' });

      expect(ending(ended)).toMatchObject(expected);
      expect(ended).toMatchObject({ stdout: '', stderr: '' });
      await scene.expectCounted(12);
    });
  }

  test('shuts all down: the last one takes the listeners away', async (context) => {
    const scene = await setScene(context);

    const ended = await run('shuts all down but one, then exits', scene, { PROVIDERS: '12' });

    expect(ended.marks.filter((mark) => mark.startsWith('listeners'))).toEqual([
      'listeners 1, 1',
      'listeners 0, 0',
    ]);
    expect(ended.stderr).toBe('');
    await scene.expectCounted(12);
  });
});

test('eight providers wait no longer for a silent Collector than two budgets of one', async (context) => {
  const BUDGET_MS = 4000;
  const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: BUDGET_MS });
  const env = { PROVIDERS: '8', EPHEMETRY_ANSWER_BUDGET_MS: '1000' };

  const ended = await run('calls process.exit', scene, env);

  // By its own clock, and with room for a busy machine: one after the other it would be eight.
  expect(exitMs(ended)).toBeGreaterThan(BUDGET_MS / 2);
  expect(exitMs(ended)).toBeLessThan(2 * BUDGET_MS);
  expect(verdicts(ended)).toHaveLength(8);
  // What each has to say is the same but for its numbers.
  expect(linesSaid(ended).length).toBeGreaterThan(0);
});

test('a provider whose Collector is silent takes no time from one whose Collector answers', async (context) => {
  const scene = await setScene(context, { budgetMs: 4000 });
  const silent = await startReceiver({ behaviour: { kind: 'silent' } });
  context.onTestFinished(() => silent.stop());

  const ended = await run('sends with the first provider where nobody answers', scene, {
    SILENT_ENDPOINT: silent.url.replace('/v1/metrics', ''),
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '',
    OTEL_EXPORTER_OTLP_ENDPOINT: scene.receiver.url.replace('/v1/metrics', ''),
  });

  expect(ending(ended)).toEqual({ code: 3, signal: null, survivors: [] });
  expect(verdicts(ended)).toMatchObject([{ delivered: 0 }, { delivered: 1 }]);
});
