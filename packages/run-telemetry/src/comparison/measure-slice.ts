/** One metric over the runs of one slice: both windows, the change within strata, and how likely it is by chance. */
import {
  type Dispersion,
  detectableFactor,
  dispersed,
  type EventCounts,
  type GroupedScore,
  groupDispersion,
  INDEPENDENT,
  type Interval,
  intervalFactor,
  type RateStratum,
  rankTest,
  rateTest,
  ratioEstimate,
  riskDifference,
  type ValueStratum,
  weightedRanks,
} from '@ephemetry/statistics';
import type { AskedTool, Metric, RateMetric, ValueMetric } from './metrics.ts';
import { rankIn, sortedValues } from './sorted-values.ts';
import type { PlacedRun, Window } from './strata.ts';

/** One window of a slice. */
interface WindowValue {
  /** The rate, or the median; undefined without a run. */
  readonly value: number | undefined;
  /** Runs whose value is known. */
  readonly n: number;
  /** Runs that have one and do not tell it. */
  readonly unknown: number;
  /** Nearest ranks of values; undefined for rates. */
  readonly quantiles: { readonly p50: number; readonly p95: number; readonly p99: number } | undefined;
}

/** What was measured before anything is judged. */
export interface Measured {
  readonly baseline: WindowValue;
  readonly current: WindowValue;
  /** Runs whose stratum has runs in both windows. */
  readonly paired: { readonly baseline: number; readonly current: number };
  /** Strata with runs in both windows. */
  readonly strata: number;
  readonly change: Change | undefined;
}

/** The change within strata. */
export interface Change {
  /** A difference of shares, or a ratio. */
  readonly estimate: number;
  readonly interval: Interval;
  /** By chance as much worse, and as much better. */
  readonly p: { readonly worse: number; readonly better: number };
  readonly dispersion: Dispersion;
  /** The smallest change that is found four times in five at a level: a difference, or a ratio above 1. */
  readonly detectable: (level: number) => number | undefined;
  /** For floors, exactly. */
  readonly rates: readonly RateStratum[];
}

/**
 * @param runs - the runs of the slice, in both windows
 * @param hasGroups - whether both windows have groups enough to tell how they differ
 */
export function measureSlice(
  metric: Metric,
  runs: readonly PlacedRun[],
  tool: AskedTool,
  hasGroups: boolean,
): Measured {
  return metric.kind === 'rate'
    ? measureRate(metric, runs, tool, hasGroups)
    : measureValues(metric, runs, tool, hasGroups);
}

interface Known<Value> {
  readonly placed: PlacedRun;
  readonly value: Value;
}

function known<Value>(
  runs: readonly PlacedRun[],
  read: (placed: PlacedRun) => Value | undefined,
): { readonly known: readonly Known<Value>[]; readonly unknown: Record<Window, number> } {
  const found: Known<Value>[] = [];
  const unknown = { baseline: 0, current: 0 };
  for (const placed of runs) {
    const value = read(placed);
    if (value !== undefined) found.push({ placed, value });
    else if (placed.run.state === 'finished') unknown[placed.window] += 1;
  }
  return { known: found, unknown };
}

function measureRate(
  metric: RateMetric,
  runs: readonly PlacedRun[],
  tool: AskedTool,
  hasGroups: boolean,
): Measured {
  const hasIt = metric.valueAmong(
    runs.map(({ run }) => run),
    tool,
  );
  const { known: all, unknown } = known(runs, ({ run }) => hasIt(run));
  const totals = { baseline: { events: 0, n: 0 }, current: { events: 0, n: 0 } };
  const byStratum = new Map<number, { baseline: CountedEvents; current: CountedEvents }>();
  for (const { placed, value } of all) {
    const entry = byStratum.get(placed.stratum) ?? {
      baseline: { events: 0, n: 0 },
      current: { events: 0, n: 0 },
    };
    byStratum.set(placed.stratum, entry);
    for (const counts of [entry[placed.window], totals[placed.window]]) {
      counts.n += 1;
      counts.events += value ? 1 : 0;
    }
  }
  const strata = [...byStratum.values()].filter(({ baseline, current }) => baseline.n > 0 && current.n > 0);
  const dispersion = hasGroups
    ? groupDispersion(all.map(({ placed, value }) => scoreOf(placed, value ? 1 : 0)))
    : INDEPENDENT;
  return {
    baseline: rateValue(totals.baseline, unknown.baseline),
    current: rateValue(totals.current, unknown.current),
    paired: {
      baseline: sum(strata, ({ baseline }) => baseline.n),
      current: sum(strata, ({ current }) => current.n),
    },
    strata: strata.length,
    change: strata.length === 0 ? undefined : rateChange(metric, strata, dispersion),
  };
}

