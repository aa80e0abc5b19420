/**
 * Reads a report. The runs of the question are chosen once, with their slices, and each kind of number is a query over them:
 *
 *     runs ─ selection, slices, time steps ─▶ chosen ─┬─▶ counts, sums, shares
 *                                                     ├─▶ quantiles of runs, model calls, tool calls
 *                                                     └─▶ failures by class
 */
import { wilsonInterval } from '@ephemetry/statistics';
import { expressionBuilder, type RawBuilder, sql } from 'kysely';
import { isFailureClass } from '../failure/failure-class.ts';
import { EVERYTHING, formatSelection, type Selection } from '../selection/selection.ts';
import type { RunStore } from '../store/open-run-store.ts';
import { selectedBy } from '../store/select-runs.ts';
import type { RunTables } from '../store/tables.ts';
import type { Latency, ObservedQuantile, Report, ReportQuestion, ReportRate, ReportRow } from './report.ts';
import {
  keptOrOther,
  OTHER,
  type ReportDimension,
  reportDimension,
  valueOfRun,
} from './report-dimensions.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The first Monday after 1970 began. */
const MONDAY_MS = 4 * DAY_MS;

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

/** The chosen runs, and the columns of their slices: `d0`, `d1` …, and `step`. */
interface Slices {
  readonly dimensions: readonly ReportDimension[];
  readonly chosen: RawBuilder<unknown>;
  /** Of the tool, which is a value of a call and not of a run. */
  readonly tool: { readonly dimension: ReportDimension; readonly column: string } | undefined;
  readonly columns: readonly string[];
}

function slicesOf(
  dimensions: readonly ReportDimension[],
  where: Selection,
  stepMs: number | undefined,
): Slices {
  const named = dimensions.map((dimension, index) => ({ dimension, column: `d${index}` }));
  const tool = named.find(({ dimension }) => dimension.name === 'tool');
  const ofRuns = named.flatMap(({ dimension, column }) => {
    const value = valueOfRun(dimension);
    return value === undefined ? [] : [sql`${value} as ${sql.ref(column)}`];
  });
  const step = stepMs === undefined ? [] : [sql`${stepOf(stepMs)} as step`];
  const more = [...ofRuns, ...step].map((column) => sql`, ${column}`);
  const chosen = sql`(select runs.run_number, runs.state, runs.success, runs.duration_ms, runs.suspect_said_ms, runs.tokens,
    runs.cost_usd, runs.tool_calls${sql.join(more, sql``)} from ${sql.table('runs')} as runs where ${selectedBy(expressionBuilder<RunTables, 'runs'>(), where)})`;
  return {
    dimensions,
    chosen,
    tool,
    columns: [...named.map(({ column }) => column), ...(stepMs === undefined ? [] : ['step'])],
  };
}

/** The begin of the step that a run's start lies in. */
function stepOf(stepMs: number): RawBuilder<number | null> {
  const origin = stepMs % WEEK_MS === 0 ? MONDAY_MS : 0;
  return sql`floor((runs.started_ms - ${origin}) / ${stepMs}) * ${stepMs} + ${origin}`;
}

/** A row of any of the queries: the columns of its slice, and numbers. */
type SliceRow = Readonly<Record<string, unknown>>;

interface Counts extends SliceRow {
  readonly runs: number;
  readonly finished: number;
  readonly cancelled: number;
  readonly unfinished: number;
  readonly success_known: number;
  readonly succeeded: number;
  readonly duration_known: number;
  readonly duration_suspect: number;
  readonly tokens: number | null;
  readonly tokens_known: number;
  readonly cost: number | null;
  readonly cost_known: number;
  readonly tool_calls: number | null;
  readonly tool_used: number;
  readonly tool_failed: number;
}

/** Of a slice by tool a run counts once for each tool that it used; one without tools has no tool. */
function countsQuery(slices: Slices): RawBuilder<Counts> {
  const { chosen, tool } = slices;
  const tools =
    tool === undefined
      ? sql`select run_number, sum(calls) as calls, sum(failed) as failed from ${sql.table('run_tools')} group by run_number`
      : sql`select run_number, calls, failed, ${keptOrOther(sql`tool`, tool.dimension)} as ${sql.ref(tool.column)}
          from ${sql.table('run_tools')}`;
  return sql<Counts>`with chosen as ${chosen}
    select ${columnsOf(slices)} count(*) as runs,
      count(*) filter (where state = 'finished') as finished,
      count(*) filter (where state = 'cancelled') as cancelled,
      count(*) filter (where state = 'unfinished') as unfinished,
      count(success) filter (where state = 'finished') as success_known,
      count(*) filter (where state = 'finished' and success = 1) as succeeded,
      count(duration_ms) filter (where state = 'finished') as duration_known,
      count(suspect_said_ms) filter (where state = 'finished') as duration_suspect,
      sum(tokens) filter (where state = 'finished') as tokens,
      count(tokens) filter (where state = 'finished') as tokens_known,
      sum(cost_usd) filter (where state = 'finished') as cost,
      count(cost_usd) filter (where state = 'finished') as cost_known,
      sum(coalesce(used.calls, 0)) filter (where state = 'finished') as tool_calls,
      count(*) filter (where state = 'finished' and used.calls > 0) as tool_used,
      count(*) filter (where state = 'finished' and used.failed > 0) as tool_failed
    from chosen left join (${tools}) as used on used.run_number = chosen.run_number ${groupOf(slices)}`;
}

