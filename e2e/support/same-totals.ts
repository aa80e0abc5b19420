/**
 * What must hold for VictoriaMetrics behind the gateway, whether it is one program or a cluster: overlapping runs and whatever
 * programs send are counted once.
 */
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { expect, type TestContext } from 'vitest';
import { runLoad } from './load.ts';
import { startLossyLink } from './lossy-link.ts';
import { planRuns } from './plan.ts';
import { postAll } from './post.ts';
import { TOTALS_CASES } from './totals-cases.ts';
import { differences, truthOf } from './truth.ts';
import { totalOf, type VictoriaStack } from './victoria-stack.ts';

type Stack = Omit<VictoriaStack, 'startStore'>;

/** Overlapping runs over a link that loses a tenth of the answers, so that their batches come twice: every series is the truth. */
export async function countsOverlappingRuns(t: TestContext, stack: Stack, count: number): Promise<void> {
  const link = await startLossyLink(stack.gateway.endpoint, 0.1, 2);
  t.onTestFinished(() => link[Symbol.asyncDispose]());
  const runs = planRuns(count, 1);
  const spoolDir = join(stack.directory, 'spool');
  const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
  await runLoad({ runs, endpoint: link.endpoint, spoolDir, env });
  link.heal();
  await drain({ spoolDir, endpoint: link.endpoint, env: {} });
  expect(link.duplicates()).toBeGreaterThan(count / 20);
  const truth = truthOf(runs.flatMap((run) => run.measurements));
  expect(differences(await stack.settled(), truth)).toEqual([]);
}

/** Each case of programs that send whatever they like, as often as they like. */
export async function addsUpEveryCase(stack: Stack): Promise<void> {
  for (const { bodies } of TOTALS_CASES) await postAll(stack.gateway.endpoint, bodies(), 4);
  await stack.settled();
  for (const { name, metric, shown } of TOTALS_CASES)
    expect.soft(await totalOf(stack, metric, '1h'), name).toBe(shown);
}