interface CountedEvents extends EventCounts {
  events: number;
  n: number;
}

function rateValue({ events, n }: EventCounts, unknown: number): WindowValue {
  return { value: n === 0 ? undefined : events / n, n, unknown, quantiles: undefined };
}

function rateChange(metric: RateMetric, strata: readonly RateStratum[], dispersion: Dispersion): Change {
  const { higher, lower } = dispersed(rateTest(strata), dispersion);
  const [worse, better] = metric.worse === 'higher' ? [higher, lower] : [lower, higher];
  const { estimate, interval, standardError } = riskDifference(strata, dispersion);
  return {
    estimate,
    interval,
    p: { worse, better },
    dispersion,
    detectable: (level) =>
      (standardError > 0 ? standardError : errorOfCertain(strata)) * detectableFactor(level, dispersion),
    rates: strata,
  };
}

/**
 * Where all runs passed, or none, the strata show no error at all. One success and one failure are added to each window then.
 *
 * @see Agresti and Caffo, Simple and effective confidence intervals for proportions (2000)
 */
function errorOfCertain(strata: readonly RateStratum[]): number {
  const [before, now] = (['baseline', 'current'] as const).map((window) => {
    const n = sum(strata, (stratum) => stratum[window].n) + 2;
    const share = (sum(strata, (stratum) => stratum[window].events) + 1) / n;
    return (share * (1 - share)) / n;
  });
  return Math.sqrt((before ?? 0) + (now ?? 0));
}

function measureValues(
  metric: ValueMetric,
  runs: readonly PlacedRun[],
  tool: AskedTool,
  hasGroups: boolean,
): Measured {
  const { known: all, unknown } = known(runs, ({ run }) => metric.value(run, tool));
  const byStratum = new Map<number, Record<Window, Known<number>[]>>();
  for (const each of all) {
    const entry = byStratum.get(each.placed.stratum) ?? { baseline: [], current: [] };
    byStratum.set(each.placed.stratum, entry);
    entry[each.placed.window].push(each);
  }
  const paired = [...byStratum.values()].filter(
    ({ baseline, current }) => baseline.length > 0 && current.length > 0,
  );
  const strata = paired.map(({ baseline, current }) => ({
    baseline: baseline.map(({ value }) => value),
    current: current.map(({ value }) => value),
  }));
  const dispersion = hasGroups ? groupDispersion(paired.flatMap(rankScores)) : INDEPENDENT;
  const valuesIn = (window: Window): number[] =>
    all.filter(({ placed }) => placed.window === window).map(({ value }) => value);
  return {
    baseline: valuesOfWindow(valuesIn('baseline'), unknown.baseline),
    current: valuesOfWindow(valuesIn('current'), unknown.current),
    paired: {
      baseline: sum(strata, ({ baseline }) => baseline.length),
      current: sum(strata, ({ current }) => current.length),
    },
    strata: strata.length,
    change: strata.length === 0 ? undefined : valueChange(strata, dispersion),
  };
}

function rankScores({ baseline, current }: Record<Window, readonly Known<number>[]>): GroupedScore[] {
  const ranks = weightedRanks({
    baseline: baseline.map(({ value }) => value),
    current: current.map(({ value }) => value),
  });
  return [
    ...baseline.map(({ placed }, index) => scoreOf(placed, ranks.baseline[index] ?? 0)),
    ...current.map(({ placed }, index) => scoreOf(placed, ranks.current[index] ?? 0)),
  ];
}

function scoreOf({ run, window, stratum }: PlacedRun, score: number): GroupedScore {
  return { stratum, window, group: run.group ?? '', score };
}

function valuesOfWindow(values: readonly number[], unknown: number): WindowValue {
  if (values.length === 0) return { value: undefined, n: 0, unknown, quantiles: undefined };
  const sorted = sortedValues(values);
  const quantiles = { p50: rankIn(sorted, 50), p95: rankIn(sorted, 95), p99: rankIn(sorted, 99) };
  return { value: quantiles.p50, n: values.length, unknown, quantiles };
}

/** Values are worse when they are higher. */
function valueChange(strata: readonly ValueStratum[], dispersion: Dispersion): Change {
  const { higher, lower } = dispersed(rankTest(strata), dispersion);
  const { estimate, interval } = ratioEstimate(strata, dispersion);
  return {
    estimate,
    interval,
    p: { worse: higher, better: lower },
    dispersion,
    detectable: (level) => {
      const width = Math.log(interval.high) - Math.log(interval.low);
      if (!Number.isFinite(width) || width <= 0) return undefined;
      return Math.exp((width / 2 / intervalFactor(dispersion)) * detectableFactor(level, dispersion));
    },
    rates: [],
  };
}

function sum<Item>(items: readonly Item[], read: (item: Item) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
