import { runProgram, startReceiver } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { fixture } from './scene.ts';

test.each(['prepared', 'not prepared'])(
  'what stands in the place of a mark is delivered without a thread, however slow the machine is (%s)',
  async (how) => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url, EPHEMETRY_EXIT_BUDGET_MS: '60000' };
    const ended = await runProgram(fixture('relay-program.ts'), { args: [how], env });
    expect(ended).toMatchObject({ code: 0, stderr: '', marks: ['threads 0'] });
    expect(receiver.totals().counters).toEqual({ runs_total: { 'outcome=success': 1 } });
    expect(receiver.requests).toHaveLength(1);
  },
);
