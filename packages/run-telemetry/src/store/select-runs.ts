/** Selections as SQL, and the runs of one. What is selected is what `isSelected` selects. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { AgentRun } from '../facts/agent-run.ts';
import type { Selection } from '../selection/selection.ts';
import type { RunStore } from './open-run-store.ts';
import { runOfRow } from './run-rows.ts';
import type { RunTables } from './tables.ts';

/** Dimensions of which a run has one value. */
type ColumnDimension = 'project' | 'scenario' | 'model' | 'provider' | 'agent' | 'agent_version' | 'group';

/** Columns of `runs` by the dimension that they hold. */
export const RUN_COLUMNS: Readonly<Record<ColumnDimension, keyof RunTables['runs'] & string>> = {
  project: 'project',
  scenario: 'scenario',
  model: 'model',
  provider: 'provider',
  agent: 'agent',
  agent_version: 'agent_version',
  group: 'run_group',
};

/** Whether a dimension has a column. */
export function hasColumn(dimension: string): dimension is ColumnDimension {
  return Object.hasOwn(RUN_COLUMNS, dimension);
}

function columnOf(dimension: ColumnDimension): 'runs.project' {
  // Kysely knows columns by their literal names; all of these are texts that may be missing.
  return `runs.${RUN_COLUMNS[dimension]}` as 'runs.project';
}

/** What a run must be. */
export function selectedBy(
  build: ExpressionBuilder<RunTables, 'runs'>,
  { values, without, fromUnixMs, toUnixMs }: Selection,
): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [sql<SqlBool>`1 = 1`];
  if (fromUnixMs !== undefined) conditions.push(build('runs.started_ms', '>=', fromUnixMs));
  if (toUnixMs !== undefined) conditions.push(build('runs.started_ms', '<', toUnixMs));
  for (const [dimension, allowed] of values) conditions.push(hasValue(build, dimension, allowed));
  for (const dimension of without) conditions.push(hasNoValue(build, dimension));
  return build.and(conditions);
}

function hasValue(
  build: ExpressionBuilder<RunTables, 'runs'>,
  dimension: string,
  allowed: readonly string[],
): Expression<SqlBool> {
  if (hasColumn(dimension)) return build(columnOf(dimension), 'in', [...allowed]);
  if (dimension === 'tool') {
    const used = build
      .selectFrom('run_tools')
      .select('run_tools.run_number')
      .where('tool', 'in', [...allowed]);
    return build('runs.run_number', 'in', used);
  }
  const labelled = build
    .selectFrom('run_labels')
    .select('run_labels.run_number')
    .where('name', '=', dimension)
    .where('value', 'in', [...allowed]);
  return build('runs.run_number', 'in', labelled);
}

/** With `not exists`: PostgreSQL looks through a `not in` of more rows than it hashes in memory again for each run. */
function hasNoValue(build: ExpressionBuilder<RunTables, 'runs'>, dimension: string): Expression<SqlBool> {
  if (hasColumn(dimension)) return build(columnOf(dimension), 'is', null);
  if (dimension === 'tool') {
    const used = build
      .selectFrom('run_tools')
      .select('run_tools.run_number')
      .whereRef('run_tools.run_number', '=', 'runs.run_number');
    return build.not(build.exists(used));
  }
  const labelled = build
    .selectFrom('run_labels')
    .select('run_labels.run_number')
    .whereRef('run_labels.run_number', '=', 'runs.run_number')
    .where('name', '=', dimension);
  return build.not(build.exists(labelled));
}

/** Reads the facts of a selection, by run id. */
export async function readRuns(
  { kysely }: Pick<RunStore, 'kysely'>,
  selection: Selection,
): Promise<readonly AgentRun[]> {
  const rows = await kysely
    .selectFrom('runs')
    .selectAll('runs')
    .where((build) => selectedBy(build, selection))
    .execute();
  return byId(rows.map(runOfRow));
}

/** In the order in which a fold gives them: databases sort texts each in their own way. */
function byId(runs: readonly AgentRun[]): readonly AgentRun[] {
  return runs.toSorted((left, right) => (left.runId < right.runId ? -1 : 1));
}
