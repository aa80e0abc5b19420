/**
 * Catches up with the log: reading finds rows, folding says what follows from them, and one statement commits that.
 *
 *   read n+1   ────────▶│                        reading writes nothing, and runs ahead by one piece
 *   fold n         ─────▶│                       folding is pure
 *   commit n-1  ──────────▶│                     one statement: all of it, or nothing
 *
 * Nothing is locked while it reads. A commit names the revision of the position that it follows from; when another
 * analyzer was faster, it writes nothing, and reading starts again from what the other one left.
 */

import { isStatementTimeout } from '@ephemetry/store/postgresql';
import type { AnalyzerDatabase } from '../database/analyzer-database.ts';
import { type AnalyzerConfiguration, ConfigurationChangedError, rulesOf } from '../fold/configuration.ts';
import type { Merge } from '../fold/merge.ts';
import type { Analysis, LogPiece, LogPlace, LogPosition, PreviousMerge } from '../log/log-position.ts';
import type { QuarantinedEvent } from '../log/merge-event.ts';
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';
import { readMore, readNews } from '../log/read-log.ts';
import { mergedItems, understandRows, withoutKnownMerges } from '../log/understand-rows.ts';
import { readWorkItems } from '../log/work-items.ts';
import { commit } from '../store/commit.ts';
import { mergesAfter } from '../store/merge-table.ts';
import { foldChanges } from './fold-changes.ts';
import { type LookTimes, mayLookNear, noteLook } from './look-times.ts';
import { forget, remember, type ScopeCache, scopesBefore } from './scope-cache.ts';

/** What catching up did. */
export interface StepReport {
  /** Merges that were new to the log. */
  readonly merges: number;
  /** Crossings that were announced. */
  readonly crossings: number;
  /** Rows that were set aside. */
  readonly quarantined: number;
  /** Merges among them that appeared under an id below those that were read: counted at the end of the order. */
  readonly late: number;
  /** All merges that the log held at the end, whoever read them. */
  readonly mergesSoFar: number;
  /** Whether more may be waiting: it stopped at a signal. */
  readonly hasMore: boolean;
  /** Whether rows are in sight that wait for a transaction. */
  readonly isHeldBack: boolean;
}

/** What an analyzer works with. */
export interface AnalyzeContext {
  readonly database: AnalyzerDatabase;
  readonly tables: OrchestratorTables;
  readonly configuration: AnalyzerConfiguration;
  readonly clockToleranceMs: number;
  readonly cache: ScopeCache;
  readonly pieces: PieceSize;
  readonly looks: LookTimes;
  /** Told what has changed under the analyzer, a sentence each. */
  readonly onChange: (what: string) => void;
}

/** Outbox rows a piece. Mutable: owned by one analyzer. It shrinks when a statement takes too long. */
interface PieceSize {
  readonly most: number;
  rows: number;
  isFirstLook: boolean;
}

const FEWEST_ROWS = 50;
/** One piece may go through the rows of so many when none of them was a merge. */
const MOST_EMPTY_PIECES = 20;
/** And one of merges that are announced already has so many times as many. */
const ANNOUNCED_SCALE = 4;

/**
 * Catches up. Throws what the database throws; what was committed by then stays.
 *
 * @param signal - aborted, it ends this after the piece that is being read
 */
export async function catchUp(context: AnalyzeContext, signal?: AbortSignal): Promise<StepReport> {
  const { cache, pieces } = context;
  const total: Total = { merges: 0, crossings: 0, quarantined: 0, late: 0 };
  while (true) {
    try {
      const end = await passOnce(context, total, signal);
      // After a long pass our own events are in sight: whoever comes next shall not go through them.
      if (end !== 'overtaken' && (!end.isLong || end.hasMore)) {
        const { mergesSoFar, hasMore, isHeldBack } = end;
        return { ...total, mergesSoFar, hasMore, isHeldBack };
      }
      if (end !== 'overtaken') continue;
    } catch (error) {
      forget(cache);
      if (!(error instanceof PieceError)) throw error;
      if (pieces.rows <= FEWEST_ROWS || !isStatementTimeout(error.cause)) throw error.cause;
      pieces.rows = Math.max(FEWEST_ROWS, Math.floor(pieces.rows / 4));
    }
    forget(cache);
  }
}

