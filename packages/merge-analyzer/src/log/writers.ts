/**
 * Who may still write a row under an id that others have passed. A statement locks the outbox before it draws an id and
 * until its transaction ends, so `pg_locks` shows every writer, also one that waits and has no transaction number yet.
 */
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';
import type { OrchestratorTables } from './orchestrator-tables.ts';

/** The transaction that later merges wait for. */
export interface OldestTransaction {
  readonly pid: number | null;
  /** Null when this role may not see it: `grant pg_read_all_stats`. */
  readonly ageSeconds: number | null;
}

/**
 * A lock of the outbox or of one of its partitions, as `l`, that a writer holds. An analyzer is none: it writes events
 * of its own there, no merges, and is known by its lock of the own tables.
 */
function writerLocks(
  { orchestratorSchema, ownSchema }: AnalyzerDatabase,
  { hasPartitions }: OrchestratorTables,
): RawBuilder<unknown> {
  const outbox = sql`${sql.lit(quoted(orchestratorSchema, 'events_outbox'))}::regclass::oid`;
  const relations = hasPartitions
    ? sql`in (with recursive part(oid) as (
        select ${outbox} union all
        select i.inhrelid from pg_inherits i join part on i.inhparent = part.oid
      ) select oid from part)`
    : sql`= ${outbox}`;
  return sql`pg_locks l where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted
    and l.pid is distinct from pg_backend_pid()
    and l.database = (select oid from pg_database where datname = current_database())
    and l.relation ${relations}
    and not exists (select from pg_locks own where own.virtualtransaction = l.virtualtransaction
      and own.locktype = 'relation' and own.mode = 'RowExclusiveLock' and own.granted
      and own.database = l.database
      and own.relation = to_regclass(${sql.lit(quoted(ownSchema, 'log_position'))})::oid)`;
}

function quoted(schema: string, table: string): string {
  return `"${schema.replaceAll('"', '""')}"."${table}"`;
}

/** Virtual transactions that write now, as a text array. That of a prepared transaction begins with `-1/`. */
export function writersNow(database: AnalyzerDatabase, tables: OrchestratorTables): RawBuilder<string[]> {
  return sql<string[]>`array(select distinct l.virtualtransaction from ${writerLocks(database, tables)})`;
}

/** The transaction that merges wait for: with ids a writer, else the oldest that has a number. */
export async function oldestTransaction(
  asker: Kysely<OwnTables> | Transaction<OwnTables>,
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
): Promise<OldestTransaction | null> {
  const waited =
    tables.order.kind === 'id'
      ? sql`(select l.pid from ${writerLocks(database, tables)})`
      : sql`(select x.pid from pg_locks x where x.locktype = 'transactionid' and x.granted
          and x.pid is distinct from pg_backend_pid() order by age(x.transactionid) desc limit 1)`;
  const { rows } = await sql<{ pid: number | null; age: number | null }>`
    select waited.pid, extract(epoch from clock_timestamp() - a.xact_start)::float8 as age
    from ${waited} waited left join pg_stat_activity a on a.pid = waited.pid
    order by a.xact_start nulls last limit 1`.execute(asker);
  const [row] = rows;
  return row === undefined ? null : { pid: row.pid, ageSeconds: row.age };
}
