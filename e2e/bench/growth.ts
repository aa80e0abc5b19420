/** What a run costs as there are more and more of them: it must not depend on how many were there before. */
import type { Figure } from '../../scripts/figure.ts';
import { startMeasuredGateway } from './measured-gateway.ts';

const RUNS = [100, 1_000, 10_000, 100_000];

/** One gateway, up to 100,000 runs; of each step the cost of one of the runs that it adds. */
export async function measureGrowth(): Promise<readonly Figure[]> {
  await using measured = await startMeasuredGateway();
  const figures: Figure[] = [];
  let before = 0;
  for (const runs of RUNS) {
    const added = runs - before;
    const { processorMs } = await measured.load(added, 'json');
    before = runs;
    const meaning = `Processor time for one of the runs up to ${runs.toLocaleString('en-US')}`;
    const value = (processorMs / added) * 1_000;
    figures.push({ name: `gateway.growth.${runs}`, meaning, unit: 'µs', value });
  }
  const [, , upTo10k, upTo100k] = figures;
  const growth: Figure = {
    name: 'gateway.growth',
    meaning: 'A run of the last 90,000 against one of the 9,000 before them: 1 is linear',
    unit: 'ratio',
    value: (upTo100k?.value ?? Number.NaN) / (upTo10k?.value ?? Number.NaN),
    bar: { limit: 1.5, goFor: 1 },
  };
  return [growth, ...figures];
}
