/**
 * Moves lines out of a spool file into a part of their own, so that those behind them can go:
 *
 *     part 1:  a │ b │ c        b is in doubt
 *     part 5…: b                written whole, then renamed into place
 *     part 1:  a │ b │ c        its offset moves behind b
 *
 * A process that dies in between leaves the line in both; the next one finds it there and only moves the offset.
 */
import { unlinkSync, utimesSync } from 'node:fs';
import type { DeliveryFailure } from '../verdict.ts';
import { readSafely } from './open-safely.ts';
import { NO_OWNER } from './owner.ts';
import { replaceFile } from './replace-file.ts';
import { type SpoolFileName, spoolFilePath } from './spool-file-name.ts';
import { listSpoolFiles, renameFile, type SpoolFile } from './spool-files.ts';
import type { SpoolLine } from './spool-lines.ts';

/** Parts of a run are numbered from 1 on and hold 1 MiB: none gets here. */
const FIRST_SET_ASIDE_PART = 500_000_000;
const SET_ASIDE_PARTS = 400_000_000;

const NEWLINE = Buffer.from('\n');

/** What became of a line: `file` is what is left, `part` the number of the part that has the line, if one does. `gone`: another process has the file now. */
export type SetAside =
  | { readonly kind: 'set-aside'; readonly file: SpoolFile; readonly part?: number }
  | { readonly kind: 'refused'; readonly failure: DeliveryFailure }
  | { readonly kind: 'gone' };

/** Whether a file holds what was moved out of another one: it is known to be hard to deliver, and is asked for last. */
export function isSetAside({ part }: Pick<SpoolFile, 'part'>): boolean {
  return part >= FIRST_SET_ASIDE_PART;
}

/** Moves the line at `deliveredBytes` into a part of its own, which keeps its age, and its mark when it is in doubt. */
export function setAsideLine(directory: string, file: SpoolFile, line: SpoolLine): SetAside {
  const { sentUnixSeconds } = file;
  const mark = sentUnixSeconds === undefined ? {} : { sentUnixSeconds };
  return setAsideLines(directory, file, { lines: [line.body], endBytes: line.endBytes, ...mark });
}

/** Writes lines that are in no file any more into a part of their own; returns whether the disk took them. */
export function keepAside(directory: string, origin: SpoolFile, lines: readonly Uint8Array[]): boolean {
  try {
    writePart(directory, origin, { lines });
    return true;
  } catch {
    return false;
  }
}

/** Lines that stand for those of a file up to `endBytes`. */
interface LinesToSetAside {
  readonly lines: readonly Uint8Array[];
  readonly sentUnixSeconds?: number;
}

/** Writes lines into a part of their own, free for any drain, and moves the file's offset behind what they stand for. */
export function setAsideLines(
  directory: string,
  file: SpoolFile,
  aside: LinesToSetAside & { readonly endBytes: number },
): SetAside {
  let written: { readonly part: number; readonly added?: string };
  try {
    written = writePart(directory, file, aside);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: 'refused', failure: { kind: 'spool', path: file.path, detail } };
  }
  const moved = renameFile(directory, file, { deliveredBytes: aside.endBytes });
  if (moved !== undefined) return { kind: 'set-aside', file: moved, part: written.part };
  // Whoever has the file has its lines: ours would be a second copy.
  if (written.added !== undefined) unlinkSync(written.added);
  return { kind: 'gone' };
}

/** The number of the part, and its path when there was no such part yet. */
function writePart(
  directory: string,
  origin: SpoolFile,
  aside: LinesToSetAside,
): { readonly part: number; readonly added?: string } {
  const text = Buffer.concat(aside.lines.flatMap((line) => [line, NEWLINE]));
  const known = listSpoolFiles(directory, { runId: origin.runId });
  const { sentUnixSeconds } = aside;
  for (let part = firstPart(origin); ; part += 1) {
    const found = known.find((file) => file.part === part);
    if (found !== undefined && holds(found, text)) return { part };
    if (found !== undefined) continue;
    const mark = sentUnixSeconds === undefined ? {} : { sentUnixSeconds };
    const name: SpoolFileName = { ...nameOfRest(origin), part, ...mark };
    const path = spoolFilePath(directory, name);
    replaceFile(path, text, origin.owner);
    const modifiedUnixSeconds = origin.modifiedUnixMs / 1000;
    utimesSync(path, modifiedUnixSeconds, modifiedUnixSeconds);
    return { part, added: path };
  }
}

/** The same for the same line each time, and another for other lines of the run, which another process may be at. */
function firstPart({ part, deliveredBytes }: SpoolFile): number {
  return FIRST_SET_ASIDE_PART + ((part * 1_000_003 + deliveredBytes) % SET_ASIDE_PARTS);
}

function nameOfRest({ runId, limits }: SpoolFile): Omit<SpoolFileName, 'part'> {
  return { runId, owner: NO_OWNER, deliveredBytes: 0, ...(limits === undefined ? {} : { limits }) };
}

function holds(file: SpoolFile, text: Buffer): boolean {
  try {
    return file.bytes === text.length && readSafely(file.path, text.length).equals(text);
  } catch {
    return false;
  }
}
