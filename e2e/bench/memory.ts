/**
 * How much the dedupe can remember before the gateway refuses, found by filling a small one until it does; and what a
 * restart does that reads all of it again from the notes.
 */
import { waitFor } from '@ephemetry/testing';
import type { Figure } from '../../scripts/figure.ts';
import { generate } from './generator.ts';
import { type MeasuredGateway, manifestMemory, startMeasuredGateway } from './measured-gateway.ts';
import { POINTS_PER_BATCH } from './prepared-batch.ts';

/** A third of the manifest's: takes a third of the time. The limiter refuses above the difference. */
const LIMIT_MIB = 500;
const SPIKE_MIB = 100;
/** As far below that difference as the manifest's is. */
const SMALL = {
  GATEWAY_MEMORY_LIMIT_MIB: String(LIMIT_MIB),
  GATEWAY_MEMORY_SPIKE_MIB: String(SPIKE_MIB),
  GOMEMLIMIT: '380MiB',
};
/** Points of a fab run with three sessions and a merge gate, recorded in examples/fab-run. */
const POINTS_PER_RUN = 28;
const TRACKED = 'otelcol_deltatocumulative_streams_tracked';
const NOTED = /^filter.seen$/;

/** Fills one, then restarts it. */
export async function measureMemory(): Promise<readonly Figure[]> {
  await using measured = await startMeasuredGateway({ env: SMALL });
  const { gateway, own } = measured;
  // With the catalogue in it.
  await gateway.merged();
  const heapAtStart = await own('otelcol_process_runtime_heap_alloc_bytes');
  const pointsAtStart = await own(TRACKED);
  const load = { encoding: 'json', batches: 500_000, firstRun: 1_000_000, untilRefused: true } as const;
  const taken = await generate({ endpoint: gateway.endpoint, ...load });
  await gateway.merged();
  const remembered = (await own(TRACKED)) - pointsAtStart;
  const room = (LIMIT_MIB - SPIKE_MIB) * 2 ** 20 - heapAtStart;
  const perMillion = (room / remembered) * 1_000_000;
  const restart = await measureRestart(measured, taken * POINTS_PER_BATCH);
  const inManifest = roomInManifest(heapAtStart) / (perMillion / 1_000_000);
  return [
    {
      name: 'gateway.memory.per_million_points',
      meaning: 'Memory that a million remembered points take before the gateway refuses',
      unit: 'MiB',
      value: perMillion / 2 ** 20,
    },
    ...[10_000, 100_000, 1_000_000].map(
      (runs): Figure => ({
        name: `gateway.window.${runs}`,
        meaning: `The longest GATEWAY_DEDUPE_WINDOW_SECONDS in the manifest’s memory at ${runs.toLocaleString('en-US')} runs of ${POINTS_PER_RUN} points a day`,
        unit: 'h',
        value: (inManifest / (runs * POINTS_PER_RUN)) * 24,
      }),
    ),
    ...restart,
  ];
}

function roomInManifest(heapAtStart: number): number {
  const { GATEWAY_MEMORY_LIMIT_MIB = '1500', GATEWAY_MEMORY_SPIKE_MIB = '300' } = manifestMemory();
  return (Number(GATEWAY_MEMORY_LIMIT_MIB) - Number(GATEWAY_MEMORY_SPIKE_MIB)) * 2 ** 20 - heapAtStart;
}

/** From the start until the dedupe has all that is noted, and the most memory meanwhile. */
async function measureRestart({ gateway, own }: MeasuredGateway, points: number): Promise<readonly Figure[]> {
  await gateway.service.stop();
  const startedAt = performance.now();
  await gateway.start();
  let most = 0;
  const hasRead = async (): Promise<boolean> => {
    most = Math.max(most, await own('otelcol_process_memory_rss'));
    return (await own('otelcol_processor_filter_datapoints_filtered', NOTED)) >= points;
  };
  await waitFor(hasRead, { what: 'the notes to be read', deadlineMs: 120_000 });
  const seconds = (performance.now() - startedAt) / 1_000;
  return [
    {
      name: 'gateway.restart.notes',
      meaning: 'Noted points that a new gateway reads in a second, its start included',
      unit: 'points/s',
      value: points / seconds,
    },
    {
      name: 'gateway.restart.memory',
      meaning: `The most resident memory while a gateway that refuses above ${LIMIT_MIB - SPIKE_MIB} MiB reads notes that fill it`,
      unit: 'MiB',
      value: most / 2 ** 20,
    },
  ];
}
