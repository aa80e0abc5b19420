/**
 * The files that rows and ids of the outbox come from, each by the table and its file: TRUNCATE gives a table a new file,
 * whatever restarts a sequence gives the sequence one, and a table under an old name has another number. When one is there
 * that was not there before, rows may stand below the ids that were read.
 *
 *     t  the outbox          new: another table, or it was emptied: read from its start
 *     s  its sequence        new: ids may have started over: read from its start
 *     p  one partition       new: read from its start only if it holds ids that were passed
 */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { toInteger } from '../database/own-tables.ts';
import type { IdSequence } from './log-order.ts';
import type { OrchestratorTables } from './orchestrator-tables.ts';

/** All of them, as a text array: `t16384:16390`. An outbox in partitions has no file of its own. */
export function outboxFiles(
  { orchestratorSchema }: AnalyzerDatabase,
  { hasPartitions }: OrchestratorTables,
  { oid }: IdSequence,
): RawBuilder<string[]> {
  const outbox = sql`${sql.lit(`"${orchestratorSchema.replaceAll('"', '""')}"."events_outbox"`)}::regclass`;
  const file = (letter: string, relation: RawBuilder<unknown>): RawBuilder<string> =>
    sql<string>`${sql.lit(letter)} || ${relation}::oid || ':' || coalesce(pg_relation_filenode(${relation}), 0)`;
  const own = sql<string[]>`array[${file('t', outbox)}, ${file('s', sql`${sql.lit(oid)}::oid`)}]`;
  if (!hasPartitions) return own;
  return sql<string[]>`(${own} || array(
    with recursive part(oid) as (
      select i.inhrelid from pg_inherits i where i.inhparent = ${outbox} and not i.inhdetachpending
      union all
      select i.inhrelid from pg_inherits i join part on i.inhparent = part.oid
    ) select ${file('p', sql`part.oid`)} from part))`;
}

/** Whether one of these partitions holds an id that was read already, or this role may not look. */
export async function haveIdsUpTo(
  { kysely }: AnalyzerDatabase,
  files: readonly string[],
  readId: string,
): Promise<boolean> {
  const oids = files.map((file) => file.slice(1).split(':')[0] ?? '');
  const { rows } = await sql<{ name: string; may_look: boolean }>`
    select format('%I.%I', n.nspname, c.relname) as name, has_table_privilege(c.oid, 'select')
      and has_schema_privilege(n.oid, 'usage') as may_look
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid = any(${`{${oids.join(',')}}`}::oid[])`.execute(kysely);
  if (rows.some((part) => !part.may_look)) return true;
  for (const { name } of rows) {
    const found = await sql<{ count: string | number }>`select count(*) as count
      from (select from ${sql.raw(name)} o where o.id <= ${readId}::bigint limit 1) passed`.execute(kysely);
    if (toInteger(found.rows[0]?.count ?? 0) > 0) return true;
  }
  return false;
}
