/** Slices: the runs of a value of a dimension, or of a pair of values. */
import { type LimitedDimension, limitDimension } from '../selection/dimension-limits.ts';
import type { PlacedRun } from './strata.ts';

/** Dimensions of slices: one name, or two of which the second may be `tool`. */
export type SliceBy = readonly [string] | readonly [string, string];

/** Runs that are looked at together. */
export interface Slice {
  /** `all`, `model` or `model*tool`. */
  readonly dimension: string;
  /** `m1`, or `m1 × search`; empty for all runs. */
  readonly value: string;
  /** What the runs used by their own choice, where that makes the slice. */
  readonly tool: string | undefined;
  readonly runs: readonly PlacedRun[];
  /** With a tool: all runs that could have used it. */
  readonly choosers: readonly PlacedRun[];
}

/** Every run as one slice. */
export function wholeSlice(runs: readonly PlacedRun[]): Slice {
  return { dimension: 'all', value: '', tool: undefined, runs, choosers: runs };
}

/** Dimensions by their names, each with the values that are looked at. */
export type LimitedDimensions = ReadonlyMap<string, LimitedDimension>;

/** The dimensions of these slices, limited over all runs. */
export function limitDimensions(runs: readonly PlacedRun[], by: readonly SliceBy[]): LimitedDimensions {
  const all = runs.map(({ run }) => run);
  return new Map([...new Set(by.flat())].map((dimension) => [dimension, limitDimension(all, dimension)]));
}

/** All slices of a dimension, the largest first. */
export function slicesBy(
  runs: readonly PlacedRun[],
  by: SliceBy,
  dimensions: LimitedDimensions,
): readonly Slice[] {
  const [first, second] = by;
  const groupBy = (within: readonly PlacedRun[], dimension: string): Groups =>
    groupByValues(within, dimensions.get(dimension));
  const firsts = groupBy(runs, first).map(([value, within]): Slice => {
    const tool = first === 'tool' ? value : undefined;
    return { dimension: first, value, tool, runs: within, choosers: tool === undefined ? within : runs };
  });
  // Of search × m1 the runs of m1 had the choice, those of m2 had not.
  const bySecond = new Map(first === 'tool' && second !== undefined ? groupBy(runs, second) : []);
  const slices =
    second === undefined
      ? firsts
      : firsts.flatMap((outer) =>
          groupBy(outer.runs, second).map(([value, within]): Slice => {
            const tool = second === 'tool' ? value : outer.tool;
            const choosers = second === 'tool' ? outer.runs : bySecond.get(value);
            return {
              dimension: `${first}*${second}`,
              value: `${outer.value} × ${value}`,
              tool,
              runs: within,
              choosers: tool === undefined || choosers === undefined ? within : choosers,
            };
          }),
        );
  return [...slices].sort(
    (left, right) => right.runs.length - left.runs.length || (left.value < right.value ? -1 : 1),
  );
}

type Groups = readonly (readonly [string, readonly PlacedRun[]])[];

function groupByValues(runs: readonly PlacedRun[], dimension: LimitedDimension | undefined): Groups {
  const groups = new Map<string, PlacedRun[]>();
  for (const placed of runs) {
    for (const value of dimension?.valuesOf(placed.run) ?? []) {
      const group = groups.get(value);
      if (group === undefined) groups.set(value, [placed]);
      else group.push(placed);
    }
  }
  return [...groups];
}
