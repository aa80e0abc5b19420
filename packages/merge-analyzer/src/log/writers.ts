/**
 * Who may still write a row under an id that others have passed. A statement locks the outbox before it draws an id and
 * until its transaction ends, so `pg_locks` shows every writer, also one that waits and has no transaction number yet.
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { OwnTables } from '../database/own-tables.ts';

/** The transaction that later merges wait for. */
export interface OldestTransaction {
  readonly pid: number | null;
  /** Null when this role may not see it: `grant pg_read_all_stats`. */
  readonly ageSeconds: number | null;
}

/** A lock of the outbox or of one of its partitions, as `l`, that a writer other than us holds. */
function writerLocks({ orchestratorSchema }: AnalyzerDatabase): RawBuilder<unknown> {
  const outbox = `"${orchestratorSchema.replaceAll('"', '""')}"."events_outbox"`;
  return sql`pg_locks l where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted
    and l.pid is distinct from pg_backend_pid()
    and l.database = (select oid from pg_database where datname = current_database())
    and l.relation in (
      with recursive part(oid) as (
        select ${outbox}::regclass::oid union all
        select i.inhrelid from pg_inherits i join part on i.inhparent = part.oid
      ) select oid from part)`;
}

/** Virtual transactions that write now, as a text array. */
export function writersNow(database: AnalyzerDatabase): RawBuilder<string> {
  return sql<string>`array(select distinct l.virtualtransaction from ${writerLocks(database)})`;
}

/** Whether one of them has no transaction number yet: the horizon does not wait for it. */
export function hasUnnumberedWriter(database: AnalyzerDatabase): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from ${writerLocks(database)} and l.virtualtransaction not in (
    select x.virtualtransaction from pg_locks x where x.locktype = 'transactionid' and x.granted))`;
}

/** The transaction that merges wait for: the oldest that has a number, or a writer that has none. */
export async function oldestTransaction(
  transaction: Transaction<OwnTables>,
  database: AnalyzerDatabase,
): Promise<OldestTransaction | null> {
  const { rows } = await sql<{ pid: number | null; age: number | null }>`
    select waited.pid, extract(epoch from clock_timestamp() - a.xact_start)::float8 as age
    from (
      (select x.pid from pg_locks x where x.locktype = 'transactionid' and x.granted
        and x.pid is distinct from pg_backend_pid() order by age(x.transactionid) desc limit 1)
      union all (select l.pid from ${writerLocks(database)})
    ) waited left join pg_stat_activity a on a.pid = waited.pid
    order by a.xact_start nulls last limit 1`.execute(transaction);
  const [row] = rows;
  return row === undefined ? null : { pid: row.pid, ageSeconds: row.age };
}
