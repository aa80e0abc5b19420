/** What of a batch was not taken, in a few entries however much it was. */
import type { RECEIVE_LABELS } from '@ephemetry/contract';
import { shorten } from './shorten.ts';

/** Why data points are refused: a value of the label `reason`. */
export type RefusalReason = (typeof RECEIVE_LABELS.reason.values)[number];

/** Data points of one metric that were not taken, and why. */
export interface RefusedPoints {
  readonly reason: RefusalReason;
  /** As the sender named it; `…` for further metrics that are not told one by one. */
  readonly metric: string;
  /** What was given and what is allowed. Of several points of a metric the first one's. */
  readonly message: string;
  /** How many data points. */
  readonly points: number;
}

const TOLD_LIMIT = 16;
const MESSAGE_LIMIT_CHARACTERS = 400;
const FURTHER = '…';

/** Counts refused points; counts are exact, what is told of them is bounded. */
export class Refusals {
  readonly #entries: Map<string, { -readonly [Key in keyof RefusedPoints]: RefusedPoints[Key] }> = new Map();

  /** @param describe is called when the message is told */
  add(reason: RefusalReason, metricName: string, points: number, describe: () => string): void {
    this.#add(reason, shorten(metricName), points, () =>
      shorten(
        `${metricName === '' ? 'a metric without a name' : shorten(metricName)}: ${describe()}`,
        MESSAGE_LIMIT_CHARACTERS,
      ),
    );
  }

  #add(reason: RefusalReason, metric: string, points: number, tell: () => string): void {
    const key =
      this.#entries.has(`${reason} ${metric}`) || this.#entries.size < TOLD_LIMIT ? metric : FURTHER;
    const known = this.#entries.get(`${reason} ${key}`);
    if (known !== undefined) {
      known.points += points;
      return;
    }
    const message = key === FURTHER ? 'points of further metrics' : tell();
    this.#entries.set(`${reason} ${key}`, { reason, metric: key, message, points });
  }

  /** Those of another list, as if they had been added here. */
  addAll(refusals: readonly RefusedPoints[]): void {
    for (const { reason, metric, message, points } of refusals)
      this.#add(reason, metric, points, () => message);
  }

  list(): readonly RefusedPoints[] {
    return [...this.#entries.values()];
  }
}
