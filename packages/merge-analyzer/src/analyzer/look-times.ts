/** Which looks go through a whole outbox, where an index finds most of what is new by its time. */
import type { OrchestratorTables } from '../log/orchestrator-tables.ts';

/** When the whole outbox was looked through. Mutable: owned by one analyzer. */
export interface LookTimes {
  lastAtMs: number;
  wholeAtMs: number;
  wholeTookMs: number;
}

/** None yet. */
export function createLookTimes(): LookTimes {
  return { lastAtMs: Number.NEGATIVE_INFINITY, wholeAtMs: Number.NEGATIVE_INFINITY, wholeTookMs: 0 };
}

/** The next look goes through the whole outbox. */
export function forgetLooks(looks: LookTimes): void {
  Object.assign(looks, createLookTimes());
}

/** How often the whole outbox is looked through where an index finds most of what is new … */
const WHOLE_EVERY_MS = 60_000;
/** … and which part of the time that may take at most. */
const WHOLE_SHARE = 20;

/** The near past must reach back to the last look, with a minute to spare. */
export function mayLookNear(looks: LookTimes, { order }: OrchestratorTables): boolean {
  if (order.kind !== 'transaction' || !order.hasTimeIndex) return false;
  const now = performance.now();
  return (
    now - looks.lastAtMs < WHOLE_EVERY_MS &&
    now - looks.wholeAtMs < Math.max(WHOLE_EVERY_MS, WHOLE_SHARE * looks.wholeTookMs)
  );
}

/** @param isPart whether it did not go through all of it, or has not ended */
export function noteLook(looks: LookTimes, beganAtMs: number, isPart: boolean): void {
  looks.lastAtMs = beganAtMs;
  if (isPart) return;
  looks.wholeAtMs = beganAtMs;
  looks.wholeTookMs = performance.now() - beganAtMs;
}
