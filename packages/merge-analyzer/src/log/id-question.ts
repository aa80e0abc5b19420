/**
 * The question that a look by ids asks: the position, how far nobody can write any more, and the first rows up to there, in one
 * statement and one round trip. What its answer means is said in `id-order.ts`.
 */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { askPlanned } from '../database/ask-planned.ts';
import { type IdSequence, isBeyondSequence } from './log-order.ts';
import { fromPosition, type PositionRow, positionColumns } from './log-position.ts';
import type { OrchestratorTables } from './orchestrator-tables.ts';
import { outboxFiles } from './outbox-files.ts';
import {
  isOfOthers,
  isWantedAgain,
  joinKnown,
  mayBeMerge,
  rowColumns,
  type SelectedRow,
} from './outbox-rows.ts';
import { tablesSignature } from './tables-signature.ts';
import { writersNow } from './writers.ts';

/** Below every id, and the smallest of them: what is read from here on begins with it, not after it. */
export const BEFORE_EVERY_ID = '-9223372036854775808';

/** A merge that just happened comes with few others. */
const FIRST_ROWS = 100;

/** Tables of an outbox that is read by its ids. */
export interface TablesById extends OrchestratorTables {
  readonly order: { readonly kind: 'id'; readonly sequence: IdSequence };
}

/** What a look asks for. */
export interface IdQuestion {
  readonly database: AnalyzerDatabase;
  readonly tables: TablesById;
  readonly version: string;
  readonly lookBackIds: number;
}

/** A row of the answer. */
export interface NewsRow extends PositionRow, Partial<SelectedRow> {
  from_id: string;
  settled_id: string | null;
  newest_id: string | null;
  upto_id: string;
  noted_id: string | null;
  noted_writers: string[] | null;
  writers: string[];
  horizon: string;
  stored_id: string;
  stored_order: string | null;
  is_foreign: boolean;
  files: string[];
  /** Of those, what was not there before. */
  new_files: string[];
  is_other: boolean;
  is_beyond: boolean;
}

/** Whether the row `o` comes after an id. The two conditions let an index begin at the first. */
export function isAfterId(id: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`(o.id >= ${id} and (o.id > ${id} or ${id} = ${sql.lit(BEFORE_EVERY_ID)}::bigint))`;
}

/**
 * Asks.
 *
 * @param accepted files that are new, and hold nothing that was passed
 */
export async function askById(
  question: IdQuestion,
  accepted: readonly string[],
): Promise<readonly NewsRow[]> {
  const { database, tables } = question;
  const newestId = sql<string>`(select max(o.id)::bigint from ${sql.table(`${database.orchestratorSchema}.events_outbox`)} o)`;
  if (database.engine === 'pglite') {
    // One connection: while this is asked, nobody else is in a transaction.
    const noted = { newestId, writers: sql<string[]>`'{}'::text[]` };
    return (await newsSince(question, accepted, noted).execute(database.kysely)).rows;
  }
  const noted = {
    newestId: sql<string>`nullif(current_setting('ephemetry.newest_id'), '')::bigint`,
    writers: sql<string[]>`current_setting('ephemetry.writers')::text[]`,
  };
  // Compiling the look takes longer than any look: the server may expect otherwise of one that goes far back.
  const notes = sql`select set_config('jit', 'off', true), set_config('ephemetry.newest_id', coalesce(${newestId}::text, ''), true),
      set_config('ephemetry.writers', ${writersNow(database, tables)}::text, true)`;
  return await askPlanned(database, [notes], newsSince(question, accepted, noted));
}

function newsSince(
  { database, tables, version, lookBackIds }: IdQuestion,
  accepted: readonly string[],
  noted: { readonly newestId: RawBuilder<string>; readonly writers: RawBuilder<string[]> },
): RawBuilder<NewsRow> {
  const outbox = sql.table(`${database.orchestratorSchema}.events_outbox`);
  const everything = sql.lit(BEFORE_EVERY_ID);
  const { sequence } = tables.order;
  const before = sql`coalesce(outbox_files, '{}') || ${sql.lit(`{${accepted.join(',')}}`)}::text[]`;
  const quarantine = sql.table(`${database.ownSchema}.quarantine`);
  return sql<NewsRow>`
    with stored as materialized (
      select ${positionColumns()}, p.log_order, p.read_id, p.outbox_files, p.noted_id, p.noted_writers, p.seen_xid,
        ${outboxFiles(database, tables, sequence)} as files, ${noted.newestId} as newest_id, ${noted.writers} as writers
      from ${fromPosition(database, version)}
    ), started as materialized (
      select *, log_order is distinct from 'id' or is_foreign or not files <@ (${before})
        or read_id > ${everything}::bigint and coalesce(newest_id < read_id, true) as is_restarted
      from stored
    ), settled as materialized (
      select *, case when is_restarted then ${everything}::bigint else read_id end as from_id,
        case when is_restarted then -1 else age((seen_xid & 4294967295)::text::xid) end as seen_age,
        case
          when writers = '{}' then newest_id
          when is_restarted or noted_id is null or noted_writers && writers then null
          -- A writer that is gone may have been prepared for two phases: it has another name then.
          when array_to_string(writers, ' ') like '%-1/%'
            and exists (select from unnest(noted_writers) writer where writer not like '-1/%') then null
          else noted_id
        end as settled_id
      from started
    ), reach as materialized (
      select *, coalesce(
        (select o.id::bigint from ${outbox} o where ${isAfterId(sql`from_id`)} and o.id <= settled_id
          order by o.id offset ${sql.lit(FIRST_ROWS - 1)} limit 1),
        greatest(settled_id, from_id)) as upto_id
      from settled
    )
    select reach.revision, reach.merges, reach.newest_created_at, reach.newest_event_id, reach.now, reach.analysis_ordinal,
      reach.announced_ordinal, reach.analysis_revision, reach.analysis_rules, reach.is_restarted, reach.from_id::text as from_id,
      reach.settled_id::text as settled_id, reach.newest_id::text as newest_id, reach.upto_id::text as upto_id,
      reach.noted_id::text as noted_id, reach.noted_writers, reach.writers,
      pg_snapshot_xmin(pg_current_snapshot())::text as horizon, reach.files, reach.read_id::text as stored_id, reach.log_order as stored_order,
      reach.is_foreign,
      array(select file from unnest(reach.files) file where file <> all(coalesce(reach.outbox_files, '{}'))) as new_files,
      ${tablesSignature(database, sequence)} <> ${sql.lit(tables.signature)} as is_other,
      ${isBeyondSequence(sequence, sql`reach.newest_id`)} as is_beyond, r.*
    from reach left join lateral (
      select ${rowColumns(tables)}, o.xmin::text::bigint as xid, not ${isAfterId(sql`reach.from_id`)} as is_late, o.id as sort_id
      from ${outbox} o ${joinKnown(database, true)}
      -- One condition: the server would look at the kind first, and of the rows that are looked at once more nearly all end
      -- at their age.
      where o.id >= greatest(reach.from_id, ${everything}::bigint + ${sql.lit(lookBackIds)}) - ${sql.lit(lookBackIds)}
        and o.id <= reach.upto_id
        and case when ${isAfterId(sql`reach.from_id`)} or age(o.xmin) <= reach.seen_age then ${isOfOthers()} and ${mayBeMerge(tables)} end
        and case when ${isAfterId(sql`reach.from_id`)} then not reach.is_restarted or ${isWantedAgain(tables)}
          else ${isWantedAgain(tables)} and not exists (select from ${quarantine} q where q.event_id = o.id::text) end
      order by o.id
    ) r on true order by r.sort_id`;
}
