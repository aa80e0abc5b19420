/** The merges that were read, in their order: what windows are loaded from and `explain` shows. */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import type { Merge } from '../fold/merge.ts';
import type { QuarantinedEvent } from '../log/merge-event.ts';

/** A merge as a row, every column as text or a plain value on both engines. */
export interface MergeRow {
  work_item_id: string;
  ordinal: string | number;
  event_id: string;
  project: string;
  attempts: number;
  is_rebase_conflict: boolean;
  merged_at: string;
}

/** The columns of {@link MergeRow}, for a select from the merge table as `m`. */
export const MERGE_COLUMNS: RawBuilder<MergeRow> = sql<MergeRow>`m.work_item_id, m.ordinal, m.event_id, m.project,
  m.attempts, m.is_rebase_conflict, m.merged_at`;

/** A row as the fold takes it. */
export function toMerge(row: MergeRow): Merge {
  return {
    ordinal: toInteger(row.ordinal),
    eventId: row.event_id,
    workItemId: row.work_item_id,
    project: row.project,
    attempts: row.attempts,
    isRebaseConflict: row.is_rebase_conflict,
    mergedAt: row.merged_at,
  };
}

/** Of these work items, those that merged before, counted or quarantined. */
export async function knownWorkItems(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
  workItemIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (workItemIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    select asked.id from json_array_elements_text(${JSON.stringify(workItemIds)}::text::json) as asked(id)
    where exists (select 1 from ${sql.table(`${ownSchema}.merge`)} m where m.work_item_id = asked.id)
       or exists (select 1 from ${sql.table(`${ownSchema}.quarantine`)} q where q.work_item_id = asked.id
            and q.reason <> 'payload-unreadable')
  `.execute(transaction);
  return new Set(rows.map(({ id }) => id));
}

/** Appends merges. A work item that is there already breaks the key, and the transaction with it. */
export async function insertMerges(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
  merges: readonly Merge[],
): Promise<void> {
  if (merges.length === 0) return;
  const rows = merges.map((merge) => ({
    work_item_id: merge.workItemId,
    ordinal: merge.ordinal,
    event_id: merge.eventId,
    project: merge.project,
    attempts: merge.attempts,
    is_rebase_conflict: merge.isRebaseConflict,
    merged_at: merge.mergedAt,
  }));
  await sql`
    insert into ${sql.table(`${ownSchema}.merge`)}
      (work_item_id, ordinal, event_id, project, attempts, is_rebase_conflict, merged_at)
    select * from json_to_recordset(${JSON.stringify(rows)}::text::json) as row(
      work_item_id text, ordinal bigint, event_id text, project text, attempts integer,
      is_rebase_conflict boolean, merged_at text)`.execute(transaction);
}

/**
 * Keeps rows that could not be read, so that they are seen, counted and not read again.
 *
 * @returns how many were new.
 */
export async function insertQuarantined(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
  events: readonly QuarantinedEvent[],
): Promise<number> {
  if (events.length === 0) return 0;
  const rows = events.map(({ eventId, workItemId, reason, detail }) => ({
    event_id: eventId,
    work_item_id: workItemId,
    reason,
    detail,
  }));
  const { rows: kept } = await sql`
    insert into ${sql.table(`${ownSchema}.quarantine`)} (event_id, work_item_id, reason, detail)
    select * from json_to_recordset(${JSON.stringify(rows)}::text::json) as row(
      event_id text, work_item_id text, reason text, detail text)
    on conflict do nothing returning 1`.execute(transaction);
  return kept.length;
}

/** Merges after an ordinal, oldest first, at most so many. */
export async function mergesAfter(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
  ordinal: number,
  count: number,
): Promise<readonly Merge[]> {
  const { rows } = await sql<MergeRow>`
    select ${MERGE_COLUMNS} from ${sql.table(`${ownSchema}.merge`)} m
    where m.ordinal > ${ordinal}::bigint order by m.ordinal limit ${count}::int`.execute(transaction);
  return rows.map(toMerge);
}
