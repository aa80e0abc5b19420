/**
 * Reads a report. The runs of the question are chosen once, with their slices, and each kind of number is a query over them:
 *
 *     runs ─ selection, slices, time steps ─▶ chosen ─┬─▶ counts, sums, shares
 *                                                     ├─▶ quantiles of runs, model calls, tool calls
 *                                                     └─▶ failures by class
 */
import { wilsonInterval } from '@ephemetry/statistics';
import type { RawBuilder } from 'kysely';
import { isFailureClass } from '../failure/failure-class.ts';
import { OTHER } from '../selection/dimension-limits.ts';
import { EVERYTHING, formatSelection, type Selection } from '../selection/selection.ts';
import type { RunStore } from '../store/open-run-store.ts';
import type { Latency, ObservedQuantile, Report, ReportQuestion, ReportRate, ReportRow } from './report.ts';
import { reportDimension } from './report-dimensions.ts';
import {
  callQuantiles,
  countsQuery,
  failureCounts,
  type QuantileRow,
  runQuantiles,
  type SliceRow,
  type Slices,
  slicesOf,
} from './report-queries.ts';

/** Answers a question. */
export async function reportRuns({ kysely }: RunStore, question: ReportQuestion = {}): Promise<Report> {
  const { where = EVERYTHING, by = [], stepMs } = question;
  const dimensions = await Promise.all(by.map((name) => reportDimension(kysely, name, where)));
  const slices = slicesOf(dimensions, where, stepMs);
  const ask = async <Row>(query: RawBuilder<Row>): Promise<readonly Row[]> =>
    (await query.execute(kysely)).rows;
  const [counts, runs, modelCalls, toolCalls, failures] = [
    await ask(countsQuery(slices)),
    await ask(runQuantiles(slices)),
    slices.tool === undefined ? await ask(callQuantiles(slices, 'model.call')) : [],
    await ask(callQuantiles(slices, 'tool.call')),
    await ask(failureCounts(slices)),
  ];
  const quantiles = {
    runs: byKey(slices, runs),
    model: byKey(slices, modelCalls),
    tool: byKey(slices, toolCalls),
  };
  const failed = byKey(slices, failures);
  const rows = counts.map((row): ReportRow => {
    const key = keyOf(slices, row);
    const place = placeOf(slices, row, where, stepMs);
    return {
      ...place,
      runs: row.runs,
      states: { finished: row.finished, cancelled: row.cancelled, unfinished: row.unfinished },
      success: rateOf(row.succeeded, row.success_known, row.finished - row.success_known),
      duration: latencyOf(
        quantiles.runs.get(key) ?? [],
        row.finished - row.duration_known - row.duration_suspect,
        row.duration_suspect,
      ),
      modelCalls: latencyOf(quantiles.model.get(key) ?? []),
      toolCalls: latencyOf(quantiles.tool.get(key) ?? []),
      tokens: { sum: row.tokens ?? 0, n: row.tokens_known, unknown: row.finished - row.tokens_known },
      costUsd: { sum: row.cost ?? 0, n: row.cost_known, unknown: row.finished - row.cost_known },
      toolCallsOfRuns: { sum: row.tool_calls ?? 0, n: row.finished, unknown: 0 },
      toolFailure: rateOf(row.tool_failed, row.tool_used, row.finished - row.tool_used),
      failures: Object.fromEntries(
        (failed.get(key) ?? [])
          .filter((each) => isFailureClass(each.class))
          .map((each): [string, number] => [each.class, each.count]),
      ),
    };
  });
  return {
    rows: rows.toSorted(byStepAndSize),
    others: Object.fromEntries(
      dimensions.filter(({ others }) => others > 0).map(({ name, others }) => [name, others]),
    ),
  };
}

/** Time steps in their order; in each the slice with the most runs first. */
function byStepAndSize(left: ReportRow, right: ReportRow): number {
  const step = (left.fromUnixMs ?? 0) - (right.fromUnixMs ?? 0);
  const texts = [left, right].map(({ values }) => JSON.stringify(values));
  return step || right.runs - left.runs || ((texts[0] ?? '') < (texts[1] ?? '') ? -1 : 1);
}

function keyOf({ columns }: Slices, row: SliceRow): string {
  return JSON.stringify(columns.map((column) => row[column]));
}

function byKey<Row extends SliceRow>(
  slices: Slices,
  rows: readonly Row[],
): ReadonlyMap<string, readonly Row[]> {
  const grouped = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(slices, row);
    grouped.set(key, [...(grouped.get(key) ?? []), row]);
  }
  return grouped;
}

function placeOf(
  { dimensions }: Slices,
  row: SliceRow,
  where: Selection,
  stepMs: number | undefined,
): Pick<ReportRow, 'values' | 'fromUnixMs' | 'toUnixMs' | 'selection'> {
  const values = dimensions.map(({ name }, index): [string, string | null] => {
    const value = row[`d${index}`];
    return [name, typeof value === 'string' ? value : null];
  });
  const step = row['step'];
  const from = typeof step === 'number' ? step : undefined;
  const to = from === undefined || stepMs === undefined ? undefined : from + stepMs;
  const isTogether = dimensions.some(({ others }, index) => others > 0 && row[`d${index}`] === OTHER);
  // No selection names runs that have no place in time, and without one it would list those of every step.
  const isTimeless = stepMs !== undefined && from === undefined;
  return {
    values: Object.fromEntries(values),
    fromUnixMs: from,
    toUnixMs: to,
    selection: isTogether || isTimeless ? undefined : formatSelection(narrowed(where, values, from, to)),
  };
}

function narrowed(
  where: Selection,
  values: readonly (readonly [string, string | null])[],
  from: number | undefined,
  to: number | undefined,
): Selection {
  const known = values.filter((each): each is [string, string] => each[1] !== null);
  const without = values.filter(([, value]) => value === null).map(([name]) => name);
  return {
    values: new Map([...where.values, ...known.map(([name, value]): [string, string[]] => [name, [value]])]),
    without: [...new Set([...where.without, ...without])],
    fromUnixMs: latest(where.fromUnixMs, from),
    toUnixMs: earliest(where.toUnixMs, to),
  };
}

function latest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}

function earliest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}

function rateOf(hits: number, n: number, unknown: number): ReportRate {
  return { n, hits, interval: n === 0 ? undefined : wilsonInterval(hits, n), unknown };
}

/** @param suspect of the unknown ones, those whose unit is mistaken */
function latencyOf(rows: readonly QuantileRow[], unknownRuns?: number, suspect: number = 0): Latency {
  const known = rows.filter(({ value }) => value !== null);
  const n = known[0]?.n ?? 0;
  const at = (percent: number): ObservedQuantile | undefined => {
    const found = known.find(({ place }) => place * 100 >= n * percent);
    return found === undefined ? undefined : { value: found.value, runId: found.run_id };
  };
  known.sort((left, right) => left.place - right.place);
  const unknown = unknownRuns ?? rows.find(({ value }) => value === null)?.n ?? 0;
  return { n, unknown, suspect, p50: at(50), p95: at(95), p99: at(99) };
}
