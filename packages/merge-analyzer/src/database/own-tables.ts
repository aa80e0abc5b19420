/**
 * The analyzer's own tables, as Kysely types. They are an index of the outbox: dropped, they are made again
 * from it. 64-bit numbers come as strings from `pg` and as numbers from PGlite, so they are typed as both
 * and turned into numbers where they are read.
 */
import type { ColumnType } from 'kysely';

/** A 64-bit integer on the wire. */
type Int8 = ColumnType<string | number, number, number>;

/** Reads a 64-bit integer. Ordinals and transaction ids stay below 2^53 for thousands of years. */
export function toInteger(value: string | number | bigint): number {
  return Number(value);
}

/** How far the outbox was read; one row. `log/log-position.ts` says what each column means. */
interface LogPositionTable {
  singleton: boolean;
  own_version: number;
  revision: Int8;
  merges: Int8;
  newest_created_at: string | null;
  newest_event_id: string | null;
  written_xid: Int8;
  /** `id` or `transaction`; null when reading starts over. */
  log_order: string | null;
  read_id: Int8;
  seen_xid: Int8 | null;
  outbox_files: string[] | null;
  noted_id: Int8 | null;
  noted_writers: string[] | null;
  after_xid: Int8;
  after_created_at: string;
  after_id: string | null;
}

/** Every merge, one row a work item: the key is what makes a merge the first one. */
interface MergeTable {
  work_item_id: string;
  ordinal: Int8;
  event_id: string;
  project: string;
  attempts: number;
  is_rebase_conflict: boolean;
  /** As the fold has it, microseconds included: a timestamp would be printed and parsed for each merge. */
  merged_at: string;
}

/** Merge events that could not be read, each with its reason. */
interface QuarantineTable {
  event_id: string;
  work_item_id: string | null;
  reason: string;
  detail: string;
  quarantined_at: ColumnType<string, string | undefined, never>;
}

/** How far the merges were folded, for each configuration. */
interface AnalysisTable {
  configuration_version: string;
  ordinal: Int8;
  announced_ordinal: Int8;
  revision: Int8;
  /** What the rates were, as `rulesOf` writes them; null of tables from before that was kept. */
  rules: string | null;
}

/** Where each trigger stands. */
interface TriggerTable {
  configuration_version: string;
  scope: string;
  rate: string;
  state: string;
}

/** The identity of every crossing that was announced: its primary key is what makes it exactly once. */
interface CrossingTable {
  rate: string;
  scope: string;
  direction: string;
  merge_event_id: string;
  configuration_version: string;
}

/** All of them. */
export interface OwnTables {
  log_position: LogPositionTable;
  merge: MergeTable;
  quarantine: QuarantineTable;
  analysis: AnalysisTable;
  trigger_state: TriggerTable;
  crossing: CrossingTable;
}
