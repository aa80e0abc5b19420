/** The gateway of a laptop, without a Prometheus behind it: its own page of totals is what tests look at. */
import { join } from 'node:path';
import { type ExposedSample, temporaryDirectory, waitFor } from '@ephemetry/testing';
import type { TestContext } from 'vitest';
import { type Gateway, shipped, startGateway, sumOf } from './gateway.ts';
import { keptLogs } from './stack.ts';

/** Starts one that ends with the test. */
export async function startLaptopGateway(
  test: TestContext,
  env: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  const logs = keptLogs(test);
  const directory = temporaryDirectory();
  test.onTestFinished(directory.remove);
  const gateway = await startGateway({
    configs: shipped('exact.yaml', 'histograms.yaml', 'local.yaml'),
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
    fixed: env,
  });
  test.onTestFinished(() => gateway.service.kill('SIGKILL').catch(() => {}));
  return gateway;
}

/** Resolves when the totals of a metric add up to this. @throws {Error} when they do not in time */
export async function showsTotal(gateway: Gateway, name: string, wanted: number): Promise<void> {
  let shown = 0;
  const isShown = async (): Promise<boolean> => {
    shown = sumOf(await gateway.totals(), name);
    return shown === wanted;
  };
  const what = `${name} to be ${wanted}`;
  await waitFor(isShown, { what, deadlineMs: 20_000 }).catch((error) => {
    throw new Error(`${name} is ${shown}, expected ${wanted}`, { cause: error });
  });
}

/** How many points a filter took out. */
export async function refusedBy(gateway: Gateway, filter: string): Promise<number> {
  const samples: readonly ExposedSample[] = await gateway.ownMetrics();
  return sumOf(samples, 'otelcol_processor_filter_datapoints_filtered', new RegExp(`^filter.${filter}$`));
}