/** A mutable sum over passes. */
type Total = { -readonly [Count in 'merges' | 'crossings' | 'quarantined' | 'late']: number };

/** What failed while a piece of a long history was read or committed: a smaller one may succeed. */
class PieceError extends Error {
  override readonly name = 'PieceError';
}

function ofPiece<Result>(task: Promise<Result>): Promise<Result> {
  const named = task.catch((error: unknown) => {
    throw new PieceError('a piece failed', { cause: error });
  });
  // Awaited later, perhaps never: when another one has failed before.
  named.catch(() => {});
  return named;
}

/** Where a pass stands: what is or will be committed. Each commit follows from the one before it. */
interface Standing {
  readonly revision: number;
  readonly previous: PreviousMerge | null;
  readonly merges: number;
  readonly analysis: FoldedTo;
}

type FoldedTo = Pick<Analysis, 'ordinal' | 'announcedOrdinal'>;

/** What is committed next. */
interface Step {
  /** Undefined leaves it where it is. */
  readonly place: LogPlace | undefined;
  readonly previous: PreviousMerge | null;
  /** New to the log. */
  readonly newMerges: readonly Merge[];
  readonly faults: readonly QuarantinedEvent[];
  readonly late: number;
  /** To be folded: those, or ones that are known and that this configuration has not seen. */
  readonly merges: readonly Merge[];
}

const READ_AGAIN = 'it was read from its start, and work items that had merged did not count again';

/** How a pass ended. */
interface PassReport extends Pick<StepReport, 'mergesSoFar' | 'hasMore' | 'isHeldBack'> {
  /** Whether it had several pieces. */
  readonly isLong: boolean;
}

/** From the position to the end of what can be read now, unless somebody else is faster. */
async function passOnce(
  context: AnalyzeContext,
  total: Total,
  signal: AbortSignal | undefined,
): Promise<PassReport | 'overtaken'> {
  const { database, tables, configuration, cache, pieces } = context;
  const { version } = configuration;
  const source = { asker: database.kysely, database, tables, hasOwnTables: true };
  const isNear = mayLookNear(context.looks, tables);
  const beganAtMs = performance.now();
  const { position, piece, isHeldBack, restartedBecause } = await readNews(database, tables, {
    version,
    isFirst: pieces.isFirstLook,
    isNear,
  });
  const { revision, rules } = position.analysis;
  if (rules !== null && rules !== rulesOf(configuration)) {
    throw new ConfigurationChangedError(configuration, rules);
  }
  if (cache.revision !== revision) forget(cache);
  const { previous } = position;
  const writer = createWriter(context, position, total);
  for await (const known of backlog(context, position)) {
    await writer.write(
      { place: undefined, previous, newMerges: [], faults: [], late: 0, merges: known },
      true,
    );
  }
  let next: Promise<LogPiece> | undefined = Promise.resolve(piece);
  let hasMore = false;
  let scale = 1;
  while (next !== undefined) {
    const current: LogPiece = await next;
    const { rows, place, isStep } = current;
    hasMore = current.hasMore;
    const isLast = !hasMore || signal?.aborted === true;
    // Where few rows are merges, a piece goes through more of them.
    scale = rows.length === 0 ? Math.min(MOST_EMPTY_PIECES, scale * 4) : 1;
    next = isLast ? undefined : ofPiece(readMore(source, place, pieces.rows * scale));
    const standing = writer.standing();
    const understood = await understandRows(
      {
        tables,
        now: position.now,
        clockToleranceMs: context.clockToleranceMs,
        isKnown: writer.isRecent,
        askWorkItems: (events) => ofPiece(readWorkItems(source, events)),
      },
      standing,
      place.isRestarted ? withoutKnownMerges(rows) : rows,
    );
    const { newMerges, faults, late } = understood;
    await writer.write(
      { place, previous: understood.previous, newMerges, faults, late, merges: newMerges },
      isStep,
    );
  }
  await writer.settle();
  pieces.isFirstLook = false;
  if (writer.isOvertaken()) return 'overtaken';
  noteLook(context.looks, beganAtMs, isNear || hasMore);
  if (restartedBecause !== undefined) context.onChange(`${restartedBecause}: ${READ_AGAIN}`);
  cache.revision = writer.foldedBy();
  return { mergesSoFar: writer.standing().merges, hasMore, isHeldBack, isLong: piece.hasMore };
}

