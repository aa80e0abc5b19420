/**
 * Whose turn it is to start a delivery. Many pushes in a row shall have one delivery between them, and the last of them one as
 * well. At most one process waits and one delivers, however slow the Collector is:
 *
 *     push: kept ─▶ is a turn taken? ── no ─▶ takes it, starts a delivery: it waits a while, and until nobody else delivers
 *                        │                                                     └─▶ ends the turn ─▶ delivers
 *                        └── yes: that delivery looks at the spool after the turn has ended, and finds this push
 */
import { closeSync, constants, statSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openSafely } from '@ephemetry/exporter/spool';

/** How long a delivery waits for further pushes. */
const GATHER_MS = 5000;

/** What nobody touched for so long is of a delivery that was killed: it touches its files four times in that time. */
const LEFT_AFTER_MS = 4 * GATHER_MS;

/** Takes the turn; false when somebody has it. Never throws: where nothing can be made, nobody delivers in the background. */
export function takeTurn(directory: string, nowUnixMs: number = Date.now()): boolean {
  return take(turnPath(directory), nowUnixMs) === 'taken';
}

/** Ends it, before the spool is looked at. Never throws. */
export function endTurn(directory: string): void {
  remove(turnPath(directory));
}

/**
 * Delivers for the turn that was taken: after a while, and when no earlier delivery is at work any more. Until then pushes
 * find the turn taken.
 *
 * @throws what `deliver` throws
 */
export async function deliverInTurn(
  directory: string,
  deliver: () => Promise<unknown>,
  gatherMs: number = GATHER_MS,
): Promise<void> {
  const delivering = join(directory, 'push-delivering');
  await wait(gatherMs);
  // Where no file can be made, a full disk say, no turn can be taken either: this delivery is the last one, and makes room.
  while (take(delivering) === 'somebody has it') {
    touch(turnPath(directory));
    await wait(gatherMs / 5);
  }
  const touching = setInterval(() => touch(delivering), gatherMs);
  endTurn(directory);
  try {
    await deliver();
  } finally {
    clearInterval(touching);
    remove(delivering);
  }
}

function turnPath(directory: string): string {
  return join(directory, 'push-delivery');
}

type Taking = 'taken' | 'somebody has it' | 'refused';

function take(path: string, nowUnixMs: number = Date.now()): Taking {
  const first = create(path);
  if (first !== 'somebody has it') return first;
  try {
    // In the future as well: the clock was put back.
    if (Math.abs(nowUnixMs - statSync(path).mtimeMs) < LEFT_AFTER_MS) return first;
  } catch {
    // It has just ended.
  }
  remove(path);
  return create(path);
}

function create(path: string): Taking {
  try {
    closeSync(openSafely(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY));
    return 'taken';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EEXIST'
      ? 'somebody has it'
      : 'refused';
  }
}

function touch(path: string): void {
  const now = Date.now() / 1000;
  try {
    utimesSync(path, now, now);
  } catch {
    // Somebody took it for left.
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not there.
  }
}
