/** The account of whoever delivers: what became of each batch that it settled, and the latest reason why not. */
import { type BatchFate, EMPTY_TALLY } from '../../tally.ts';
import type { DeliveryFailure } from '../../verdict.ts';

/** Added to with each batch that is settled. */
export interface Account {
  readonly tally: Record<BatchFate, number>;
  /** Data points that the Collector refused inside batches that it took. */
  lostDataPoints: number;
  failure: DeliveryFailure | undefined;
}

/** An account of nothing. */
export function openAccount(): Account {
  return { tally: { ...EMPTY_TALLY }, lostDataPoints: 0, failure: undefined };
}
