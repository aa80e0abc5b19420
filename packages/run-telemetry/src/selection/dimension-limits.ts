/** How many values of a dimension are looked at by themselves: what is beyond is sliced as `other`, and named. */
import type { AgentRun } from '../facts/agent-run.ts';
import { valuesOf } from './dimensions.ts';

/** What values beyond the limit are called. They are stored as they are, and may be filtered by. */
export const OTHER = 'other';
const LIMITS: Readonly<Record<string, number>> = { model: 100, tool: 500, scenario: 5000 };
/** Of any other dimension, also of each tag. */
const VALUES_LIMIT = 1000;
const TAG_KEYS_LIMIT = 20;
const NAMED = 5;

/** So many values of a dimension are told apart. */
export function valuesLimit(dimension: string): number {
  return LIMITS[dimension] ?? VALUES_LIMIT;
}

/** A dimension of these runs, with as many values as are looked at. */
export interface LimitedDimension {
  readonly valuesOf: (run: AgentRun) => readonly string[];
  /** A sentence that names what is beyond; undefined where nothing is. */
  readonly warning: string | undefined;
}

/** Keeps the values with most runs. Counts decide, never outcomes. */
export function limitDimension(runs: readonly AgentRun[], dimension: string): LimitedDimension {
  if (isBeyondTags(runs, dimension))
    return {
      valuesOf: (run) => (valuesOf(run, dimension).length > 0 ? [OTHER] : []),
      warning: `${dimension} is none of the ${TAG_KEYS_LIMIT} most frequent tags: all its values are sliced as ${OTHER}`,
    };
  const counts = new Map<string, number>();
  for (const run of runs)
    for (const value of valuesOf(run, dimension)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const limit = valuesLimit(dimension);
  if (counts.size <= limit) return { valuesOf: (run) => valuesOf(run, dimension), warning: undefined };
  const order = [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  const kept = new Set(order.slice(0, limit).map(([value]) => value));
  const beyond = order.slice(limit).map(([value]) => value);
  return {
    valuesOf: (run) => [
      ...new Set(valuesOf(run, dimension).map((value) => (kept.has(value) ? value : OTHER))),
    ],
    warning: `${dimension} has ${counts.size} values, and ${limit} are looked at: ${namedOf(beyond)} ${beyond.length === 1 ? 'is' : 'are'} sliced as ${OTHER}`,
  };
}

function namedOf(values: readonly string[]): string {
  const more = values.length - NAMED;
  return `${values.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function isBeyondTags(runs: readonly AgentRun[], dimension: string): boolean {
  if (!dimension.startsWith('tag.')) return false;
  const counts = new Map<string, number>();
  for (const { tags } of runs)
    for (const key of Object.keys(tags)) counts.set(key, (counts.get(key) ?? 0) + 1);
  if (counts.size <= TAG_KEYS_LIMIT) return false;
  const order = [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return !order.slice(0, TAG_KEYS_LIMIT).some(([key]) => `tag.${key}` === dimension);
}
