/** Where the reports of a run are, and which of them were begun and never completed. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { globPattern, isGlob, parseGlob } from './glob.ts';
import { askSystem } from './system-error.ts';

/** The mark of a report that is being written: its path with this behind it. */
export const STARTED = '.started';

/** Reports of one run, each once, in the order of their paths. */
export interface FoundReports {
  /** Also what the system shows nothing of: whoever reads it is told why. */
  readonly files: readonly string[];
  /** Named files that are not there, and reports whose mark is left without them. */
  readonly lost: readonly string[];
}

/**
 * Finds reports.
 *
 * @param paths files, folders (all `*.xml` in them, at any depth) and globs. Beside a named file marks are looked for too: of
 *   the files that a glob means the shell names those that are there.
 */
export function findReports(paths: readonly string[], directory: string = process.cwd()): FoundReports {
  const files = new Set<string>();
  const begun = new Set<string>();
  const lost = new Set<string>();
  const besides = new Set<string>();
  for (const given of paths) {
    const path = resolve(directory, given);
    const kind = kindOf(path);
    const pattern = kind === 'none' && isGlob(given) ? parseGlob(slashed(path)) : undefined;
    if (kind === 'folder') collect(path, /\.xml$/i, () => true, files, begun);
    else if (path.endsWith(STARTED)) begun.add(path.slice(0, -STARTED.length));
    else if (kind === 'file') {
      files.add(path);
      besides.add(dirname(path));
    } else if (pattern !== undefined)
      collect(fixedFolder(path), pattern, (folder) => mayHold(folder, slashed(path)), files, begun);
    else lost.add(path);
  }
  for (const folder of besides) for (const report of begunIn(folder)) begun.add(report);
  for (const report of begun) if (kindOf(report) === 'none') lost.add(report);
  return { files: [...files].toSorted(), lost: [...lost].toSorted() };
}

function kindOf(path: string): 'file' | 'folder' | 'none' {
  const stats = askSystem(() => statSync(path, { throwIfNoEntry: false }));
  if ('code' in stats) return 'file';
  if (stats.answer === undefined) return 'none';
  return stats.answer.isDirectory() ? 'folder' : 'file';
}

/** When a file was written; undefined where nobody knows. */
export function writtenUnixMs(path: string): number | undefined {
  const stats = askSystem(() => statSync(path, { throwIfNoEntry: false }));
  return 'code' in stats ? undefined : stats.answer?.mtimeMs;
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

/** The folder above the first part of a path that is a glob. */
function fixedFolder(path: string): string {
  const parts = path.split(sep);
  const first = parts.findIndex(isGlob);
  return parts.slice(0, first).join(sep) || sep;
}

/** Whether something below a folder may match a glob: others are not looked at, and need not be readable. */
function mayHold(folder: string, glob: string): boolean {
  const parts = glob.split('/');
  const own = folder.split('/');
  const free = parts.findIndex((part) => part.includes('**') || /\{[^}]*$/.test(part));
  if (free < 0 && own.length >= parts.length) return false;
  const depth = free < 0 ? own.length : Math.min(own.length, free);
  return globPattern(parts.slice(0, depth).join('/')).test(own.slice(0, depth).join('/'));
}

/** Reports of a folder that have a mark; none where the folder cannot be listed. */
function begunIn(folder: string): readonly string[] {
  const names = askSystem(() => readdirSync(folder));
  if ('code' in names) return [];
  return names.answer
    .filter((name) => name.endsWith(STARTED))
    .map((name) => join(folder, name.slice(0, -STARTED.length)));
}

/** Links to folders are not followed: they may lead in circles. */
function collect(
  folder: string,
  pattern: RegExp,
  isSearched: (folder: string) => boolean,
  files: Set<string>,
  begun: Set<string>,
): void {
  if (kindOf(folder) === 'none' || !isSearched(slashed(folder))) return;
  const entries = askSystem(() => readdirSync(folder, { withFileTypes: true }));
  // What it holds is not known: it stands for its reports.
  if ('code' in entries) files.add(folder);
  else
    for (const entry of entries.answer) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        collect(path, pattern, isSearched, files, begun);
        continue;
      }
      const report = path.endsWith(STARTED) ? path.slice(0, -STARTED.length) : path;
      if (!pattern.test(slashed(report))) continue;
      if (report === path) files.add(path);
      else begun.add(report);
    }
}