interface QuantileRow extends SliceRow {
  readonly value: number;
  readonly run_id: string;
  readonly place: number;
  readonly n: number;
}

function runQuantiles(slices: Slices): RawBuilder<QuantileRow> {
  const { chosen, tool } = slices;
  const used =
    tool === undefined
      ? sql``
      : sql`left join (${usedTools(tool)}) as used on used.run_number = chosen.run_number`;
  return quantiles(
    slices,
    chosen,
    sql`select ${columnsOf(slices)} chosen.run_number, duration_ms as value from chosen ${used} where state = 'finished'`,
  );
}

function callQuantiles(slices: Slices, type: string): RawBuilder<QuantileRow> {
  const { chosen, tool } = slices;
  const column =
    tool === undefined ? sql`` : sql`, ${keptOrOther(sql`tool`, tool.dimension)} as ${sql.ref(tool.column)}`;
  return quantiles(
    slices,
    chosen,
    sql`select ${columnsOf(slices)} chosen.run_number, called.duration_ms as value from chosen
      join (select run_number, duration_ms${column} from ${sql.table('calls')} where type = ${type}) as called
        on called.run_number = chosen.run_number`,
  );
}

/** Nearest rank, in whole numbers: the value at place p is the first that p % of the values do not exceed. */
function quantiles(
  slices: Slices,
  chosen: RawBuilder<unknown>,
  values: RawBuilder<unknown>,
): RawBuilder<QuantileRow> {
  const partition = sql.join([sql`(value is null)`, ...slices.columns.map((column) => sql.ref(column))]);
  const isAt = (percent: number): RawBuilder<boolean> =>
    sql`(place * 100 >= n * ${percent} and (place - 1) * 100 < n * ${percent})`;
  return sql<QuantileRow>`with chosen as ${chosen},
    valued as (${values}),
    ranked as (select *, row_number() over (partition by ${partition} order by value, run_number) as place,
      count(*) over (partition by ${partition}) as n from valued)
    select ${columnsOf(slices)} value, place, n, run_keys.run_id from ranked
    join ${sql.table('run_keys')} as run_keys on run_keys.number = ranked.run_number
    where case when value is null then place = 1 else ${isAt(50)} or ${isAt(95)} or ${isAt(99)} end`;
}

function usedTools({ dimension, column }: NonNullable<Slices['tool']>): RawBuilder<unknown> {
  return sql`select run_number, ${keptOrOther(sql`tool`, dimension)} as ${sql.ref(column)} from ${sql.table('run_tools')}`;
}

interface FailureRow extends SliceRow {
  readonly class: string;
  readonly count: number;
}

function failureCounts(slices: Slices): RawBuilder<FailureRow> {
  const { chosen, tool } = slices;
  const column =
    tool === undefined ? sql`` : sql`, ${keptOrOther(sql`place`, tool.dimension)} as ${sql.ref(tool.column)}`;
  return sql<FailureRow>`with chosen as ${chosen}
    select ${columnsOf(slices)} class, count(*) as count from chosen
    join (select run_number, class${column} from ${sql.table('failures')}) as failed
      on failed.run_number = chosen.run_number
    group by ${sql.join([...slices.columns.map((each) => sql.ref(each)), sql`class`])}`;
}

/** With a comma behind each. */
function columnsOf({ columns }: Slices): RawBuilder<unknown> {
  return sql.join(
    columns.map((column) => sql`${sql.ref(column)}, `),
    sql``,
  );
}

function groupOf({ columns }: Slices): RawBuilder<unknown> {
  return columns.length === 0 ? sql`` : sql`group by ${sql.join(columns.map((column) => sql.ref(column)))}`;
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
  return {
    values: Object.fromEntries(values),
    fromUnixMs: from,
    toUnixMs: to,
    selection: isTogether ? undefined : formatSelection(narrowed(where, values, from, to)),
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
