/**
 * A directory by what it is, not by its name: while a program runs somebody may remove it, move it, or put another one in its
 * place, and what was written there is no longer where every drain looks.
 */
import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import { monotonicMs } from '../monotonic-clock.ts';

/** How often a writer looks: what goes meanwhile to the wrong place is known at the next look. */
const LOOK_EVERY_MS = 1000;

/** It is open for as long as it is held, so that no other one gets its number. */
export class HeldDirectory {
  readonly #path: string;
  readonly #identity: string | undefined;
  #descriptor: number | undefined;
  #lookedAtMs = monotonicMs();
  #fault: string | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = tryOpen(path);
    // Where it cannot be held open a number may come again: nothing is claimed then.
    const found = this.#descriptor === undefined ? undefined : identityOf(path);
    this.#identity = found === HIDDEN ? undefined : found;
  }

  /** What became of it; `undefined` while it is where it was. */
  fault(): string | undefined {
    if (this.#descriptor === undefined || this.#identity === undefined) return this.#fault;
    this.#lookedAtMs = monotonicMs();
    const found = identityOf(this.#path);
    // A program that gave up its rights goes on writing into the file that it has open: nothing is known of the directory.
    if (found !== HIDDEN) this.#fault = found === this.#identity ? undefined : describe(found);
    return this.#fault;
  }

  /** The same from the last look, which is at most a second old: for who writes many times a second. */
  recentFault(): string | undefined {
    return monotonicMs() - this.#lookedAtMs < LOOK_EVERY_MS ? this.#fault : this.fault();
  }

  /** Looks for the last time, and holds it no longer. */
  release(): void {
    this.fault();
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    try {
      if (descriptor !== undefined) closeSync(descriptor);
    } catch {
      // A host that closes what it did not open.
    }
  }
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
}

/** It may not be looked at. */
const HIDDEN = 'hidden';

/** `undefined` when nothing is there. */
function identityOf(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return ['EACCES', 'EPERM', 'ERR_ACCESS_DENIED'].includes(code) ? HIDDEN : undefined;
  }
}

function describe(found: string | undefined): string {
  const what = found === undefined ? 'removed or moved' : 'replaced by another file or directory';
  return `it was ${what} while the program ran`;
}
