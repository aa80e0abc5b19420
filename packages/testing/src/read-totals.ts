import { type Batch, parseBatches } from './batch.ts';
import { MalformedBody } from './json-reader.ts';
import { type Totals, totalsOf } from './totals.ts';

/** What a text of OTLP JSON Lines holds. */
export interface Lines {
  readonly batches: readonly Batch[];
  /** Lines that are not a readable request, with the reason: a process killed while writing leaves one at the end. */
  readonly unreadable: readonly { readonly line: string; readonly reason: string }[];
}

/** Reads OTLP JSON Lines (one request a line, as in spool files); empty lines are nothing. */
export function readLines(text: string): Lines {
  const batches: Batch[] = [];
  const unreadable: { line: string; reason: string }[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    try {
      batches.push(...parseBatches(line));
    } catch (error) {
      if (!(error instanceof MalformedBody)) throw error;
      unreadable.push({ line, reason: error.message });
    }
  }
  return { batches, unreadable };
}

/**
 * The totals of OTLP JSON Lines.
 *
 * @throws {Error} when a line is unreadable; `readLines` gives such lines as data.
 * @example
 * import { deepEqual } from 'node:assert/strict';
 * import { readTotals } from '@ephemetry/testing';
 *
 * const dataPoints = [{ asInt: '3', startTimeUnixNano: '1', timeUnixNano: '2' }];
 * const metric = { name: 'runs_total', sum: { dataPoints, aggregationTemporality: 1, isMonotonic: true } };
 * const line = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
 * deepEqual(readTotals(`${line}\n`).counters, { runs_total: { '': 3 } });
 */
export function readTotals(text: string): Totals {
  const { batches, unreadable } = readLines(text);
  const [first] = unreadable;
  if (first !== undefined)
    throw new Error(`${unreadable.length} unreadable lines; the first: ${first.reason}`);
  return totalsOf(batches);
}
