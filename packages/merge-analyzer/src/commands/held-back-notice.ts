/** Says once of a transaction that merges have waited for it for long: nobody else would notice. */
import { performance } from 'node:perf_hooks';
import type { StepReport } from '../analyzer/analyze.ts';
import type { MergeAnalyzer } from '../analyzer/merge-analyzer.ts';
import { countBeyond, readStoredPlace } from '../log/read-log.ts';
import { oldestTransaction } from '../log/writers.ts';

/** A transaction that has held merges back for long. */
export interface HeldBack {
  /** Merge events that wait. */
  readonly mergeEvents: number;
  /** Null of a transaction that is prepared for two phases. */
  readonly pid: number | null;
  readonly ageSeconds: number;
}

/** How often it is looked who is waited for, while merges wait. */
const LOOK_EVERY_MS = 10_000;

/**
 * Looks at each report of one analyzer after the other.
 *
 * @param afterMs - how old a transaction must be
 * @returns what is new to say; undefined mostly.
 */
export function createHeldBackNotice(
  afterMs: number,
): (report: StepReport, analyzer: MergeAnalyzer) => Promise<HeldBack | undefined> {
  let lookedMs = Number.NEGATIVE_INFINITY;
  let waited: { readonly pid: number | null; readonly sinceMs: number; isSaid: boolean } | undefined;
  return async ({ isHeldBack }, { database, tables }) => {
    if (!isHeldBack) {
      waited = undefined;
      return undefined;
    }
    const nowMs = performance.now();
    if (nowMs - lookedMs < Math.min(LOOK_EVERY_MS, afterMs)) return undefined;
    lookedMs = nowMs;
    const oldest = await oldestTransaction(database.kysely, database, tables);
    if (oldest === null) return undefined;
    if (waited?.pid !== oldest.pid) waited = undefined;
    waited ??= { pid: oldest.pid, sinceMs: nowMs, isSaid: false };
    // A role that may not see its age knows how long it has waited itself.
    const ageSeconds = Math.max(oldest.ageSeconds ?? 0, (nowMs - waited.sinceMs) / 1_000);
    if (waited.isSaid || ageSeconds * 1_000 < afterMs) return undefined;
    const { place } = await readStoredPlace(database.kysely, database, tables);
    const mergeEvents = await countBeyond({ asker: database.kysely, database, tables }, place);
    if (mergeEvents === 0) return undefined;
    waited.isSaid = true;
    return { mergeEvents, pid: oldest.pid, ageSeconds };
  };
}
