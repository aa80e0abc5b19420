/** What the checks in front of the queue cost: the gateway against the one that had none of them, in turns. */
import { type Figure, medianOf } from '../../scripts/figure.ts';
import { startMeasuredGateway, type Variant } from './measured-gateway.ts';

const PAIRS = 7;
const BATCHES = 8_000;

/** Batches a second to exact totals, as a part of what `before/` takes in the same pair: the median. */
export async function measureChecks(): Promise<readonly Figure[]> {
  const ratios: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // The one that goes first changes, so that a machine that gets slower favours neither.
    const order = pair % 2 === 0 ? [false, true] : [true, false];
    const mergedMs = new Map<boolean, number>();
    for (const isBefore of order) mergedMs.set(isBefore, await mergedIn({ isBefore }));
    ratios.push((mergedMs.get(true) ?? 0) / (mergedMs.get(false) ?? 1));
  }
  const meaning =
    'Batches a second to exact totals with all checks / without them (d46d132), median of 7 pairs';
  const bar = { limit: 0.9, goFor: 1, isLeast: true };
  return [{ name: 'gateway.checks.ratio', meaning, unit: 'ratio', value: medianOf(ratios), bar }];
}

async function mergedIn(variant: Variant): Promise<number> {
  await using measured = await startMeasuredGateway(variant);
  return (await measured.load(BATCHES, 'json')).mergedMs;
}
