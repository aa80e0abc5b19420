/** Whether the use of a tool moved. A tool is what a run did, not what it was given: its runs may be others than before. */
import { type RateStratum, riskDifference } from '@ephemetry/statistics';
import type { Slice } from './slices.ts';
import type { PlacedRun } from './strata.ts';

/** How many of the runs that could have used a tool did. */
export interface UseChange {
  readonly baseline: number;
  readonly current: number;
}

/** Looks at the use of a slice's tool; undefined without a tool, or where its use did not move. */
export type LookAtUse = (slice: Slice) => UseChange | undefined;

const USE_APART = 0.05;

interface Counts {
  readonly baseline: { events: number; n: number };
  readonly current: { events: number; n: number };
}

/**
 * Looks once at each slice, and once at the runs that many slices choose from: 800 pairs of 100,000 runs would be 4 million
 * looks each time.
 */
export function createLookAtUse(): LookAtUse {
  const totals = new Map<readonly PlacedRun[], ReadonlyMap<number, Counts>>();
  const seen = new Map<Slice, UseChange | undefined>();
  return (slice) => {
    if (slice.tool === undefined) return undefined;
    if (!seen.has(slice)) {
      const choosers = totals.get(slice.choosers) ?? countRuns(slice.choosers);
      totals.set(slice.choosers, choosers);
      seen.set(slice, useChange(slice.runs, choosers));
    }
    return seen.get(slice);
  };
}

function countRuns(runs: readonly PlacedRun[]): ReadonlyMap<number, Counts> {
  const strata = new Map<number, Counts>();
  for (const { run, window, stratum } of runs) {
    if (run.state !== 'finished') continue;
    const counts = strata.get(stratum) ?? { baseline: { events: 0, n: 0 }, current: { events: 0, n: 0 } };
    strata.set(stratum, counts);
    counts[window].n += 1;
  }
  return strata;
}

function useChange(
  users: readonly PlacedRun[],
  choosers: ReadonlyMap<number, Counts>,
): UseChange | undefined {
  const used = countRuns(users);
  const all = { baseline: { events: 0, n: 0 }, current: { events: 0, n: 0 } };
  const strata: RateStratum[] = [];
  for (const [stratum, { baseline, current }] of choosers) {
    if (baseline.n === 0 || current.n === 0) continue;
    const events = used.get(stratum);
    const counts = {
      baseline: { events: events?.baseline.n ?? 0, n: baseline.n },
      current: { events: events?.current.n ?? 0, n: current.n },
    };
    strata.push(counts);
    for (const window of ['baseline', 'current'] as const) {
      all[window].events += counts[window].events;
      all[window].n += counts[window].n;
    }
  }
  if (strata.length === 0) return undefined;
  const { low, high } = riskDifference(strata).interval;
  if (low <= USE_APART && high >= -USE_APART) return undefined;
  return { baseline: all.baseline.events / all.baseline.n, current: all.current.events / all.current.n };
}
