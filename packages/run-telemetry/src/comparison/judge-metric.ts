/** One metric over all its slices: measured, tested in families, judged. */
import { benjaminiHochberg } from '@ephemetry/statistics';
import { type FamilySize, familyBudgets } from './budget.ts';
import { type Measured, measureSlice } from './measure-slice.ts';
import type { Metric } from './metrics.ts';
import type { Slice } from './slices.ts';
import type { LookAtUse, UseChange } from './use-change.ts';
import { RUNS_NEEDED, reachesFloor, type Verdict, verdictBeforeTest } from './verdict.ts';

/** A metric of a slice, judged. */
export interface JudgedSlice {
  readonly metric: Metric;
  readonly slice: Slice;
  readonly measured: Measured;
  readonly verdict: Verdict;
  /** Adjusted within its family; undefined where nothing was tested. */
  readonly pAdjusted: { readonly worse: number; readonly better: number } | undefined;
  /** The level of the family's strictest step; undefined where nothing was tested. */
  readonly level: number | undefined;
  readonly use: UseChange | undefined;
}

/** Slices of one dimension, which share a budget. */
export interface Family {
  readonly kind: FamilySize['kind'];
  readonly slices: readonly Slice[];
}

/** So many slices of a metric are looked at. */
const SLICES_LIMIT = 2000;

/**
 * Those with runs enough to be tested first, the largest of them first, whatever their family is: 2,300 scenarios of four runs
 * must not take the place of every model and tool. Counts decide, never outcomes.
 */
export function chooseSlices(families: readonly Family[]): {
  readonly families: readonly Family[];
  /** Slices that are not looked at. */
  readonly leftOut: number;
} {
  const all = families.flatMap(({ slices }) => slices);
  if (all.length <= SLICES_LIMIT) return { families, leftOut: 0 };
  const enough = new Set(all.filter(hasEnough));
  const order = all.toSorted(
    (left, right) =>
      Number(enough.has(right)) - Number(enough.has(left)) || right.runs.length - left.runs.length,
  );
  const chosen = new Set(order.slice(0, SLICES_LIMIT));
  return {
    families: families.map(({ kind, slices }) => ({
      kind,
      slices: slices.filter((slice) => chosen.has(slice)),
    })),
    leftOut: all.length - SLICES_LIMIT,
  };
}

function hasEnough({ runs }: Slice): boolean {
  const baseline = runs.filter(({ window }) => window === 'baseline').length;
  return Math.min(baseline, runs.length - baseline) >= RUNS_NEEDED;
}

/** How strictly a metric is judged. */
export interface JudgingOptions {
  readonly budget: number;
  /** Points of a rate, percent of a value. */
  readonly floor: number;
  /** Whether both windows have days or jobs enough to tell how they differ. */
  readonly hasGroups: boolean;
  readonly useOf: LookAtUse;
}

/** Judges a metric that has a budget. */
export function judgeMetric(
  metric: Metric,
  families: readonly Family[],
  { budget, floor, hasGroups, useOf }: JudgingOptions,
): readonly JudgedSlice[] {
  const measured = families.map(({ kind, slices }) => ({
    kind,
    rows: slices.map((slice) => measureRow(metric, slice, hasGroups, useOf)),
  }));
  const budgets = familyBudgets(
    budget,
    measured.map(({ kind, rows }) => ({ kind, tests: rows.filter(isTested).length })),
  );
  return measured.flatMap(({ rows }, index) => judgeFamily(metric, rows, budgets[index] ?? 0, floor));
}

/** A metric that is shown only. */
export function showMetric(metric: Metric, slice: Slice, hasGroups: boolean): JudgedSlice {
  const measured = measureSlice(metric, slice.runs, slice.tool, hasGroups);
  const verdict = measured.change === undefined ? 'not_comparable' : 'shown';
  return { metric, slice, measured, verdict, pAdjusted: undefined, level: undefined, use: undefined };
}

interface Row {
  readonly slice: Slice;
  readonly measured: Measured;
  readonly before: Verdict | undefined;
  readonly use: UseChange | undefined;
}

function isTested({ before }: Row): boolean {
  return before === undefined;
}

function measureRow(metric: Metric, slice: Slice, hasGroups: boolean, useOf: LookAtUse): Row {
  const measured = measureSlice(metric, slice.runs, slice.tool, hasGroups);
  const suspects = { baseline: 0, current: 0 };
  for (const { run, window } of slice.runs) if (run.suspectDuration !== undefined) suspects[window] += 1;
  const before = verdictBeforeTest(metric, measured, suspects);
  const use = before === undefined ? useOf(slice) : undefined;
  return { slice, measured, before: use === undefined ? before : 'use_changed', use };
}

function judgeFamily(
  metric: Metric,
  rows: readonly Row[],
  budget: number,
  floor: number,
): readonly JudgedSlice[] {
  const tested = rows.filter(isTested);
  const worse = benjaminiHochberg(tested.map(({ measured }) => measured.change?.p.worse ?? 1));
  const better = benjaminiHochberg(tested.map(({ measured }) => measured.change?.p.better ?? 1));
  const level = tested.length === 0 ? undefined : budget / tested.length;
  return rows.map((row): JudgedSlice => {
    const { slice, measured, before, use } = row;
    const untested = { metric, slice, measured, use, pAdjusted: undefined, level: undefined };
    if (before !== undefined || measured.change === undefined)
      return { ...untested, verdict: before ?? 'not_comparable' };
    const index = tested.indexOf(row);
    const pAdjusted = { worse: worse[index] ?? 1, better: better[index] ?? 1 };
    const is = (side: 'worse' | 'better'): boolean =>
      measured.change !== undefined &&
      pAdjusted[side] <= budget &&
      reachesFloor(metric, measured.change, floor, side);
    const verdict = is('worse') ? 'degraded' : is('better') ? 'improved' : 'no_difference';
    return { metric, slice, measured, verdict, pAdjusted, level, use };
  });
}
