/** The orchestrator's tables as the database describes them: their columns, their types, and the order they are read in. */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { integerOrder, type LogOrder } from './log-order.ts';
import {
  assertKinds,
  assertPointInTime,
  assertRoom,
  assertTable,
  assertWritableId,
  type Column,
  OrchestratorSchemaError,
  type RelationKind,
  WITHOUT_ZONE,
} from './schema-demands.ts';
import { tablesSignature } from './tables-signature.ts';
import { hasTimeIndex } from './time-index.ts';

/** What we need to know of the orchestrator's tables to read and write them. They are never altered. */
export interface OrchestratorTables {
  readonly outbox: Readonly<Record<(typeof OUTBOX_COLUMNS)[number], Column>>;
  readonly workItems: Readonly<Record<(typeof WORK_ITEM_COLUMNS)[number], Column>>;
  /** What says whether a work item is still as it merged: those of the columns that are there. */
  readonly witnesses: Readonly<Partial<Record<(typeof WITNESS_COLUMNS)[number], Column>>>;
  /** What `events_outbox.work_item_id` must refer to. */
  readonly workItemReference: WorkItemReference | undefined;
  /** In which order the outbox is read. */
  readonly order: LogOrder;
  /** What of the outbox all of this follows from: see `tables-signature.ts`. */
  readonly signature: string;
  /** Whether rows of the outbox may lie in tables of their own. */
  readonly hasPartitions: boolean;
  /** Whether policies decide which rows of the outbox this role sees. */
  readonly hasRowSecurity: boolean;
  /** Whether the server says of a work item which transaction wrote it last: not of a row of a view. */
  readonly hasItemTransactions: boolean;
  /** Whether `cost_ledger` is there with what a cost per merge needs. */
  readonly hasCosts: boolean;
}

/** A foreign key: an event of a work item that is gone can only be written without it. */
interface WorkItemReference {
  /** Both quoted, as they stand in a query. */
  readonly table: string;
  readonly column: string;
  readonly isNullable: boolean;
}

const OUTBOX_COLUMNS = ['id', 'kind', 'work_item_id', 'payload', 'created_at'] as const;
const WORK_ITEM_COLUMNS = ['id', 'attempts', 'last_verdict', 'project'] as const;
const WITNESS_COLUMNS = ['phase', 'merged_at', 'updated_at'] as const;
const COST_COLUMNS = ['work_item_id', 'usd'] as const;

function missing(
  schema: string,
  table: string,
  column: string | undefined,
  needed: readonly string[],
): OrchestratorSchemaError {
  const what =
    column === undefined
      ? `there is no table ${schema}.${table}`
      : `${schema}.${table} has no column ${column}`;
  const message = `${what}. The analyzer reads ${table}(${needed.join(', ')}); orchestratorSchema says in which schema.`;
  return new OrchestratorSchemaError(message, table, column);
}

/**
 * Looks at the orchestrator's tables.
 *
 * @throws OrchestratorSchemaError naming the table or column that is missing, or that events cannot be written to.
 */
export async function inspectOrchestratorTables(database: AnalyzerDatabase): Promise<OrchestratorTables> {
  const outbox = await columnsOf(database, 'events_outbox');
  const workItems = await columnsOf(database, 'work_items');
  const costs = await columnsOf(database, 'cost_ledger');
  const [outboxKind, itemsKind] = [
    await kindOf(database, 'events_outbox'),
    await kindOf(database, 'work_items'),
  ];
  const outboxColumn = required(database, 'events_outbox', outbox, OUTBOX_COLUMNS);
  const workItemColumn = required(database, 'work_items', workItems, WORK_ITEM_COLUMNS);
  // What is not there has no columns, and is told before what it is.
  const id = outboxColumn('id');
  assertTable(database, outboxKind);
  await assertKinds(database);
  assertRoom(database, { kind: outboxColumn('kind'), payload: outboxColumn('payload') });
  assertWritableId(database, id);
  assertPointInTime(database, outboxColumn('created_at'));
  const order = await orderOf(database, outboxColumn('id'));
  const signature = await signatureOf(database, order);
  return {
    outbox: {
      id: outboxColumn('id'),
      kind: outboxColumn('kind'),
      work_item_id: outboxColumn('work_item_id'),
      payload: outboxColumn('payload'),
      created_at: outboxColumn('created_at'),
    },
    workItems: {
      id: workItemColumn('id'),
      attempts: workItemColumn('attempts'),
      last_verdict: workItemColumn('last_verdict'),
      project: workItemColumn('project'),
    },
    witnesses: Object.fromEntries(
      WITNESS_COLUMNS.flatMap((name) => {
        const column = workItems.get(name);
        return column === undefined ? [] : [[name, column] as const];
      }),
    ),
    workItemReference: await workItemReference(database),
    order,
    signature,
    hasPartitions: outboxKind.hasParts,
    hasRowSecurity: outboxKind.hasRowSecurity,
    hasItemTransactions: itemsKind.isTable,
    hasCosts: COST_COLUMNS.every((name) => costs.has(name)),
  };
}

