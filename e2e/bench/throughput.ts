/** Batches a second to exact totals, and what each part of a gateway costs. */
import { type Figure, medianOf } from '../../scripts/figure.ts';
import { generate } from './generator.ts';
import { type Cost, startMeasuredGateway, startNullServer, type Variant } from './measured-gateway.ts';
import type { Encoding } from './prepared-batch.ts';

const ROUNDS = 3;
/** Enough that the queue's flush and the last look, 0.3 s, are a small part. */
const BATCHES = 16_000;

/** The generator alone: no figure below may come near. */
export async function measureGenerator(): Promise<readonly Figure[]> {
  const server = await startNullServer();
  const batches = 30_000;
  const startedAt = performance.now();
  await generate({ endpoint: server.url, encoding: 'json', batches, firstRun: 0 });
  const value = (batches / (performance.now() - startedAt)) * 1_000;
  server.stop();
  const meaning = 'The generator against a server that only answers: its own ceiling';
  return [{ name: 'gateway.generator.ceiling', meaning, unit: 'batches/s', value }];
}

interface Measured {
  readonly name: string;
  readonly meaning: string;
  readonly encoding?: Encoding;
  readonly variant?: Variant;
}

const FULL: Measured = { name: 'json', meaning: 'as JSON, which the exporter sends' };

const THROUGHPUT: readonly Measured[] = [
  FULL,
  { name: 'protobuf', meaning: 'as protobuf, which sidecars and balancers send', encoding: 'protobuf' },
  {
    name: 'fsync',
    meaning: 'as JSON, with GATEWAY_QUEUE_FSYNC=true',
    variant: { env: { GATEWAY_QUEUE_FSYNC: 'true' } },
  },
];

const PARTS: readonly Measured[] = [
  FULL,
  { name: 'protobuf', meaning: 'protobuf instead of JSON', encoding: 'protobuf' },
  {
    name: 'no_gather',
    meaning: 'each batch written to the queue on its own',
    variant: { without: 'gather' },
  },
  { name: 'no_notes', meaning: 'no notes of what was merged', variant: { without: 'notes' } },
  { name: 'no_filters', meaning: 'no filters that refuse', variant: { without: 'filters' } },
  { name: 'no_last', meaning: 'no last totals at SIGTERM', variant: { without: 'last' } },
  { name: 'gogc_100', meaning: 'GOGC=100 instead of the manifest’s', variant: { env: { GOGC: '100' } } },
];

/** Rounds in turns, so that a machine that slows down slows all of them down; medians. */
export async function measureThroughput(): Promise<readonly Figure[]> {
  const costs = await inTurns(THROUGHPUT, ROUNDS, BATCHES);
  return THROUGHPUT.flatMap(({ name, meaning }): Figure[] => {
    const of = (each: (cost: Cost) => number): number => medianOf((costs.get(name) ?? []).map(each));
    const merged: Figure = {
      name: `gateway.merged.${name}`,
      meaning: `Batches of six points to exact totals, queue on disk, ${meaning}`,
      unit: 'batches/s',
      value: (BATCHES / of(({ mergedMs }) => mergedMs)) * 1_000,
      ...(name === 'json' ? { bar: { limit: 2_000, goFor: 10_000, isLeast: true } } : {}),
    };
    const taken: Figure = {
      name: `gateway.taken.${name}`,
      meaning: 'The same until the last one was answered with 2xx',
      unit: 'batches/s',
      value: (BATCHES / of(({ takenMs }) => takenMs)) * 1_000,
    };
    return [merged, taken];
  });
}

/** Processor time for a batch when one part is changed, beside that of the whole in the same rounds. */
export async function measureParts(): Promise<readonly Figure[]> {
  const batches = 8_000;
  const costs = await inTurns(PARTS, 2, batches);
  return PARTS.map(({ name, meaning }) => {
    const processorMs = medianOf((costs.get(name) ?? []).map((cost) => cost.processorMs));
    const isWhole = name === FULL.name;
    return {
      name: isWhole ? 'gateway.cost' : `gateway.cost.${name}`,
      meaning: `Processor time of the gateway for a batch${isWhole ? '' : `: ${meaning}`}`,
      unit: 'µs',
      value: (processorMs / batches) * 1_000,
    };
  });
}

async function inTurns(
  all: readonly Measured[],
  rounds: number,
  batches: number,
): Promise<ReadonlyMap<string, readonly Cost[]>> {
  const costs = new Map<string, Cost[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, variant, encoding = 'json' } of all) {
      await using measured = await startMeasuredGateway(variant);
      costs.get(name)?.push(await measured.load(batches, encoding));
    }
  }
  return costs;
}
