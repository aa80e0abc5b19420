/**
 * An index of the outbox on `created_at`. It cannot say what is new, as whoever writes a row sets its time; but nearly all
 * rows are new by their time, too. So most looks read what was written in the last minutes by it, and one a minute goes
 * through the whole outbox for the rest: see `transaction-order.ts`.
 */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { METRIC_EVENT_KINDS } from '../events/metric-events.ts';

/** The predicate that a partial index may have: it leaves the analyzer's own events out, which are no merges. */
const TIME_INDEX_PREDICATE: string = `kind <> all (array[${METRIC_EVENT_KINDS.map((kind) => `'${kind}'`).join(', ')}])`;

/** Whether there is one: whole, or of all rows but the analyzer's own. */
export async function hasTimeIndex({ kysely, orchestratorSchema }: AnalyzerDatabase): Promise<boolean> {
  const { rows } = await sql<{ predicate: string | null }>`
    select pg_get_expr(i.indpred, i.indrelid) as predicate
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_class x on x.oid = i.indexrelid join pg_am am on am.oid = x.relam and am.amname = 'btree'
    join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'created_at' and a.attnum = i.indkey[0]
    where n.nspname = ${orchestratorSchema} and c.relname = 'events_outbox' and i.indisvalid and i.indisready`.execute(
    kysely,
  );
  return rows.some(({ predicate }) => predicate === null || isOwnKinds(predicate));
}

/** As the server prints it: with casts of the column's type. */
function isOwnKinds(predicate: string): boolean {
  const kinds = [...predicate.matchAll(/'([^']*)'/g)].map(([, kind]) => kind);
  return (
    /^\(+kind\)*(::\w+)? <> ALL \(/i.test(predicate) &&
    kinds.every((kind) => METRIC_EVENT_KINDS.includes(kind ?? ''))
  );
}

/** What both indexes need to be used: of a row without a kind only the first one knows. */
export function isInTimeIndex(): RawBuilder<boolean> {
  return sql<boolean>`o.${sql.raw(TIME_INDEX_PREDICATE)}`;
}
