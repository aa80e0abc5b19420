/** What earlier runs left, at the end of a run: whoever delivers it already gets a moment more. */
import type { Report } from '../messages.ts';
import type { Sender } from './sending-place.ts';

/** How long a dying process goes on draining what earlier runs left, if the Collector takes it. */
const DRAIN_AT_EXIT_MS = 50;

/** How many files of earlier runs the main thread takes at the end. */
const LEFTOVER_FILES = 16;

/** Lets a drain that is running end, asleep. */
export function endDrainAsleep(sender: Sender, leftMs: number): void {
  if (!isDraining(sender)) return;
  sender.send({ kind: 'stop', inMs: Math.min(leftMs, DRAIN_AT_EXIT_MS), answersWithinMs: leftMs });
  sender.waitAsleep(leftMs, isDrainOver);
}

/** The same in a process that goes on. */
export async function endDrainAwake(
  sender: Sender,
  timeoutMs: number,
  answersWithinMs: number,
): Promise<void> {
  if (!isDraining(sender)) return;
  sender.send({ kind: 'stop', inMs: Math.min(timeoutMs, DRAIN_AT_EXIT_MS), answersWithinMs });
  await sender.waitAwake(answersWithinMs, isDrainOver);
}

/** Begins a drain on the main thread, where nobody has begun with it. */
export async function deliverLeftovers(
  sender: Sender,
  timeoutMs: number,
  answersWithinMs: number,
): Promise<void> {
  const forMs = Math.min(timeoutMs, DRAIN_AT_EXIT_MS);
  sender.send({ kind: 'leftovers', files: LEFTOVER_FILES, forMs, answersWithinMs });
  if (isDraining(sender)) await sender.waitAwake(answersWithinMs, isDrainOver);
}

/** How long a drain may take to end, its answers included. */
export function drainEndMs(timeoutMs: number, answerBudgetMs: number): number {
  return Math.min(timeoutMs, 2 * DRAIN_AT_EXIT_MS + answerBudgetMs);
}

/** What a drain has taken and not delivered is given back to others. */
export function giveBackLeftovers(sender: Sender): void {
  if (isDraining(sender)) sender.releaseLeases();
}

function isDraining(sender: Sender): boolean {
  return sender.latest()?.isDraining === true;
}

function isDrainOver(report: Report): boolean {
  return !report.isDraining;
}
