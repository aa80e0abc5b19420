/** A selection of runs: `project=checkout&model=m1&tag.release=1.4&from=2026-01-01&to=2026-01-08`. */
import { parseTime } from '../event/parse-time.ts';
import type { AgentRun } from '../facts/agent-run.ts';
import { DIMENSION_RULE, isDimension, valuesOf } from './dimensions.ts';

/** A filter. A key that is repeated means any of its values; keys go together. */
export interface Selection {
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Dimensions of which a run has no value. */
  readonly without: readonly string[];
  /** The start of a run is at or after this. */
  readonly fromUnixMs: number | undefined;
  /** The start of a run is before this. */
  readonly toUnixMs: number | undefined;
}

/** A selection, or what is wrong with its text. */
export type ParsedSelection =
  | { readonly kind: 'selection'; readonly selection: Selection }
  | { readonly kind: 'fault'; readonly message: string };

/** Every run. */
export const EVERYTHING: Selection = {
  values: new Map(),
  without: [],
  fromUnixMs: undefined,
  toUnixMs: undefined,
};

/** Parses `key=value&key=value`; `+` is a plus, `%26` an ampersand. */
export function parseSelection(text: string): ParsedSelection {
  const values = new Map<string, string[]>();
  const without: string[] = [];
  const times = new Map<string, number>();
  for (const part of text.split('&').filter((each) => each !== '')) {
    const [key, value] = [decoded(part.split('=', 1)[0] ?? ''), decoded(part.slice(part.indexOf('=') + 1))];
    if (!part.includes('=') || key === undefined || value === undefined || value === '')
      return fault(`a part of the selection is ${JSON.stringify(part)}; allowed is key=value`);
    if (key === 'from' || key === 'to') {
      const time = parseTime(/^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00Z` : value);
      if (time === undefined || times.has(key))
        return fault(
          `${key} is ${JSON.stringify(value)}; allowed is one day or time, as 2026-01-31 or 2026-01-31T12:00:00Z`,
        );
      times.set(key, time);
    } else if (key === 'without') {
      if (!isDimension(value))
        return fault(`without is ${JSON.stringify(value)}; allowed are ${DIMENSION_RULE}`);
      without.push(value);
    } else if (isDimension(key)) values.set(key, [...(values.get(key) ?? []), value]);
    else
      return fault(
        `the selection names ${JSON.stringify(key)}; allowed are ${DIMENSION_RULE}, without, from and to`,
      );
  }
  return {
    kind: 'selection',
    selection: { values, without, fromUnixMs: times.get('from'), toUnixMs: times.get('to') },
  };
}

/** The text of a selection; parsing it gives the same selection. */
export function formatSelection({ values, without, fromUnixMs, toUnixMs }: Selection): string {
  const parts = [...values].flatMap(([key, each]) =>
    each.map((value) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`),
  );
  parts.push(...without.map((dimension) => `without=${encodeURIComponent(dimension)}`));
  if (fromUnixMs !== undefined) parts.push(`from=${new Date(fromUnixMs).toISOString()}`);
  if (toUnixMs !== undefined) parts.push(`to=${new Date(toUnixMs).toISOString()}`);
  return parts.join('&');
}

/** Whether a run belongs to a selection. A run without a start has no place in time. */
export function isSelected(run: AgentRun, { values, without, fromUnixMs, toUnixMs }: Selection): boolean {
  const start = run.startUnixMs;
  if (fromUnixMs !== undefined && !(start !== undefined && start >= fromUnixMs)) return false;
  if (toUnixMs !== undefined && !(start !== undefined && start < toUnixMs)) return false;
  if (without.some((dimension) => valuesOf(run, dimension).length > 0)) return false;
  return [...values].every(([key, allowed]) => valuesOf(run, key).some((value) => allowed.includes(value)));
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function fault(message: string): ParsedSelection {
  return { kind: 'fault', message };
}
