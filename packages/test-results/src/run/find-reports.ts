/** Where the reports of a run are, and which of them were begun and never completed. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { globPattern, isGlob } from './glob.ts';

/** The mark of a report that is being written: its path with this behind it. */
export const STARTED = '.started';

/** Reports of one run, each once, in the order of their paths. */
export interface FoundReports {
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
    if (kind === 'folder') collect(path, /\.xml$/i, files, begun);
    else if (path.endsWith(STARTED)) begun.add(path.slice(0, -STARTED.length));
    else if (kind === 'file') {
      files.add(path);
      besides.add(dirname(path));
    } else if (isGlob(given))
      collect(fixedFolder(path), globPattern(path.split(sep).join('/')), files, begun);
    else lost.add(path);
  }
  for (const folder of besides) for (const report of begunIn(folder)) begun.add(report);
  for (const report of begun) if (kindOf(report) === 'none') lost.add(report);
  return { files: [...files].toSorted(), lost: [...lost].toSorted() };
}

function kindOf(path: string): 'file' | 'folder' | 'none' {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'none';
  return stats.isDirectory() ? 'folder' : 'file';
}

/** The folder above the first part of a path that is a glob. */
function fixedFolder(path: string): string {
  const parts = path.split(sep);
  const first = parts.findIndex(isGlob);
  return parts.slice(0, first).join(sep) || sep;
}

/** Reports of a folder that have a mark. */
function begunIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(STARTED))
    .map((name) => join(folder, name.slice(0, -STARTED.length)));
}

/** Links to folders are not followed: they may lead in circles. */
function collect(folder: string, pattern: RegExp, files: Set<string>, begun: Set<string>): void {
  if (kindOf(folder) !== 'folder') return;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    const report = path.endsWith(STARTED) ? path.slice(0, -STARTED.length) : path;
    if (!pattern.test(report.split(sep).join('/'))) continue;
    if (report === path) files.add(path);
    else begun.add(report);
  }
}
