/** What became of an issue that was handed to an automatic worker. */
import type { DispatchRule } from '../forge-repository.ts';
import type { ItemFact } from './facts.ts';

export type DispatchOutcome = 'success' | 'failure' | 'pending';

/**
 * The worker failed where somebody says so by the label, or opened the issue again, whatever came later; it succeeded where the
 * issue is closed.
 */
export function dispatchOutcome(
  { isOpen, handedOverMs, hasFailureLabel, reopenings }: ItemFact,
  { deadlineMs }: DispatchRule = {},
  nowMs: number,
): DispatchOutcome {
  if (hasFailureLabel || reopenings > 0) return 'failure';
  if (!isOpen) return 'success';
  const isLate = deadlineMs !== undefined && handedOverMs !== undefined && nowMs - handedOverMs > deadlineMs;
  return isLate ? 'failure' : 'pending';
}
