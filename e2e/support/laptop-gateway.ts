/** The gateway of a laptop, without a Prometheus behind it: its own page of totals is what tests look at. */
import { join } from 'node:path';
import { GATEWAY_METRICS } from '@ephemetry/contract';
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
export function showsTotal(gateway: Gateway, name: string, wanted: number): Promise<void> {
  return showsSum(() => gateway.totals(), name, wanted);
}

/** The same of a gauge that does not last, which has a page of its own. @throws {Error} when it is not there in time */
export function showsReading(gateway: Gateway, name: string, wanted: number): Promise<void> {
  return showsSum(() => gateway.readings(), name, wanted);
}

async function showsSum(
  page: () => Promise<readonly ExposedSample[]>,
  name: string,
  wanted: number,
): Promise<void> {
  let shown = 0;
  const isShown = async (): Promise<boolean> => {
    shown = sumOf(await page(), name);
    return shown === wanted;
  };
  const what = `${name} to be ${wanted}`;
  await waitFor(isShown, { what, deadlineMs: 60_000 }).catch((error) => {
    throw new Error(`${name} is ${shown}, expected ${wanted}`, { cause: error });
  });
}

/** How many points the checks took out for a reason; of one program, when its service is given. */
export async function refusedFor(gateway: Gateway, reason: string, service?: string): Promise<number> {
  const { name } = GATEWAY_METRICS.droppedPoints;
  const isMeant = (sample: ExposedSample): boolean =>
    sample.name === name &&
    sample.labels['reason'] === reason &&
    (service === undefined || sample.labels['service'] === service);
  return (await gateway.totals()).filter(isMeant).reduce((sum, { value }) => sum + value, 0);
}

/** Resolves when so many points were refused for a reason: they are shown a second later. @throws {Error} when they are not in time */
export async function showsRefused(gateway: Gateway, reason: string, points: number): Promise<void> {
  const isShown = async (): Promise<boolean> => (await refusedFor(gateway, reason)) === points;
  await waitFor(isShown, { what: `${points} points to be refused as ${reason}`, deadlineMs: 60_000 }).catch(
    async (error) => {
      throw new Error(
        `${await refusedFor(gateway, reason)} points are refused as ${reason}, expected ${points}`,
        {
          cause: error,
        },
      );
    },
  );
}
