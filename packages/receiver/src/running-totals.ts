/**
 * The receiver's memory: everything it was sent, merged. Pure state, no input or output.
 *
 *     batch ─▶ seen before? ─▶ dropped, counted
 *        └───▶ does not fit? ─▶ refused, counted, told to the sender
 *        └───▶ delta: added · cumulative: newest of its stream · gauge: newest of all
 */
import { type FamilySnapshot, MetricFamily, type Taken } from './metric-family.ts';
import { compareText } from './prometheus-labels.ts';
import type { ReceivedBatch, ReceivedPoint, Refusal } from './received-batch.ts';
import { SeenBatches } from './seen-batches.ts';

/** How much is remembered. */
export interface TotalsLimits {
  /** Most series; points of further ones are refused. @default 100000 */
  readonly seriesLimit?: number;
  /** Most streams of cumulative senders; points of further ones are refused. @default 100000 */
  readonly streamLimit?: number;
  /** Most points remembered to notice duplicates; the oldest batches are forgotten first. @default 500000 */
  readonly duplicateMemoryPoints?: number;
}

/** What became of one batch. */
export interface BatchReceipt {
  /** The label `job` of its series. */
  readonly job: string | undefined;
  readonly instanceId: string | undefined;
  readonly sequence: bigint | undefined;
  /** Points merged now. */
  readonly points: number;
  /** Points that were merged before. */
  readonly duplicatePoints: number;
  /** Whether all of it was merged before. */
  readonly isDuplicate: boolean;
  readonly refusals: readonly Refusal[];
}

/** Merges batches, in any order and however often each of them comes, to the same totals. */
export class RunningTotals {
  readonly #families: Map<string, MetricFamily> = new Map();
  readonly #seen: SeenBatches;
  #seriesLeft: number;
  #streamsLeft: number;

  constructor(limits: TotalsLimits = {}) {
    this.#seriesLeft = limits.seriesLimit ?? 100_000;
    this.#streamsLeft = limits.streamLimit ?? 100_000;
    this.#seen = new SeenBatches(limits.duplicateMemoryPoints ?? 500_000);
  }

  /** Merges a batch. A point that is refused does not keep the others out. */
  merge(batch: ReceivedBatch): BatchReceipt {
    const refusals = [...batch.refusals];
    let points = 0;
    let duplicatePoints = 0;
    for (const point of batch.points) {
      if (this.#seen.has(batch, point)) {
        duplicatePoints += 1;
        continue;
      }
      const taken = this.#take(point);
      if (taken.kind === 'misfit') {
        refusals.push({
          reason: taken.reason,
          metric: point.metric.otlpName,
          message: taken.message,
          points: 1,
        });
        continue;
      }
      this.#seen.remember(batch, point);
      points += 1;
    }
    const { job, instanceId, sequence } = batch;
    const isDuplicate = duplicatePoints > 0 && points === 0;
    return {
      job,
      instanceId,
      sequence,
      points,
      duplicatePoints,
      isDuplicate,
      refusals: groupRefusals(refusals),
    };
  }

  /** Every metric, by name. */
  snapshot(): readonly FamilySnapshot[] {
    return [...this.#families.entries()]
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([, family]) => family.snapshot());
  }

  /** Batches whose repeat would not be noticed any more. */
  forgottenBatches(): number {
    return this.#seen.forgotten();
  }

  #take(point: ReceivedPoint): Taken {
    const { name } = point.metric;
    const known = this.#families.get(name);
    const clash = known === undefined ? this.#nameClash(point) : undefined;
    if (clash !== undefined)
      return {
        kind: 'misfit',
        reason: 'name_collision',
        message: `${name} would be mistaken for a series of ${clash}`,
      };
    const family = known ?? new MetricFamily(point);
    const taken = family.take(point, { series: this.#seriesLeft, streams: this.#streamsLeft });
    if (taken.kind === 'misfit') return taken;
    this.#families.set(name, family);
    this.#seriesLeft -= taken.series;
    this.#streamsLeft -= taken.streams;
    return taken;
  }

  /** A histogram `x` is shown as `x_bucket`, `x_sum` and `x_count`: no other metric may have these names. */
  #nameClash({ kind, metric: { name } }: ReceivedPoint): string | undefined {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    if (base !== name && this.#families.get(base)?.isHistogram() === true) return base;
    if (kind !== 'histogram') return undefined;
    return ['bucket', 'sum', 'count']
      .map((part) => `${name}_${part}`)
      .find((part) => this.#families.has(part));
  }
}

/** One entry for each metric and message. */
function groupRefusals(refusals: readonly Refusal[]): readonly Refusal[] {
  const groups = new Map<string, Refusal>();
  for (const refusal of refusals) {
    const key = JSON.stringify([refusal.reason, refusal.metric, refusal.message]);
    const points = (groups.get(key)?.points ?? 0) + refusal.points;
    groups.set(key, { ...refusal, points });
  }
  return [...groups.values()];
}
