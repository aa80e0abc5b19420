/**
 * Tables of agent runs, for DuckDB and PostgreSQL alike. What came is kept in the first ones; what follows from it, by a pure fold,
 * stands in the others and can be made again:
 *
 *     batches   run_keys   events   conflicts   refused   baselines   baseline_runs      what came, and what was asked for
 *                             │ fold
 *                             ▼
 *     runs   run_labels   calls   run_tools   failures   quality                         derived: a run has all of its rows or none
 */
import {
  type Columns,
  type ColumnType,
  type ColumnValues,
  type Migration,
  type Session,
  storableText,
} from '@ephemetry/store';

/** A column: its type, with `?` where a value may be unknown. */
type Column = ColumnType | `${ColumnType}?`;

const TABLES = {
  /** What was taken in at once. */
  batches: {
    id: 'text',
    source: 'text',
    received_ms: 'number',
    events: 'integer',
    duplicates: 'integer',
    conflicts: 'integer',
    refused: 'integer',
    secrets: 'integer',
  },
  /** A run's number stands for its id everywhere, and is never given again. */
  run_keys: {
    number: 'integer',
    run_id: 'text',
    /** Where the run itself does not say whether it succeeded. */
    success_rule: 'text?',
    /** How often it changed after it had ended, or while a baseline had it. */
    revision: 'integer',
    duplicates: 'integer',
  },
  events: {
    run_number: 'integer',
    seq: 'integer',
    event_type: 'text',
    stage: 'text?',
    status: 'text?',
    at_ms: 'number?',
    payload: 'text',
  },
  /** Another content under a known key: the first one stays, and counts. */
  conflicts: {
    run_number: 'integer',
    seq: 'integer',
    event_type: 'text',
    stage: 'text?',
    status: 'text?',
    at_ms: 'number?',
    payload: 'text',
    batch_id: 'text',
  },
  refused: { batch_id: 'text', line: 'integer', field: 'text', message: 'text' },
  baselines: {
    name: 'text',
    created_ms: 'number',
    selection: 'text',
    note: 'text?',
    digest: 'text',
    statistics: 'text',
  },
  baseline_runs: { baseline: 'text', run_number: 'integer', revision: 'integer' },
  /** What users say of a cluster. */
  cluster_states: {
    cluster: 'text',
    note: 'text?',
    owner: 'text?',
    muted_until_ms: 'number?',
    link: 'text?',
    merged_into: 'text?',
  },
  runs: {
    run_number: 'integer',
    run_id: 'text',
    producer: 'text?',
    project: 'text?',
    scenario: 'text?',
    trial: 'text?',
    model: 'text?',
    provider: 'text?',
    agent: 'text?',
    agent_version: 'text?',
    run_group: 'text?',
    started_ms: 'number?',
    state: 'text',
    success: 'integer?',
    duration_ms: 'number?',
    suspect_said_ms: 'number?',
    suspect_observed_ms: 'number?',
    tokens: 'number?',
    cost_usd: 'number?',
    model_calls: 'integer',
    tool_calls: 'integer',
    late: 'integer',
    gaps: 'integer',
    revision: 'integer',
    details: 'text',
  },
  /** `tag.NAME` and `config.NAME`. */
  run_labels: { run_number: 'integer', name: 'text', value: 'text' },
  calls: {
    run_number: 'integer',
    seq: 'integer',
    type: 'text',
    tool: 'text?',
    model: 'text?',
    duration_ms: 'number?',
    input_tokens: 'number?',
    output_tokens: 'number?',
    cost_usd: 'number?',
    failed: 'integer',
    cluster: 'text?',
  },
  run_tools: { run_number: 'integer', tool: 'text', calls: 'integer', failed: 'integer' },
  failures: {
    run_number: 'integer',
    /** -1 where no event failed, and the result was wrong. */
    seq: 'integer',
    cluster: 'text',
    class: 'text',
    place: 'text?',
    code: 'text?',
    template: 'text',
    is_primary: 'integer',
  },
  quality: { run_number: 'integer', kind: 'text', count: 'number' },
} as const;

type Tables = typeof TABLES;

type ValueOf<Kind> = Kind extends 'text'
  ? string
  : Kind extends 'text?'
    ? string | null
    : Kind extends `${string}?`
      ? number | null
      : number;

export type TableName = keyof Tables;
/** A row of a table. */
export type Row<Name extends TableName> = {
  readonly [Key in keyof Tables[Name]]: ValueOf<Tables[Name][Key]>;
};
/** All tables, for Kysely. */
export type RunTables = { readonly [Name in TableName]: Row<Name> };

/** Tables that are made of others. */
export const DERIVED_TABLES = ['runs', 'run_labels', 'calls', 'run_tools', 'failures', 'quality'] as const;
export type DerivedTable = (typeof DERIVED_TABLES)[number];

/** Writes rows, in large numbers. */
export async function appendRows<Name extends TableName>(
  session: Session,
  table: Name,
  rows: readonly Row<Name>[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.entries<Column>(TABLES[table]).map(([name, column]): [string, ColumnValues] => [
    name,
    {
      type: typeOf(column),
      values: rows.map((row) => storable((row as Readonly<Record<string, string | number | null>>)[name])),
    },
  ]);
  await session.append(table, Object.fromEntries(columns) satisfies Columns);
}

function storable(value: string | number | null | undefined): string | number | null {
  return typeof value === 'string' ? storableText(value) : (value ?? null);
}

function typeOf(column: Column): ColumnType {
  return column.replace('?', '') as ColumnType;
}

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  integer: 'bigint',
  number: 'double precision',
};

function tableSql(): string {
  return Object.entries<Readonly<Record<string, Column>>>(TABLES)
    .map(([name, columns]) => {
      const lines = Object.entries(columns).map(
        ([column, kind]) => `"${column}" ${TYPES[typeOf(kind)]}${kind.endsWith('?') ? '' : ' not null'}`,
      );
      return `create table ${name} (${lines.join(', ')});`;
    })
    .join('\n');
}

/**
 * PostgreSQL lets several write; DuckDB has one writer, which looks itself, and scans faster than it would keep an index. Texts that
 * runs say themselves are hashed: a B-tree refuses one of more than 2,700 bytes, and with it the whole batch.
 */
const INDEXES = `
create unique index batches_by_id on batches (id);
create unique index run_keys_by_id on run_keys (run_id);
create unique index run_keys_by_number on run_keys (number);
create unique index events_by_run on events (run_number, seq);
create unique index baselines_by_name on baselines (name);
create unique index cluster_states_by_cluster on cluster_states (cluster);
create index conflicts_by_run on conflicts (run_number);
create unique index runs_by_number on runs (run_number);
create index runs_by_time on runs (started_ms);
create index runs_by_project on runs using hash (project);
create index run_labels_by_run on run_labels (run_number);
create index calls_by_run on calls (run_number);
create index run_tools_by_run on run_tools (run_number);
create index failures_by_run on failures (run_number);
create index quality_by_run on quality (run_number);
`;

/** What has been released is never changed. */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'events of runs, and what follows from them',
    sql: { duckdb: tableSql(), postgresql: `${tableSql()}${INDEXES}` },
  },
];
