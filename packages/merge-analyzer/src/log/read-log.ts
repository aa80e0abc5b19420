/** The outbox as the analyzer reads it, in whichever of the two orders it has. Nothing here writes. */
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import { readMoreById, readNewsById, START_OF_IDS, startOfIds } from './id-order.ts';
import { BEFORE_EVERY_ID, isAfterId, type TablesById } from './id-question.ts';
import type { LogPiece, LogPlace, News } from './log-position.ts';
import type { OrchestratorTables } from './orchestrator-tables.ts';
import { fullXid, isOfOthers, mayBeMerge, type RowSource } from './outbox-rows.ts';
import {
  readMoreByTransaction,
  readNewsByTransaction,
  SNAPSHOT_XMAX,
  START_OF_TRANSACTIONS,
} from './transaction-order.ts';

/** How many ids below those that were read are looked at once more for rows that came late: by each look … */
const LOOK_BACK_IDS = 1_000;
/** … and by the first look of a program. */
const FIRST_LOOK_BACK_IDS = 100_000;

/** The position and what is new after it. */
export async function readNews(
  database: AnalyzerDatabase,
  tables: OrchestratorTables,
  {
    version,
    isFirst,
    isNear,
  }: { readonly version: string; readonly isFirst: boolean; readonly isNear: boolean },
): Promise<News> {
  return isReadById(tables)
    ? await readNewsById(database, tables, version, isFirst ? FIRST_LOOK_BACK_IDS : LOOK_BACK_IDS)
    : await readNewsByTransaction(database, tables, version, isNear);
}

function isReadById(tables: OrchestratorTables): tables is TablesById {
  return tables.order.kind === 'id';
}

/** What comes after that. */
export async function readMore(source: RowSource, place: LogPlace, rowsAtMost: number): Promise<LogPiece> {
  return place.kind === 'id'
    ? await readMoreById(source, place, rowsAtMost)
    : await readMoreByTransaction(source, place);
}

/** Where one who stores nothing begins: before the first row. */
export async function startOfLog(source: RowSource): Promise<LogPlace> {
  return source.tables.order.kind === 'id' ? await startOfIds(source) : START_OF_TRANSACTIONS;
}

/** Whether the row `o` lies beyond a place. */
export function isBeyond(place: LogPlace): RawBuilder<boolean> {
  return place.kind === 'id'
    ? isAfterId(sql`${place.readId}::bigint`)
    : sql<boolean>`${fullXid(SNAPSHOT_XMAX)} > ${place.xid}::bigint`;
}

/** The place that is stored, for who looks. One that was written in another order is before everything. */
export async function readStoredPlace(
  asker: Kysely<OwnTables> | Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
  { order }: OrchestratorTables,
): Promise<{ readonly place: LogPlace; readonly merges: number; readonly now: string }> {
  const { rows } = await sql<StoredRow>`
    select merges::text as merges, log_order, read_id::text as read_id, after_xid::text as after_xid,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now
    from ${sql.table(`${ownSchema}.log_position`)}`.execute(asker);
  const [row] = rows;
  if (row === undefined) throw new Error(`${ownSchema}.log_position is empty: drop that schema.`);
  const isSame = row.log_order === order.kind;
  const readId = isSame ? row.read_id : BEFORE_EVERY_ID;
  const place: LogPlace =
    order.kind === 'id'
      ? { ...START_OF_IDS, readId, settledId: readId }
      : { ...START_OF_TRANSACTIONS, ...(isSame ? { xid: toInteger(row.after_xid) } : {}) };
  return { place, merges: toInteger(row.merges), now: row.now };
}

/** Merge events in sight beyond a place, known items among them. */
export async function countBeyond(
  { asker, database, tables }: Omit<RowSource, 'hasOwnTables'>,
  place: LogPlace,
): Promise<number> {
  const { rows } = await sql<{ count: string | number }>`
    select count(*) as count from ${sql.table(`${database.orchestratorSchema}.events_outbox`)} o
    where ${isBeyond(place)} and ${isOfOthers()} and ${mayBeMerge(tables)}`.execute(asker);
  return toInteger(rows[0]?.count ?? 0);
}

interface StoredRow {
  merges: string;
  log_order: string | null;
  read_id: string;
  after_xid: string;
  now: string;
}
