/**
 * The receiver's memory: everything it was sent, merged. Pure state, no input or output.
 *
 *     batch ─▶ seen before? ─▶ dropped, counted
 *        └───▶ does not fit? ─▶ refused, counted, told to the sender
 *        └───▶ delta: added · cumulative: newest of its stream · gauge: newest of all, for 5 min unless it lasts
 */
import { INGEST_LIMITS } from '@ephemetry/contract';
import type { Digests } from './digests.ts';
import { DuplicateMemory } from './duplicate-memory.ts';
import { type FamilySnapshot, FamilyTotals, type Space } from './family-totals.ts';
import { compareText } from './prometheus-labels.ts';
import type { ReceivedBatch, ReceivedPoint } from './received-batch.ts';
import { type RefusalReason, Refusals, type RefusedPoints } from './refusals.ts';
import { ContractNames, HISTOGRAM_PARTS, histogramOf, KIND_NAMES, shownNames } from './shown-name.ts';

/** How much is remembered. */
export interface TotalsLimits {
  /** Most series; points of further ones are refused. @default 100000 */
  readonly seriesLimit?: number;
  /** Most streams of cumulative senders; points of further ones are refused. @default 100000 */
  readonly streamLimit?: number;
  /** Most memory of series, streams and their labels, in bytes; points of further ones are refused. @default 67108864 */
  readonly seriesMemoryBytes?: number;
  /** Memory of points that came, to notice those that come again; the oldest are forgotten first. @default 33554432 */
  readonly duplicateMemoryBytes?: number;
}

/** The limits of whoever sets none. */
export const TOTALS_DEFAULTS: Required<TotalsLimits> = {
  seriesLimit: 100_000,
  streamLimit: 100_000,
  seriesMemoryBytes: 64 * 1024 * 1024,
  duplicateMemoryBytes: 32 * 1024 * 1024,
};

/** What became of one batch. Texts are shortened. */
export interface BatchReceipt {
  /** The label `job` of its series. */
  readonly job: string | undefined;
  readonly instanceId: string | undefined;
  readonly sequence: bigint | undefined;
  /** Points merged now. */
  readonly points: number;
  /** Points that were merged before. */
  readonly duplicatePoints: number;
  /** Points that were merged although their time is not to be believed. */
  readonly restampedPoints: number;
  /** Whether all of it was merged before. */
  readonly isDuplicate: boolean;
  readonly refusals: readonly RefusedPoints[];
}

/** The promise to know a batch again, as long as the gateway makes it. */
const DUPLICATE_WINDOW_SECONDS = 24 * 60 * 60;
/** Readings that nobody looks at take up space no longer than this beyond their time. */
const FORGET_EVERY_MS = 10_000;

interface Misfit {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** Merges batches, in any order and however often each of them comes, to the same totals. */
export class RunningTotals {
  readonly #digests: Digests;
  readonly #contract: ContractNames = new ContractNames();
  readonly #families: Map<string, FamilyTotals> = new Map();
  readonly #seen: DuplicateMemory;
  readonly #limits: Space;
  readonly #nowUnixMs: () => number;
  #forgotUnixMs = 0;
  #left: Space;

  constructor(digests: Digests, limits: TotalsLimits = {}, nowUnixMs: () => number = Date.now) {
    this.#digests = digests;
    this.#nowUnixMs = nowUnixMs;
    this.#limits = {
      series: limits.seriesLimit ?? TOTALS_DEFAULTS.seriesLimit,
      streams: limits.streamLimit ?? TOTALS_DEFAULTS.streamLimit,
      bytes: limits.seriesMemoryBytes ?? TOTALS_DEFAULTS.seriesMemoryBytes,
    };
    this.#left = this.#limits;
    const limitBytes = limits.duplicateMemoryBytes ?? TOTALS_DEFAULTS.duplicateMemoryBytes;
    this.#seen = new DuplicateMemory({ limitBytes, windowSeconds: DUPLICATE_WINDOW_SECONDS });
  }

