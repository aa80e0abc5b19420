/**
 * One step of the analysis: everything that is new and final, in one transaction with the position.
 *
 *   begin, repeatable read
 *   lock     one analyzer at a time; the snapshot is taken after the lock is held
 *   read     the outbox from the position up to the horizon  ─▶ merges, quarantined rows
 *   fold     merges that this configuration has not seen     ─▶ crossings, snapshots
 *   write    events into the outbox, identities, triggers, position
 *   commit   all of it or nothing
 */
import { sql, type Transaction } from 'kysely';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type OwnTables, toInteger } from '../database/own-tables.ts';
import type { AnalyzerConfiguration } from '../fold/configuration.ts';
import { type LogPlace, type LogPosition, readLogPosition, writeLogPosition } from '../log/log-position.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';
import { outboxPieces, PIECE_ROWS, supersededEvents } from '../log/outbox-rows.ts';
import { type Reading, readPiece } from '../log/read-merges.ts';
import { mergesAfter } from '../store/merge-table.ts';
import { type FoldContext, foldPiece } from './fold-piece.ts';
import { forget, type ScopeCache } from './scope-cache.ts';

/** What a step did. */
export interface StepReport {
  /** Merges that were new to the log. */
  readonly merges: number;
  /** Crossings that were announced. */
  readonly crossings: number;
  /** Rows that were set aside. */
  readonly quarantined: number;
  /** All merges that the log held at the end of the step, whoever read them. */
  readonly mergesSoFar: number;
  /** Whether more may be waiting: the step stopped at its limit, or at a signal. */
  readonly hasMore: boolean;
}

/** What a step works with. */
export interface StepContext {
  readonly database: AnalyzerDatabase;
  readonly tables: OrchestratorTables;
  readonly configuration: AnalyzerConfiguration;
  readonly clockToleranceMs: number;
  readonly cache: ScopeCache;
  /** Outbox rows a transaction: what is repeated after a crash in a long history. */
  readonly rowsPerStep: number;
}

/**
 * Runs one step. Throws what the database throws; nothing of the step is kept then.
 *
 * @param signal - aborted, it ends the step after the piece that is being read: what was read until then is kept
 */
export async function analyzeStep(context: StepContext, signal?: AbortSignal): Promise<StepReport> {
  const { database, cache } = context;
  try {
    return await withAnalysisLock(database, (transaction) => runStep(context, transaction, signal));
  } catch (error) {
    forget(cache);
    throw error;
  }
}

/**
 * Runs a transaction while no other analyzer is in one. LOCK takes no snapshot, so what the transaction sees
 * begins after the one before it ended, and stays the same to its end. Own tables only: the orchestrator
 * never waits for this. PGlite ignores the isolation level: with one connection nothing can change meanwhile.
 *
 * @see https://www.postgresql.org/docs/current/sql-lock.html
 */
export async function withAnalysisLock<Result>(
  { kysely, ownSchema }: AnalyzerDatabase,
  run: (transaction: Transaction<OwnTables>) => Promise<Result>,
): Promise<Result> {
  return await kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const position = sql.table(`${ownSchema}.log_position`);
      await sql`lock table ${position} in share row exclusive mode`.execute(transaction);
      return await run(transaction);
    });
}