async function orderOf(database: AnalyzerDatabase, id: Column): Promise<LogOrder> {
  const order: LogOrder = isIntegerType(id.type)
    ? await integerOrder(database)
    : { kind: 'transaction', because: null, sequence: undefined, hasTimeIndex: false };
  return order.kind === 'id' ? order : { ...order, hasTimeIndex: await hasTimeIndex(database) };
}

async function signatureOf(database: AnalyzerDatabase, { sequence }: LogOrder): Promise<string> {
  const { rows } = await sql<{ signature: string }>`
    select ${tablesSignature(database, sequence)} as signature`.execute(database.kysely);
  return rows[0]?.signature ?? '';
}

async function workItemReference({
  kysely,
  orchestratorSchema,
}: AnalyzerDatabase): Promise<WorkItemReference | undefined> {
  const { rows } = await sql<{ table: string; column: string; is_nullable: boolean }>`
    select format('%I.%I', n.nspname, c.relname) as table, quote_ident(referred.attname) as column,
      not a.attnotnull as is_nullable
    from pg_constraint k
    join pg_class outbox on outbox.oid = k.conrelid
    join pg_namespace schema on schema.oid = outbox.relnamespace
    join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
    join pg_attribute referred on referred.attrelid = k.confrelid and k.confkey = array[referred.attnum]
    join pg_class c on c.oid = k.confrelid
    join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and schema.nspname = ${orchestratorSchema} and outbox.relname = 'events_outbox'
      and a.attname = 'work_item_id' limit 1`.execute(kysely);
  const [row] = rows;
  return row === undefined
    ? undefined
    : { table: row.table, column: row.column, isNullable: row.is_nullable };
}

async function kindOf(
  { kysely, orchestratorSchema }: AnalyzerDatabase,
  table: string,
): Promise<RelationKind> {
  const { rows } = await sql<{ is_table: boolean; has_parts: boolean; has_row_security: boolean }>`
    select c.relkind in ('r', 'p') as is_table, c.relkind = 'p' or c.relhassubclass as has_parts,
      row_security_active(c.oid) as has_row_security
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${orchestratorSchema} and c.relname = ${table}`.execute(kysely);
  const [row] = rows;
  return {
    isTable: row?.is_table === true,
    hasParts: row?.has_parts === true,
    hasRowSecurity: row?.has_row_security === true,
  };
}

/**
 * `created_at` of the row `o` as a point in time. A column without a zone holds UTC: what the session's zone makes of
 * it would differ from role to role.
 */
export function createdAtOf({ outbox }: OrchestratorTables): RawBuilder<string> {
  return outbox.created_at.type === WITHOUT_ZONE
    ? sql<string>`(o.created_at at time zone 'UTC')`
    : sql<string>`o.created_at`;
}

/** A point in time as `created_at` holds it. */
export function toCreatedAt({ outbox }: OrchestratorTables, time: RawBuilder<unknown>): RawBuilder<unknown> {
  return outbox.created_at.type === WITHOUT_ZONE ? sql`(${time} at time zone 'UTC')` : time;
}

/** Whether ids of this type grow with time, so that new rows are found by their id. */
export function isIntegerType(type: string): boolean {
  return ['smallint', 'integer', 'bigint'].includes(type);
}

async function columnsOf(
  { kysely, orchestratorSchema }: AnalyzerDatabase,
  table: string,
): Promise<ReadonlyMap<string, Column>> {
  const { rows } = await sql<ColumnRow>`
    select a.attname::text as name,
           format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), -1) as type,
           case when coalesce(nullif(t.typbasetype, 0), a.atttypid) in ('varchar'::regtype, 'bpchar'::regtype)
             then nullif(greatest(a.atttypmod, t.typtypmod), -1) - 4 end as longest,
           (a.atthasdef or a.attidentity <> '') as is_filled_in
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${orchestratorSchema} and c.relname = ${table}
      and a.attnum > 0 and not a.attisdropped`.execute(kysely);
  return new Map(
    rows.map(({ name, type, longest, is_filled_in }) => [name, { type, longest, isFilledIn: is_filled_in }]),
  );
}

interface ColumnRow {
  name: string;
  type: string;
  longest: number | null;
  is_filled_in: boolean;
}

/** Looks a column up, or says what is missing. */
function required<Name extends string>(
  { orchestratorSchema }: AnalyzerDatabase,
  table: string,
  columns: ReadonlyMap<string, Column>,
  needed: readonly Name[],
): (name: Name) => Column {
  return (name) => {
    const column = columns.get(name);
    if (column !== undefined) return column;
    throw missing(orchestratorSchema, table, columns.size === 0 ? undefined : name, needed);
  };
}
