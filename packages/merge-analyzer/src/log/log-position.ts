/**
 * How far the outbox was read, as one row of the own tables says it. There are two orders to read in, each in a file of
 * its own: `id-order.ts` where ids say what is new, `transaction-order.ts` where they do not. A position that was
 * written in the other one, by an older version, or before the rows were restored from a dump is none: reading starts
 * over, and work items that are known are left out. So nothing is lost and nothing counts twice.
 */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { toInteger } from '../database/own-tables.ts';
import type { OutboxRow } from './outbox-rows.ts';

/** The merge event that was read last, counted or not: what the time of the next one is held against. */
export interface PreviousMerge {
  readonly eventId: string;
  readonly createdAt: string;
}

/** What a step starts from. */
export interface LogPosition {
  /** Grows with every commit: whoever commits after another one has read too early. */
  readonly revision: number;
  /** Merges so far: the newest ordinal. */
  readonly merges: number;
  readonly previous: PreviousMerge | null;
  /** The database's clock, ISO 8601 with microseconds. */
  readonly now: string;
  /** How far the merges were folded under the configuration. */
  readonly analysis: Analysis;
}

/** How far a configuration has folded the merges. */
export interface Analysis {
  readonly ordinal: number;
  /** Merges up to this ordinal have their snapshot event already. */
  readonly announcedOrdinal: number;
  /** The transaction that folded last, or emptied the own tables: what a cache was left at. 0 before the first. */
  readonly revision: number;
  /** What the rates were, as `rulesOf` writes them; null when nothing was folded, or by whom nobody knows. */
  readonly rules: string | null;
}

/** Where reading goes on, in the order of ids. */
export interface IdPlace {
  readonly kind: 'id';
  /** All up to here was read. */
  readonly readId: string;
  /** Nobody can write at or below this id any more. */
  readonly settledId: string;
  /** An id that is settled when these writers are gone. */
  readonly note: { readonly id: string; readonly writers: readonly string[] } | null;
  /** Every transaction below this one had ended when that was read. */
  readonly seenXid: string;
  /** The files of the outbox, its partitions and its sequence when that was read: see `outbox-files.ts`. */
  readonly outboxFiles: readonly string[];
  /** Whether reading started over: work items that are known are left out. */
  readonly isRestarted: boolean;
}

/** Where reading goes on, in the order of transactions. */
export interface TransactionPlace {
  readonly kind: 'transaction';
  readonly xid: number;
  /** With microseconds, as text; `infinity` when all of this transaction is done. */
  readonly createdAt: string;
  readonly id: string | null;
  /** Whether work items that are known are left out. */
  readonly isRestarted: boolean;
  /** The whole outbox was looked through for transactions below this one; null where every look does. */
  readonly seenXid: number | null;
  /** Whether this look goes into the near past only. */
  readonly isNear: boolean;
  /** Rows of transactions up to this one are late: looks into the near past were beyond them. Null where none was. */
  readonly lateXid: number | null;
}

export type LogPlace = IdPlace | TransactionPlace;

/** Rows that follow each other in the order of the log. */
export interface LogPiece {
  readonly rows: readonly OutboxRow[];
  /** After these rows. */
  readonly place: LogPlace;
  /** Whether more can be read already. */
  readonly hasMore: boolean;
  /** Whether the place is worth a commit by itself. */
  readonly isStep: boolean;
}

/** The position and the first rows after it, of one look. */
export interface News {
  readonly position: LogPosition;
  readonly piece: LogPiece;
  /** Whether rows are in sight that must wait for a transaction. */
  readonly isHeldBack: boolean;
  /** Why an outbox that was read before is read from its start. */
  readonly restartedBecause?: string;
}

/** What every position has, of the row `p` joined with `a`. */
export function positionColumns(): RawBuilder<unknown> {
  return sql`p.revision::text as revision, p.merges::text as merges,
    p.newest_created_at::text as newest_created_at, p.newest_event_id,
    to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now,
    coalesce(a.ordinal, 0)::text as analysis_ordinal, coalesce(a.announced_ordinal, 0)::text as announced_ordinal,
    coalesce(a.revision, 0)::text as analysis_revision,
    case when a.ordinal + a.announced_ordinal > 0 then a.rules end as analysis_rules,
    p.xmin::text::bigint <> p.written_xid & 4294967295 as is_foreign`;
}

/**
 * The row `p`, and `a` of the configuration. The limit is for the server's plan: of tables that were never analyzed it
 * expects hundreds of rows, and what follows to be worth compiling first, which takes seconds.
 */
export function fromPosition({ ownSchema }: AnalyzerDatabase, version: string): RawBuilder<unknown> {
  return sql`${sql.table(`${ownSchema}.log_position`)} p
    left join ${sql.table(`${ownSchema}.analysis`)} a on a.configuration_version = ${sql.lit(version)} limit 1`;
}

/** Those columns as the server sends them. */
export interface PositionRow {
  revision: string;
  merges: string;
  newest_created_at: string | null;
  newest_event_id: string | null;
  now: string;
  analysis_ordinal: string;
  announced_ordinal: string;
  analysis_revision: string;
  analysis_rules: string | null;
  is_restarted: boolean;
}

/** After a restart the newest time of before says nothing about the first row. */
export function parsePosition(row: PositionRow): LogPosition {
  const { newest_event_id: eventId, newest_created_at: createdAt } = row;
  return {
    revision: toInteger(row.revision),
    merges: toInteger(row.merges),
    previous: row.is_restarted || eventId === null || createdAt === null ? null : { eventId, createdAt },
    now: row.now,
    analysis: {
      ordinal: toInteger(row.analysis_ordinal),
      announcedOrdinal: toInteger(row.announced_ordinal),
      revision: toInteger(row.analysis_revision),
      rules: row.analysis_rules,
    },
  };
}
