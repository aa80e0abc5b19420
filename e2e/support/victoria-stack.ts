/** Gateway and VictoriaMetrics of one test, with their logs kept when it fails. */
import { join } from 'node:path';
import {
  freePorts,
  queryPrometheus,
  startVictoriaCluster,
  startVictoriaMetrics,
  temporaryDirectory,
  type VictoriaClusterTools,
  type VictoriaMetrics,
} from '@ephemetry/testing';
import type { TestContext } from 'vitest';
import { type Gateway, shipped, startGateway } from './gateway.ts';
import { keptLogs } from './stack.ts';
import { locateTools } from './tools.ts';
import { type SeriesValues, seriesOf } from './truth.ts';

/** All that stands behind the programs. */
export interface VictoriaStack {
  readonly gateway: Gateway;
  readonly store: VictoriaMetrics;
  /** Empty, the test's own; removed with it. */
  readonly directory: string;
  /** Again, with the same data and port. */
  startStore(): Promise<void>;
  /** The total of every fab series, once all that the gateway took has arrived. */
  settled(): Promise<SeriesValues>;
}

/** What the gateway of a stack differs in. */
export interface VictoriaStackOptions {
  /** Where the gateway takes the store to be. @default where it is */
  readonly storeUrl?: (storeUrl: string) => Promise<string>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A gateway with a cluster behind it; they end with the test. */
export async function startClusterStack(
  test: TestContext,
  tools: VictoriaClusterTools,
): Promise<Omit<VictoriaStack, 'startStore'>> {
  const logs = keptLogs(test);
  const directory = temporaryDirectory();
  test.onTestFinished(directory.remove);
  const store = await startVictoriaCluster({ tools, directory: join(directory.path, 'store'), logs });
  test.onTestFinished(() => store.kill('SIGKILL'));
  const gateway = await startGateway({
    configs: shipped(
      'exact.yaml',
      'histograms.yaml',
      'victoria-metrics.yaml',
      'victoria-metrics-cluster.yaml',
    ),
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
    fixed: {
      VICTORIA_METRICS_URL: store.insertUrl,
      VICTORIA_METRICS_INSERT: new URL(store.insertUrl).host,
      GATEWAY_CLUSTER: 'e2e',
    },
  });
  test.onTestFinished(() => gateway.service.kill('SIGKILL'));
  const settled = async (): Promise<SeriesValues> => {
    await gateway.merged();
    return totalsIn(store);
  };
  return { gateway, store, directory: directory.path, settled };
}

/** Starts both; they end with the test. */
export async function startVictoriaStack(
  test: TestContext,
  options: VictoriaStackOptions = {},
): Promise<VictoriaStack> {
  const logs = keptLogs(test);
  const directory = temporaryDirectory();
  test.onTestFinished(directory.remove);
  const [port = 0] = await freePorts(1);
  const startStore = (): Promise<VictoriaMetrics> =>
    startVictoriaMetrics({
      binary: locateTools().victoriaMetrics,
      directory: join(directory.path, 'store'),
      logFile: join(logs, 'victoria-metrics.log'),
      port,
    });
  let store = await startStore();
  test.onTestFinished(() => store.kill('SIGKILL'));
  const gateway = await startGateway({
    configs: shipped('exact.yaml', 'histograms.yaml', 'victoria-metrics.yaml'),
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
    fixed: {
      VICTORIA_METRICS_URL: (await options.storeUrl?.(store.url)) ?? store.url,
      GATEWAY_CLUSTER: 'e2e',
      ...options.env,
    },
  });
  test.onTestFinished(() => gateway.service.kill('SIGKILL'));
  return {
    gateway,
    get store() {
      return store;
    },
    directory: directory.path,
    startStore: async () => {
      store = await startStore();
    },
    settled: async () => {
      await gateway.merged();
      return totalsIn(store);
    },
  };
}

/** Every fab series added up over a day. */
export async function totalsIn(store: VictoriaMetrics, match = '{job="fab"}'): Promise<SeriesValues> {
  await store.flush();
  return seriesOf(await queryPrometheus(store.url, `sum_over_time(${match}[1d]) keep_metric_names`));
}

/** All series of a name, added up over a window. */
export async function totalOf(
  { store }: Pick<VictoriaStack, 'store'>,
  name: string,
  window: string,
): Promise<number | undefined> {
  await store.flush();
  const [sum] = await queryPrometheus(store.url, `sum(sum_over_time(${name}[${window}]))`);
  return sum?.value;
}
