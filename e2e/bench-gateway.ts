/**
 * What a gateway takes: batches a second to exact totals, and memory for each point the dedupe remembers.
 * Run as `pnpm bench:gateway [batches]`.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@ephemetry/testing';
import { shipped, startGateway, sumOf } from './gateway.ts';
import { postAll } from './post.ts';
import { prepareTools } from './tools.ts';

const BATCHES = Number(process.argv[2] ?? 20_000);
/** A fab run of one session has five counters and a histogram. */
const POINTS = 6;
const DELTA = 1;

function batch(index: number): string {
  const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  const labels = [
    attribute('role', `role-${index % 80}`),
    attribute('phase', 'build'),
    attribute('group', 'factory'),
  ];
  const time = `${Date.now()}000000`;
  const point = { attributes: labels, startTimeUnixNano: time, timeUnixNano: time };
  const counters = Array.from({ length: POINTS - 1 }, (_, metric) => ({
    name: `bench_${metric}_total`,
    sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints: [{ ...point, asInt: '1' }] },
  }));
  const explicitBounds = [1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
  const bucketCounts = ['1', ...explicitBounds.map(() => '0')];
  const dataPoints = [{ ...point, count: '1', sum: 0.5, explicitBounds, bucketCounts }];
  const histogram = { name: 'bench_seconds', histogram: { aggregationTemporality: DELTA, dataPoints } };
  const sequence = { key: 'ephemetry.batch.sequence', value: { intValue: '1' } };
  const identity = [
    attribute('service.name', 'bench'),
    attribute('service.instance.id', randomUUID()),
    sequence,
  ];
  const scopeMetrics = [{ scope: { name: 'bench' }, metrics: [...counters, histogram] }];
  return JSON.stringify({ resourceMetrics: [{ resource: { attributes: identity }, scopeMetrics }] });
}

prepareTools(() => {});
using directory = temporaryDirectory();
await using gateway = await startGateway({
  configs: shipped('exact.yaml', 'histograms.yaml', 'local.yaml'),
  directory: directory.path,
  logFile: join(directory.path, 'gateway.log'),
  fixed: { GATEWAY_MEMORY_LIMIT_MIB: '4000', GATEWAY_MEMORY_SPIKE_MIB: '400' },
});
const memory = async (): Promise<number> => sumOf(await gateway.ownMetrics(), 'otelcol_process_memory_rss');
await gateway.merged();
const before = await memory();
const bodies = Array.from({ length: BATCHES }, (_, index) => batch(index));
const startedAt = performance.now();
await postAll(gateway.endpoint, bodies, 16);
const takenMs = performance.now() - startedAt;
const counted = async (): Promise<number> => sumOf(await gateway.totals(), 'bench_0_total');
await waitFor(async () => (await counted()) >= BATCHES, { what: 'all totals', deadlineMs: 300_000 });
const mergedMs = performance.now() - startedAt;
const perPoint = ((await memory()) - before) / (BATCHES * POINTS);
const exact = (await counted()) === BATCHES;
console.log(
  `${BATCHES} batches of ${POINTS} points, 16 senders, this process and the gateway on the same cores`,
);
console.log(
  `taken: ${Math.round((BATCHES / takenMs) * 1_000)} batches/s; in exact totals: ${Math.round((BATCHES / mergedMs) * 1_000)} batches/s`,
);
console.log(
  `memory: ${Math.round(perPoint)} bytes for each point remembered; totals are ${exact ? 'exact' : 'WRONG'}`,
);
