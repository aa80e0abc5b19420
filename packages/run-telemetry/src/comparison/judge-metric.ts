/** One metric over all its slices: measured, tested in families, judged. */
import { benjaminiHochberg } from '@ephemetry/statistics';
import { type FamilySize, familyBudgets } from './budget.ts';
import { type Measured, measureSlice } from './measure-slice.ts';
import type { Metric } from './metrics.ts';
import type { Slice } from './slices.ts';
import type { LookAtUse, UseChange } from './use-change.ts';
import { reachesFloor, type Verdict, verdictBeforeTest } from './verdict.ts';

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

/** So many slices of a metric are tested, the largest first. */
export const TESTED_SLICES = 2000;

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
  let left = TESTED_SLICES;
  const measured = families.map(({ kind, slices }) => {
    const rows = slices.slice(0, left).map((slice) => measureRow(metric, slice, hasGroups, useOf));
    left -= rows.length;
    return { kind, rows };
  });
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
  const suspects = slice.runs.filter(({ run }) => run.suspectDuration !== undefined).length;
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
