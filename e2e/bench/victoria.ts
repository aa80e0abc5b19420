/** Batches a second that are exact totals in VictoriaMetrics, both on the same cores. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { queryPrometheus, startVictoriaMetrics, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { type Figure, medianOf } from '../../scripts/figure.ts';
import { shipped, startGateway } from '../support/gateway.ts';
import { locateTools } from '../support/tools.ts';
import { generate } from './generator.ts';
import { manifestMemory, ROOM } from './measured-gateway.ts';
import { COUNTED } from './prepared-batch.ts';

const ROUNDS = 3;
const BATCHES = 16_000;
const WARM_UP = 1_000;

/** Medians of whole runs, each with a store of its own. */
export async function measureVictoria(): Promise<readonly Figure[]> {
  const perSecond: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    perSecond.push((BATCHES / (await millisecondsToTotals())) * 1_000);
  return [
    {
      name: 'gateway.victoria_metrics',
      meaning:
        'Batches of six points until all are exact totals in VictoriaMetrics, which shares the cores; queue on disk, as JSON',
      unit: 'batches/s',
      value: medianOf(perSecond),
      bar: { limit: 5_000, goFor: 10_000, isLeast: true },
    },
  ];
}

async function millisecondsToTotals(): Promise<number> {
  using directory = temporaryDirectory();
  const store = await startVictoriaMetrics({
    binary: locateTools().victoriaMetrics,
    directory: join(directory.path, 'store'),
    logFile: join(directory.path, 'store.log'),
  });
  try {
    const gateway = await startGateway({
      configs: shipped('exact.yaml', 'histograms.yaml', 'victoria-metrics.yaml'),
      directory: directory.path,
      logFile: join(directory.path, 'gateway.log'),
      fixed: {
        VICTORIA_METRICS_URL: store.url,
        GATEWAY_SCRAPE_INTERVAL: '15s',
        ...manifestMemory(),
        ...ROOM,
      },
    });
    try {
      const load = async (firstRun: number, batches: number): Promise<void> => {
        await generate({ endpoint: gateway.endpoint, encoding: 'json', batches, firstRun });
        await showsTotal(store.url, firstRun + batches);
      };
      await load(0, WARM_UP);
      const startedAt = performance.now();
      await load(WARM_UP, BATCHES);
      return performance.now() - startedAt;
    } finally {
      await gateway.service.kill('SIGKILL');
    }
  } finally {
    await store.kill('SIGKILL');
  }
}

/** @throws {Error} when the total is not exact */
async function showsTotal(url: string, wanted: number): Promise<void> {
  let shown = 0;
  const isShown = async (): Promise<boolean> => {
    // Looking makes the store write what it has: not too often.
    await wait(250);
    await fetch(`${url}/internal/force_flush`);
    shown = (await queryPrometheus(url, `sum(sum_over_time(${COUNTED}[1d]))`))[0]?.value ?? 0;
    return shown >= wanted;
  };
  await waitFor(isShown, { what: 'all totals', deadlineMs: 300_000 });
  if (shown !== wanted) throw new Error(`${shown} of ${wanted} batches are counted`);
}
