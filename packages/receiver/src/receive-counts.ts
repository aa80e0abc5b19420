/** What the receiver counts about itself, and shows beside what it was sent. */
import {
  RECEIVE_LABELS,
  RECEIVE_METRICS,
  type ReceiveLabelName,
  type ReceiveMetric,
} from '@ephemetry/contract';
import type { FamilySnapshot } from './family-totals.ts';
import type {} from './received-batch.ts';
import type { RefusalReason } from './refusals.ts';
import type { BatchReceipt } from './running-totals.ts';

/** Counts since the start. */
export class ReceiveCounts {
  #batches = 0;
  #duplicateBatches = 0;
  #points = 0;
  #duplicatePoints = 0;
  #restampedPoints = 0;
  readonly #refusedPoints: Map<RefusalReason, number> = zeros(RECEIVE_LABELS.reason.values);
  readonly #refusedRequests: Map<string, number> = zeros(RECEIVE_LABELS.status.values);

  countBatch(receipt: BatchReceipt): void {
    this.#batches += 1;
    this.#duplicateBatches += Number(receipt.isDuplicate);
    this.#points += receipt.points;
    this.#duplicatePoints += receipt.duplicatePoints;
    this.#restampedPoints += receipt.restampedPoints;
    for (const { reason, points } of receipt.refusals)
      this.#refusedPoints.set(reason, (this.#refusedPoints.get(reason) ?? 0) + points);
  }

  countRefusedRequest(status: number): void {
    const value = String(status);
    this.#refusedRequests.set(value, (this.#refusedRequests.get(value) ?? 0) + 1);
  }

  /** For the exposition, sorted by name. */
  snapshot(forgottenBatches: number): readonly FamilySnapshot[] {
    return [
      single(RECEIVE_METRICS.batches, this.#batches),
      single(RECEIVE_METRICS.duplicateBatches, this.#duplicateBatches),
      single(RECEIVE_METRICS.duplicatePoints, this.#duplicatePoints),
      single(RECEIVE_METRICS.forgottenBatches, forgottenBatches),
      single(RECEIVE_METRICS.points, this.#points),
      labelled(RECEIVE_METRICS.refusedPoints, this.#refusedPoints),
      labelled(RECEIVE_METRICS.refusedRequests, this.#refusedRequests),
      single(RECEIVE_METRICS.restampedPoints, this.#restampedPoints),
    ];
  }
}

/** Every value is shown from the start. */
function zeros<Value extends string>(values: readonly Value[]): Map<Value, number> {
  return new Map(values.map((value) => [value, 0]));
}

function single({ name, description, instrument }: ReceiveMetric, value: number): FamilySnapshot {
  const series = [{ labels: [], value: { kind: 'number', value } }] as const;
  return { name, description, type: instrument, series };
}

function labelled(
  { name, description, instrument, labels }: ReceiveMetric & { readonly labels: readonly [ReceiveLabelName] },
  values: ReadonlyMap<string, number>,
): FamilySnapshot {
  const series = [...values].map(([key, value]) => ({
    labels: [[labels[0], key]] as const,
    value: { kind: 'number', value } as const,
  }));
  return { name, description, type: instrument, series };
}
