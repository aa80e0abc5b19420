/** The merges that were read, in their order: what windows are loaded from and `explain` shows. */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { toInteger } from '../database/own-tables.ts';
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
  { kysely, ownSchema }: AnalyzerDatabase,
  workItemIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (workItemIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    select asked.id from json_array_elements_text(${JSON.stringify(workItemIds)}::text::json) as asked(id)
    where exists (select 1 from ${sql.table(`${ownSchema}.merge`)} m where m.work_item_id = asked.id)
       or exists (select 1 from ${sql.table(`${ownSchema}.quarantine`)} q where q.work_item_id = asked.id
            and q.reason <> 'payload-unreadable')
  `.execute(kysely);
  return new Set(rows.map(({ id }) => id));
}

/** Rows of the quarantine, as `row`. */
export function quarantinedRows(events: readonly QuarantinedEvent[]): RawBuilder<unknown> {
  const rows = events.map(({ eventId, workItemId, reason, detail }) => ({
    event_id: eventId,
    work_item_id: workItemId,
    reason,
    detail,
  }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::text::json) as row(
    event_id text, work_item_id text, reason text, detail text)`;
}

/** Merges after an ordinal, oldest first, at most so many. */
export async function mergesAfter(
  { kysely, ownSchema }: AnalyzerDatabase,
  ordinal: number,
  count: number,
): Promise<readonly Merge[]> {
  const { rows } = await sql<MergeRow>`
    select ${MERGE_COLUMNS} from ${sql.table(`${ownSchema}.merge`)} m
    where m.ordinal > ${ordinal}::bigint order by m.ordinal limit ${count}::int`.execute(kysely);
  return rows.map(toMerge);
}
