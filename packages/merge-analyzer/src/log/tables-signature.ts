/** What an opened analyzer knows of the outbox by heart: when it changes, everything is looked at again. */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import type { IdSequence } from './log-order.ts';

/** Which table it is, its columns with their types and defaults, and how its sequence counts. Never null. */
export function tablesSignature(
  { orchestratorSchema }: AnalyzerDatabase,
  sequence: IdSequence | undefined,
): RawBuilder<string> {
  // By the catalogues: to ask for a name in a schema needs a right to that schema.
  const outbox = sql`(select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${sql.lit(orchestratorSchema)} and c.relname = 'events_outbox')`;
  const counting =
    sequence === undefined
      ? sql`''`
      : sql`coalesce((select concat_ws(' ', s.seqcache, s.seqincrement, s.seqcycle) from pg_sequence s
          where s.seqrelid = ${sql.lit(sequence.oid)}::oid), '')`;
  return sql<string>`concat_ws(' ', ${outbox}, ${counting},
    (select concat_ws(' ', c.relkind, c.relhassubclass) from pg_class c where c.oid = ${outbox}),
    (select string_agg(concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attidentity, d.oid), ',' order by a.attnum)
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = ${outbox} and a.attnum > 0 and not a.attisdropped))`;
}