  /** Merges a batch. A point that is refused does not keep the others out. */
  merge(batch: ReceivedBatch): BatchReceipt {
    if (Math.abs(this.#nowUnixMs() - this.#forgotUnixMs) >= FORGET_EVERY_MS) this.#forgetReadings();
    const refusals = new Refusals();
    let [points, duplicatePoints, restampedPoints] = [0, 0, 0];
    for (const point of batch.points(refusals)) {
      const identity = point.identity === undefined ? undefined : this.#digests.pair(point.identity);
      if (identity !== undefined && this.#seen.has(identity)) {
        duplicatePoints += 1;
        continue;
      }
      const misfit = this.#take(point);
      if (misfit !== undefined) {
        refusals.add(misfit.reason, point.metric.otlpName, 1, () => misfit.message);
        continue;
      }
      if (identity !== undefined) this.#seen.add(identity);
      points += 1;
      restampedPoints += Number(point.isRestamped);
    }
    if (points > 0 && batch.identity !== undefined) this.#seen.addBatch(this.#digests.pair(batch.identity));
    const { job, instanceId, sequence } = batch;
    const isDuplicate = duplicatePoints > 0 && points === 0;
    const merged = { points, duplicatePoints, restampedPoints, isDuplicate };
    return { job, instanceId, sequence, ...merged, refusals: refusals.list() };
  }

  /** Every metric, by name. */
  *snapshot(): Generator<FamilySnapshot> {
    this.#forgetReadings();
    for (const name of [...this.#families.keys()].toSorted(compareText)) {
      const family = this.#families.get(name);
      if (family !== undefined) yield family.snapshot();
    }
  }

  /** How many series there are. */
  seriesCount(): number {
    return this.#limits.series - this.#left.series;
  }

  /** Batches whose repeat would not be noticed any more. */
  forgottenBatches(): number {
    return this.#seen.forgottenBatches();
  }

  /** For how many seconds from now a batch that comes now is known again. */
  duplicateWindowSeconds(): number {
    return this.#seen.windowSeconds();
  }

  /** A gauge that does not last says nothing of now after its time; without any series its name is free again. */
  #forgetReadings(): void {
    const nowUnixMs = this.#nowUnixMs();
    this.#forgotUnixMs = nowUnixMs;
    const before = BigInt(Math.floor(nowUnixMs - INGEST_LIMITS.readingSeconds * 1_000)) * 1_000_000n;
    for (const [name, family] of this.#families) {
      if (family.kind !== 'gauge' || this.#contract.lasts(name)) continue;
      const { series, bytes } = family.forgetBefore(before);
      if (family.isEmpty) this.#families.delete(name);
      this.#left = {
        ...this.#left,
        series: this.#left.series + series,
        bytes: this.#left.bytes + bytes + (family.isEmpty ? family.bytes : 0),
      };
    }
  }

  /** Undefined when the point was taken. */
  #take(point: ReceivedPoint): Misfit | undefined {
    const fault = this.#contract.fault(point);
    if (fault !== undefined) return fault;
    for (const name of shownNames(point)) {
      const known = this.#families.get(name);
      const isFree = known === undefined ? !this.#isTaken(name, point) : known.fits(point);
      if (isFree) return this.#add(known, name, point);
    }
    return {
      reason: point.kind === 'histogram' ? 'different_bounds' : 'type_conflict',
      message: `this ${KIND_NAMES[point.kind]} cannot be added to the metric that came first under this name, and cannot be shown beside it; give it another name`,
    };
  }

  #add(known: FamilyTotals | undefined, name: string, point: ReceivedPoint): Misfit | undefined {
    const family = known ?? new FamilyTotals(name, point);
    const space = family.spaceFor(point);
    const bytes = space.bytes + (known === undefined ? family.bytes : 0);
    const { series, streams } = this.#left;
    if (series < space.series)
      return misfit('series_limit', 'a new series has no room; raise --series-limit');
    if (streams < space.streams)
      return misfit(
        'stream_limit',
        'a new cumulative stream has no room; send deltas, or raise --stream-limit',
      );
    if (bytes > 0 && this.#left.bytes < bytes)
      return misfit('memory_limit', 'a new series has no room; raise --series-memory-bytes');
    family.add(point);
    if (known === undefined) this.#families.set(name, family);
    this.#left = {
      series: series - space.series,
      streams: streams - space.streams,
      bytes: this.#left.bytes - bytes,
    };
    return undefined;
  }

  /** No other metric may have the names of a histogram's parts, nor names that the contract has given away. */
  #isTaken(name: string, { kind, metric }: ReceivedPoint): boolean {
    if (name !== metric.name && this.#contract.has(name)) return true;
    const histogram = histogramOf(name);
    if (histogram !== undefined && this.#isHistogram(histogram)) return true;
    if (kind !== 'histogram') return false;
    return HISTOGRAM_PARTS.some((part) => {
      const partName = `${name}_${part}`;
      return this.#families.has(partName) || this.#contract.has(partName);
    });
  }

  #isHistogram(name: string): boolean {
    return this.#families.get(name)?.kind === 'histogram' || this.#contract.isHistogram(name);
  }
}

function misfit(reason: RefusalReason, message: string): Misfit {
  return { reason, message };
}
