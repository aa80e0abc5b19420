import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import type { ExposedSample } from '@ephemetry/testing';
import { waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { sumOf } from '../support/gateway.ts';
import { runLoad } from '../support/load.ts';
import { planRuns } from '../support/plan.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { differences, truthOf } from '../support/truth.ts';

const AMP = /^prometheus_remote_write.amp$/;

interface Fault {
  readonly name: string;
  begin(stack: Stack): void;
  end(stack: Stack): void;
  /** What the Collector's own metrics say meanwhile. */
  isVisible(own: readonly ExposedSample[]): boolean;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'is down',
    begin: ({ amp }) => amp.behave({ kind: 'down' }),
    end: ({ amp }) => amp.behave({ kind: 'accept' }),
    isVisible: (own) => sumOf(own, 'otelcol_exporter_queue_size', AMP) > 0,
  },
  {
    name: 'throttles (429)',
    begin: ({ amp }) => amp.behave({ kind: 'status', status: 429 }),
    end: ({ amp }) => amp.behave({ kind: 'accept' }),
    isVisible: (own) => sumOf(own, 'otelcol_exporter_queue_size', AMP) > 0,
  },
  {
    name: 'refuses the credentials (403)',
    begin: ({ amp }) => amp.trust({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'another-secret' }),
    end: ({ amp }) => amp.trust({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example-secret' }),
    isVisible: (own) => sumOf(own, 'otelcol_exporter_send_failed_metric_points', AMP) > 0,
  },
];

test.for(FAULTS)('AMP $name: programs notice nothing, totals are right afterwards', async (fault, t) => {
  const stack = await startStack(t);
  await stack.scraped();
  fault.begin(stack);
  const runs = planRuns(12, 11);
  // Throws when a run does not end as without telemetry.
  const { endpoint } = stack.gateway;
  const spoolDir = join(stack.directory, 'spool');
  await runLoad({ runs, endpoint, spoolDir, atATime: 4 });
  const isVisible = async (): Promise<boolean> => fault.isVisible(await stack.gateway.ownMetrics());
  await waitFor(isVisible, { what: 'the fault to show in its own metrics', deadlineMs: 30_000 });
  fault.end(stack);
  // On a busy machine a run may end before the gateway's answer.
  await drain({ endpoint, spoolDir, env: {} });
  const truth = truthOf(runs.flatMap((run) => run.measurements));
  expect(differences(await stack.settled(), truth)).toEqual([]);
  expect(stack.amp.answers.get(200) ?? stack.amp.answers.get(204)).toBeGreaterThan(0);
});
