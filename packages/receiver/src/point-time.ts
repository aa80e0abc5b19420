/** What a point's time says about it: clocks are wrong, and what is dated ahead would hide all that comes later. */
import { INGEST_LIMITS } from '@ephemetry/contract';
import type { Temporality } from './received-batch.ts';

interface Times {
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
}

/** A delta counts whenever it was; of all others the newest counts, so that theirs must be believed. */
export type PointTime =
  | { readonly isRestamped: boolean }
  | { readonly reason: 'no_time' | 'unbelievable_time'; readonly message: string };

const NANO_PER_MS = 1_000_000n;

/** How a point of this kind is taken by its time. */
export function pointTime(
  { timeUnixNano }: Times,
  kind: Temporality | 'gauge',
  nowUnixMs: number,
): PointTime {
  if (timeUnixNano === 0n) return { reason: 'no_time', message: 'a data point has no time' };
  const aheadSeconds = Number(timeUnixNano / NANO_PER_MS) / 1_000 - nowUnixMs / 1_000;
  const isAhead = aheadSeconds > INGEST_LIMITS.aheadSeconds;
  const isBehind = aheadSeconds < -INGEST_LIMITS.behindSeconds;
  if (kind === 'delta') return { isRestamped: isAhead || isBehind };
  if (isAhead)
    return {
      reason: 'unbelievable_time',
      message: `a ${kind} is dated ${Math.round(aheadSeconds)} s ahead of this machine; allowed: ${INGEST_LIMITS.aheadSeconds} s. Check the sender's clock`,
    };
  if (isBehind && kind === 'gauge')
    return {
      reason: 'unbelievable_time',
      message: `a gauge is ${Math.round(-aheadSeconds)} s old; allowed: ${INGEST_LIMITS.behindSeconds} s`,
    };
  return { isRestamped: false };
}
