/** Whole numbers and durations. */
import { shown } from '../given.ts';
import type { Shape } from './shape.ts';

/** A whole number within limits. */
export function wholeNumber(least: number, most: number): Shape<number> {
  return {
    schema: { type: 'integer', minimum: least, maximum: most },
    read: (given, place, refuse) => {
      const value = given.kind === 'scalar' ? given.value : undefined;
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
        return value;
      }
      const allowed = `a whole number from ${least} to ${most}`;
      refuse({ line: given.line, place, problem: `is ${shown(given)}`, allowed });
      return undefined;
    },
  };
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const DURATION = '[0-9]{1,9}(ms|s|m|h|d)';
const DURATION_EXPRESSION = new RegExp(`^${DURATION}$`);

/** A duration such as `26h`, in milliseconds, within limits that are written the same way. */
export function durationMs(least: string, most: string): Shape<number> {
  const [leastMs, mostMs] = [requireMs(least), requireMs(most)];
  return {
    schema: { type: 'string', pattern: `^${DURATION}$` },
    read: (given, place, refuse) => {
      const value = given.kind === 'scalar' ? given.value : undefined;
      const ms = typeof value === 'string' ? parseMs(value) : undefined;
      if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms;
      const allowed = `a whole number with ms, s, m, h or d, from ${least} to ${most}`;
      refuse({ line: given.line, place, problem: `is ${shown(given)}`, allowed });
      return undefined;
    },
  };
}

function parseMs(text: string): number | undefined {
  const unit = UNIT_MS.get(DURATION_EXPRESSION.exec(text)?.[1] ?? '');
  return unit === undefined ? undefined : Number.parseInt(text, 10) * unit;
}

function requireMs(text: string): number {
  const ms = parseMs(text);
  if (ms === undefined) throw new TypeError(`${text} is no duration`);
  return ms;
}
