/** What the receiver counts about itself, and shows beside what it was sent. */
import type { FamilySnapshot } from './metric-family.ts';
import { REFUSAL_REASONS, type RefusalReason } from './received-batch.ts';
import type { BatchReceipt } from './running-totals.ts';

/** Statuses of refused requests, shown from the start at 0. */
const REFUSAL_STATUSES = [400, 404, 405, 413, 415, 500] as const;

/** Counts since the start. */
export class ReceiveCounts {
  #batches = 0;
  #duplicateBatches = 0;
  #points = 0;
  #duplicatePoints = 0;
  readonly #refusedPoints: Map<RefusalReason, number> = new Map(REFUSAL_REASONS.map((reason) => [reason, 0]));
  readonly #refusedRequests: Map<number, number> = new Map(REFUSAL_STATUSES.map((status) => [status, 0]));

  countBatch(receipt: BatchReceipt): void {
    this.#batches += 1;
    this.#duplicateBatches += Number(receipt.isDuplicate);
    this.#points += receipt.points;
    this.#duplicatePoints += receipt.duplicatePoints;
    for (const { reason, points } of receipt.refusals)
      this.#refusedPoints.set(reason, (this.#refusedPoints.get(reason) ?? 0) + points);
  }

  countRefusedRequest(status: number): void {
    this.#refusedRequests.set(status, (this.#refusedRequests.get(status) ?? 0) + 1);
  }

  /** For the exposition, sorted by name. */
  snapshot(forgottenBatches: number): readonly FamilySnapshot[] {
    return [
      counter('batches', 'Batches received, duplicates included.', this.#batches),
      counter(
        'duplicate_batches',
        'Batches whose every data point was merged before.',
        this.#duplicateBatches,
      ),
      counter(
        'duplicate_points',
        'Data points that were merged before and were dropped.',
        this.#duplicatePoints,
      ),
      counter('forgotten_batches', 'Batches whose repeat would not be noticed any more.', forgottenBatches),
      counter('points', 'Data points merged.', this.#points),
      labelled(
        'refused_points',
        'Data points refused, told to the sender as partial success.',
        'reason',
        this.#refusedPoints,
      ),
      labelled(
        'refused_requests',
        'Requests answered with a status other than 200.',
        'status',
        this.#refusedRequests,
      ),
    ];
  }
}

function counter(name: string, description: string, value: number): FamilySnapshot {
  const series = [{ labels: [], value: { kind: 'number', value } }] as const;
  return { name: `ephemetry_receive_${name}_total`, description, type: 'counter', series };
}

function labelled(
  name: string,
  description: string,
  label: string,
  values: ReadonlyMap<unknown, number>,
): FamilySnapshot {
  const series = [...values].map(([key, value]) => ({
    labels: [[label, String(key)]] as const,
    value: { kind: 'number', value } as const,
  }));
  return { name: `ephemetry_receive_${name}_total`, description, type: 'counter', series };
}
