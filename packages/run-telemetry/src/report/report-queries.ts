/** The queries of a report, over runs that are chosen once with their slices. */
import { expressionBuilder, type RawBuilder, sql } from 'kysely';
import type { Selection } from '../selection/selection.ts';
import { stepOrigin } from '../selection/time-steps.ts';
import { anyText } from '../store/number-list.ts';
import { selectedBy } from '../store/select-runs.ts';
import type { RunTables } from '../store/tables.ts';
import { keptOrOther, type ReportDimension, valueOfRun } from './report-dimensions.ts';

interface SlicedTool {
  readonly dimension: ReportDimension;
  readonly column: string;
  /** The tools of the selection: a run that used one of these used others as well, which nobody asked for. */
  readonly asked: readonly string[] | undefined;
}

/** The chosen runs, and the columns of their slices: `d0`, `d1` …, and `step`. */
export interface Slices {
  readonly dimensions: readonly ReportDimension[];
  readonly chosen: RawBuilder<unknown>;
  /** Of the tool, which is a value of a call and not of a run. */
  readonly tool: SlicedTool | undefined;
  readonly columns: readonly string[];
}

/** Chooses the runs of a question. */
export function slicesOf(
  dimensions: readonly ReportDimension[],
  where: Selection,
  stepMs: number | undefined,
): Slices {
  const named = dimensions.map((dimension, index) => ({ dimension, column: `d${index}` }));
  const slicedTool = named.find(({ dimension }) => dimension.name === 'tool');
  const tool = slicedTool && { ...slicedTool, asked: where.values.get('tool') };
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
  const origin = stepOrigin(stepMs);
  return sql`floor((runs.started_ms - ${origin}) / ${stepMs}) * ${stepMs} + ${origin}`;
}

/** A row of any of the queries: the columns of its slice, and numbers. */
export type SliceRow = Readonly<Record<string, unknown>>;

/** Counts and sums of a slice. */
export interface Counts extends SliceRow {
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
export function countsQuery(slices: Slices): RawBuilder<Counts> {
  const { chosen, tool } = slices;
  const tools =
    tool === undefined
      ? sql`select run_number, sum(calls) as calls, sum(failed) as failed from ${sql.table('run_tools')} group by run_number`
      : usedTools(tool);
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

/** A value at a place that a quantile asks for; the first of the values that are not known is at place 1. */
export interface QuantileRow extends SliceRow {
  readonly value: number;
  readonly run_id: string;
  readonly place: number;
  readonly n: number;
}

/** How long finished runs took. */
export function runQuantiles(slices: Slices): RawBuilder<QuantileRow> {
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

/** How long calls took. */
export function callQuantiles(slices: Slices, type: string): RawBuilder<QuantileRow> {
  const { chosen, tool } = slices;
  const column =
    tool === undefined ? sql`` : sql`, ${keptOrOther(sql`tool`, tool.dimension)} as ${sql.ref(tool.column)}`;
  const isAsked = tool === undefined ? sql`1 = 1` : isOfSlice(tool, 'each_call.tool', 'each_call.run_number');
  return quantiles(
    slices,
    chosen,
    sql`select ${columnsOf(slices)} chosen.run_number, called.duration_ms as value from chosen
      join (select run_number, duration_ms${column} from ${sql.table('calls')} as each_call
        where type = ${type} and ${isAsked}) as called
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

/** One row for each run and tool, also where several tools are `other`. */
function usedTools(tool: SlicedTool): RawBuilder<unknown> {
  const { dimension, column, asked } = tool;
  const isAsked = asked === undefined ? sql`1 = 1` : sql`tool in ${anyText(asked)}`;
  return sql`select run_number, sum(calls) as calls, sum(failed) as failed, ${sql.ref(column)} from (
      select run_number, calls, failed, ${keptOrOther(sql`tool`, dimension)} as ${sql.ref(column)}
      from ${sql.table('run_tools')} where ${isAsked}) as named
    group by run_number, ${sql.ref(column)}`;
}

/** Failures of a class in a slice. */
export interface FailureRow extends SliceRow {
  readonly class: string;
  readonly count: number;
}

/** Failures by class; of a slice by tool those of its calls, and where a run used no tool all of them. */
export function failureCounts(slices: Slices): RawBuilder<FailureRow> {
  const { chosen, tool } = slices;
  return sql<FailureRow>`with chosen as ${chosen}
    select ${columnsOf(slices)} class, count(*) as count from chosen
    join (${tool === undefined ? sql`select run_number, class from ${sql.table('failures')}` : failuresOfTools(tool)}) as failed
      on failed.run_number = chosen.run_number
    group by ${sql.join([...slices.columns.map((each) => sql.ref(each)), sql`class`])}`;
}

function failuresOfTools(tool: SlicedTool): RawBuilder<unknown> {
  return sql`select step.run_number, step.class, ${keptOrOther(sql`used.tool`, tool.dimension)} as ${sql.ref(tool.column)}
    from ${sql.table('failures')} as step
    left join ${sql.table('run_tools')} as used on used.run_number = step.run_number and used.tool = step.place
    where ${isOfSlice(tool, 'used.tool', 'step.run_number')}`;
}

/** What has no tool belongs to a slice only where its run used none: the others are in the slices of their tools. */
function isOfSlice(tool: SlicedTool, column: string, run: string): RawBuilder<boolean> {
  if (tool.asked !== undefined) return sql`${sql.ref(column)} in ${anyText(tool.asked)}`;
  return sql`(${sql.ref(column)} is not null or not exists
    (select 1 from ${sql.table('run_tools')} as any_tool where any_tool.run_number = ${sql.ref(run)}))`;
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
