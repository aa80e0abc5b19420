/** Gateway, AMP stand-in and Prometheus of one test, with its logs kept when it fails. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AmpStandIn,
  type AmpStandInOptions,
  type Prometheus,
  queryPrometheus,
  startAmpStandIn,
  startPrometheus,
  temporaryDirectory,
  waitFor,
} from '@ephemetry/testing';
import type { TestContext } from 'vitest';
import { type Gateway, startGateway } from './gateway.ts';
import { locateTools } from './tools.ts';
import { type SeriesValues, seriesOf } from './truth.ts';

/** All that stands behind the programs. */
export interface Stack {
  readonly gateway: Gateway;
  readonly amp: AmpStandIn;
  readonly prometheus: Prometheus;
  /** Empty, the test's own; removed with it. */
  readonly directory: string;
  readonly logs: string;
  /** Every fab series in Prometheus, once all that the gateway took has arrived there. */
  settled(): Promise<SeriesValues>;
  /** Resolves at the first sample that was scraped from now on. */
  scraped(): Promise<void>;
}

/** What the gateway of a stack differs in. */
export interface StackOptions {
  readonly configs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What the stand-in trusts. */
export const CREDENTIALS: Omit<AmpStandInOptions, 'writeUrl'> = {
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'example-secret',
  region: 'eu-west-1',
};

/** The variables that a Collector needs to forward to the stand-in. */
export function forwardTo(amp: AmpStandIn): Readonly<Record<string, string>> {
  return {
    AMP_REMOTE_WRITE_URL: amp.remoteWriteUrl,
    AWS_REGION: CREDENTIALS.region,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    GATEWAY_CLUSTER: 'e2e',
  };
}

/** A directory for the logs of a test: removed when it passes. */
export function keptLogs(test: TestContext): string {
  const name = test.task.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 60);
  const directory = join(import.meta.dirname, '..', '..', '.cache', 'e2e-logs', name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  test.onTestFinished(() => {
    if (test.task.result?.state === 'fail') console.log(`logs are in ${directory}`);
    else rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Starts Prometheus and the stand-in; both end with the test. */
export async function startBackend(
  test: TestContext,
  logs: string,
): Promise<Pick<Stack, 'amp' | 'prometheus'>> {
  const logFile = join(logs, 'prometheus.log');
  const prometheus = await startPrometheus({ binary: locateTools().prometheus, logFile });
  test.onTestFinished(() => prometheus.stop());
  const amp = await startAmpStandIn({ ...CREDENTIALS, writeUrl: prometheus.writeUrl });
  test.onTestFinished(() => amp[Symbol.asyncDispose]());
  return { amp, prometheus };
}

/** Starts all three, and waits until every known series shows 0 in Prometheus. */
export async function startStack(test: TestContext, options: StackOptions = {}): Promise<Stack> {
  const logs = keptLogs(test);
  const directory = temporaryDirectory();
  test.onTestFinished(directory.remove);
  const { amp, prometheus } = await startBackend(test, logs);
  const gateway = await startGateway({
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
    ...(options.configs === undefined ? {} : { configs: options.configs }),
    fixed: forwardTo(amp),
    env: options.env ?? {},
  });
  test.onTestFinished(() => gateway.service.stop());
  const scraped = (): Promise<void> => scrapedSince(prometheus, Date.now() / 1000);
  const settled = async (): Promise<SeriesValues> => {
    await gateway.merged();
    // A large scrape arrives in parts. One consumer sends them: at the first sample of the next all have arrived.
    await scraped();
    await scraped();
    return seriesOf(await queryPrometheus(prometheus.url, '{job="fab"}'));
  };
  return { gateway, amp, prometheus, directory: directory.path, logs, settled, scraped };
}

/** Pages that have totals: each is scraped at a moment of its own. */
const PAGES = ['ephemetry-totals', 'ephemetry-histograms'] as const;

async function scrapedSince(prometheus: Prometheus, sinceSeconds: number): Promise<void> {
  await Promise.all(PAGES.map((job) => pageScrapedSince(prometheus, job, sinceSeconds)));
}

async function pageScrapedSince(prometheus: Prometheus, job: string, sinceSeconds: number): Promise<void> {
  // A scrape that failed on a busy machine would make every series stale.
  const up = `up{job="${job}"}`;
  // timestamp() of anything but a selector is the time of the query.
  const newest = `max(timestamp(${up}) and (${up} == 1))`;
  await waitFor(
    async () => ((await queryPrometheus(prometheus.url, newest))[0]?.value ?? 0) > sinceSeconds + 0.5,
    { what: `the next scrape of ${job} to arrive in Prometheus`, deadlineMs: 60_000 },
  );
}
