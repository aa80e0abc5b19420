/**
 * Whose turn it is to start a delivery. Many pushes in a row shall have one delivery between them, and the last of them one as
 * well:
 *
 *     push: kept ─▶ is a turn taken? ── no ─▶ takes it, starts a delivery: it waits a while ─▶ ends the turn ─▶ delivers
 *                        └── yes: that delivery looks at the spool after the turn has ended, and finds this push
 */
import { closeSync, constants, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openSafely } from '@ephemetry/exporter/spool';

/** How long a delivery waits for further pushes. */
export const GATHER_MS = 5000;

/** A delivery that was killed while it waited ends its turn so. */
const TURN_LIMIT_MS = 4 * GATHER_MS;

/** Takes the turn; false when somebody has it. Never throws: where nothing can be made, nobody delivers in the background. */
export function takeTurn(directory: string, nowUnixMs: number = Date.now()): boolean {
  const path = turnPath(directory);
  if (create(path)) return true;
  try {
    // In the future as well: the clock was put back.
    if (Math.abs(nowUnixMs - statSync(path).mtimeMs) < TURN_LIMIT_MS) return false;
  } catch {
    // It has just ended.
  }
  endTurn(directory);
  return create(path);
}

/** Ends it, before the spool is looked at. Never throws. */
export function endTurn(directory: string): void {
  try {
    unlinkSync(turnPath(directory));
  } catch {
    // It is not there.
  }
}

function turnPath(directory: string): string {
  return join(directory, 'push-delivery');
}

function create(path: string): boolean {
  try {
    closeSync(openSafely(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY));
    return true;
  } catch {
    return false;
  }
}