async function runStep(
  context: StepContext,
  transaction: Transaction<OwnTables>,
  signal: AbortSignal | undefined,
): Promise<StepReport> {
  const { database, tables, configuration, cache, clockToleranceMs, rowsPerStep } = context;
  const position = await readLogPosition(transaction, database, tables);
  const analysis = await readAnalysis(transaction, database, configuration);
  if (cache.revision !== analysis.revision) forget(cache);
  const fold: FoldContext = {
    transaction,
    database,
    tables,
    configuration,
    cache,
    announcedOrdinal: analysis.announcedOrdinal,
  };
  let crossings = await foldBacklog(fold, analysis.ordinal, position.merges);

  const superseded = await supersededEvents(transaction, database, tables, position);
  const read = { transaction, database, tables, position, clockToleranceMs, superseded };
  let reading: Reading = {
    place: position.after,
    previous: position.previous,
    merges: position.merges,
  };
  let quarantined = 0;
  let rowsRead = 0;
  let isLast = true;
  // A writer without a number may come below what is in sight: all wait for it.
  const pieces = position.hasGap ? [] : outboxPieces(transaction, database, tables, position);
  for await (const rows of pieces) {
    const piece = await readPiece(read, reading, rows);
    crossings += await foldPiece(fold, piece.merges);
    quarantined += piece.quarantined;
    reading = piece.reading;
    rowsRead += rows.length;
    if (rowsRead >= rowsPerStep || signal?.aborted) {
      isLast = false;
      break;
    }
  }

  const merges = reading.merges - position.merges;
  const end = isLast && !position.hasGap ? horizonPlace(position) : reading.place;
  const scan =
    isLast && !position.hasGap ? nextScan(position) : { scanAfterId: position.scanAfterId, noteScan: false };
  const noted = position.hasGap ? undefined : position.nextScan;
  const hasNews =
    reading.merges > analysis.ordinal || quarantined > 0 || !isSamePlace(reading.place, position.after);
  const isPassedNext = noted?.xmax === undefined && noted?.areWritersGone === true;
  const hasSettled = isPassedNext || scan.scanAfterId !== position.scanAfterId;
  if (hasNews || scan.noteScan || hasSettled || position.isForeign) {
    await writeLogPosition(transaction, database, position, { ...reading, after: end, ...scan });
  }
  if (reading.merges > analysis.ordinal) {
    await writeAnalysis(transaction, database, configuration, analysis, reading.merges);
    cache.revision = analysis.revision + 1;
  } else {
    cache.revision = analysis.revision;
  }
  return { merges, crossings, quarantined, mergesSoFar: reading.merges, hasMore: !isLast };
}

/** Merges that are known but not yet folded under this configuration: after a rebuild, or with a new version. */
async function foldBacklog(fold: FoldContext, from: number, to: number): Promise<number> {
  let crossings = 0;
  for (let ordinal = from; ordinal < to; ) {
    const merges = await mergesAfter(fold.transaction, fold.database, ordinal, PIECE_ROWS);
    const last = merges.at(-1);
    if (last === undefined) break;
    crossings += await foldPiece(fold, merges);
    ordinal = last.ordinal;
  }
  return crossings;
}

/** All of the transactions below the horizon. */
function horizonPlace({ horizon, after }: LogPosition): LogPlace {
  // The snapshot's horizon never moves back; the guard keeps a position that was ahead of it where it is.
  return horizon - 1 < after.xid ? after : { xid: horizon - 1, createdAt: 'infinity', id: null };
}

function isSamePlace(left: LogPlace, right: LogPlace): boolean {
  return left.xid === right.xid && left.createdAt === right.createdAt && left.id === right.id;
}

/** Where ids may be skipped from now on, see `../log/log-position.ts`. */
function nextScan({ scanAfterId, nextScan: noted, horizon, newestId }: LogPosition): {
  readonly scanAfterId: string | null;
  readonly noteScan: boolean;
} {
  if (noted === undefined) return { scanAfterId, noteScan: newestId !== null && newestId !== scanAfterId };
  const isSettled = noted.xmax !== undefined && horizon > noted.xmax;
  return isSettled
    ? { scanAfterId: noted.afterId, noteScan: newestId !== noted.afterId }
    : { scanAfterId, noteScan: false };
}

interface Analysis {
  readonly ordinal: number;
  readonly announcedOrdinal: number;
  readonly revision: number;
}

async function readAnalysis(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
  { version }: AnalyzerConfiguration,
): Promise<Analysis> {
  const row = await transaction
    .withSchema(ownSchema)
    .selectFrom('analysis')
    .select(['ordinal', 'announced_ordinal', 'revision'])
    .where('configuration_version', '=', version)
    .executeTakeFirst();
  if (row === undefined) return { ordinal: 0, announcedOrdinal: 0, revision: 0 };
  return {
    ordinal: toInteger(row.ordinal),
    announcedOrdinal: toInteger(row.announced_ordinal),
    revision: toInteger(row.revision),
  };
}

async function writeAnalysis(
  transaction: Transaction<OwnTables>,
  { ownSchema }: AnalyzerDatabase,
  { version }: AnalyzerConfiguration,
  before: Analysis,
  ordinal: number,
): Promise<void> {
  const values = {
    ordinal,
    announced_ordinal: Math.max(before.announcedOrdinal, ordinal),
    revision: before.revision + 1,
  };
  await transaction
    .withSchema(ownSchema)
    .insertInto('analysis')
    .values({ configuration_version: version, ...values })
    .onConflict((conflict) => conflict.column('configuration_version').doUpdateSet(values))
    .execute();
}
