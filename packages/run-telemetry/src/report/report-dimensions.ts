/** What a report is sliced by, as SQL: one value of each run, except for tools, of which a run has several. */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { OTHER, valuesLimit } from '../selection/dimension-limits.ts';
import type { Selection } from '../selection/selection.ts';
import { anyText } from '../store/number-list.ts';
import { hasColumn, RUN_COLUMNS, selectedBy } from '../store/select-runs.ts';
import type { RunTables } from '../store/tables.ts';

/** A dimension of a report. */
export interface ReportDimension {
  readonly name: string;
  /** The values that are told apart; undefined where none is sliced as `other`. */
  readonly kept: readonly string[] | undefined;
  /** How many values are sliced as `other`. */
  readonly others: number;
}

/** Looks which values of a dimension are told apart among the runs of a selection: the first ones that came. */
export async function reportDimension(
  kysely: Kysely<RunTables>,
  name: string,
  where: Selection,
): Promise<ReportDimension> {
  const limit = valuesLimit(name);
  const chosen = kysely
    .selectFrom('runs')
    .select('run_number')
    .where((build) => selectedBy(build, where));
  // A tag may have a million values: they are counted where they are.
  const { rows } = await sql<{ value: string; known: number }>`select value, count(*) over () as known
    from (select value, min(run_number) as began from (${valuesOf(name)}) as each_value
      where value is not null and run_number in (${chosen}) group by value) as grouped
    order by began, value limit ${limit}`.execute(kysely);
  const others = (rows[0]?.known ?? 0) - rows.length;
  return others > 0
    ? { name, kept: rows.map(({ value }) => value), others }
    : { name, kept: undefined, others: 0 };
}

/** Rows of run and value. */
function valuesOf(name: string): RawBuilder<unknown> {
  if (hasColumn(name))
    return sql`select run_number, ${sql.ref(RUN_COLUMNS[name])} as value from ${sql.table('runs')}`;
  if (name === 'tool') return sql`select run_number, tool as value from ${sql.table('run_tools')}`;
  return sql`select run_number, value from ${sql.table('run_labels')} where name = ${name}`;
}

/** The value of a run, in a query over `runs`; undefined for tools. */
export function valueOfRun(dimension: ReportDimension): RawBuilder<string | null> | undefined {
  const { name } = dimension;
  if (name === 'tool') return undefined;
  const value = hasColumn(name)
    ? sql<string | null>`${sql.ref(`runs.${RUN_COLUMNS[name]}`)}`
    : sql<string | null>`(select value from ${sql.table('run_labels')} as label
        where label.run_number = runs.run_number and label.name = ${name})`;
  return keptOrOther(value, dimension);
}

/** A value, or `other`. */
export function keptOrOther(
  value: RawBuilder<string | null>,
  { kept }: ReportDimension,
): RawBuilder<string | null> {
  if (kept === undefined) return value;
  return sql`case when ${value} is null or ${value} in ${anyText(kept)} then ${value} else ${OTHER} end`;
}