/** Merges that are known but not yet folded under this configuration: after a rebuild, or with a new version. */
async function* backlog(
  { database, pieces }: AnalyzeContext,
  { analysis, merges }: LogPosition,
): AsyncGenerator<readonly Merge[]> {
  for (let { ordinal } = analysis; ordinal < merges; ) {
    // Of those that have their snapshot nothing is written but crossings.
    const announced = Math.min(analysis.announcedOrdinal - ordinal, pieces.rows * ANNOUNCED_SCALE);
    const known = await ofPiece(mergesAfter(database, ordinal, Math.max(announced, pieces.rows)));
    const last = known.at(-1);
    if (last === undefined) return;
    yield known;
    ordinal = last.ordinal;
  }
}

/** Folds steps and commits them one after the other, one ahead of the last that is known to be committed. */
function createWriter(context: AnalyzeContext, position: LogPosition, total: Total) {
  const { database, tables, configuration, cache, pieces } = context;
  const { revision, previous, merges, analysis } = position;
  const rules = rulesOf(configuration);
  let standing: Standing = { revision, previous, merges, analysis };
  let isOvertaken = false;
  let foldedBy = analysis.revision;
  let committing: Promise<void> = Promise.resolve();
  /** Work items of the last two steps: what is read now may not see them committed. */
  let recent: readonly ReadonlySet<string>[] = [];

  const write = async (step: Step, isWorthIt: boolean): Promise<void> => {
    const { place, previous, newMerges, faults, merges } = step;
    if (!isWorthIt && merges.length === 0 && faults.length === 0) {
      standing = { ...standing, previous };
      return;
    }
    const before = await ofPiece(scopesBefore(cache, database, configuration, merges));
    const fold = foldChanges(before, merges, configuration, standing.analysis.announcedOrdinal);
    if (merges.length > 0) remember(cache, fold.scopes);
    const foldedTo = foldedAfter(standing.analysis, merges);
    const count = standing.merges + newMerges.length;
    const changes = {
      revision: standing.revision,
      place,
      previous,
      merges: count,
      newMerges,
      faults,
      fold,
      analysis: merges.length === 0 ? undefined : { version: configuration.version, rules, ...foldedTo },
    };
    recent = [...recent.slice(-1), mergedItems(step)];
    await committing;
    if (isOvertaken) return;
    standing = { revision: standing.revision + 1, previous, merges: count, analysis: foldedTo };
    committing = ofPiece(
      commit(database, tables, changes).then((committed) => {
        if (committed === undefined) {
          isOvertaken = true;
          return;
        }
        if (merges.length > 0) foldedBy = committed.xid;
        total.merges += newMerges.length;
        total.late += step.late;
        total.quarantined += committed.quarantined;
        total.crossings += committed.crossings;
        // Slowly: each step too far costs the time that the server allows a statement.
        pieces.rows = Math.min(pieces.most, Math.ceil(pieces.rows * 1.1));
      }),
    );
  };
  return {
    write,
    settle: () => committing,
    standing: () => standing,
    foldedBy: () => foldedBy,
    isOvertaken: () => isOvertaken,
    isRecent: (workItemId: string) => recent.some((names) => names.has(workItemId)),
  };
}

function foldedAfter({ ordinal, announcedOrdinal }: FoldedTo, merges: readonly Merge[]): FoldedTo {
  const last = merges.at(-1)?.ordinal;
  if (last === undefined) return { ordinal, announcedOrdinal };
  return { ordinal: last, announcedOrdinal: Math.max(announcedOrdinal, last) };
}
