/** Writes an output into a directory: every file whole, or nothing changed. */
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { RenderedFile } from './render.ts';

/** One file on its way. */
interface PlannedFile {
  readonly target: string;
  /** The new content before it has its name. */
  readonly temporary: string;
  /** A copy of what was there, where there was something. */
  readonly previous: string;
  readonly content: string;
}

/**
 * Writes all files under new names first, beside copies of what is there, then gives each its own: a full disk, a
 * missing right or a directory in the way leaves what was there as it was, because from then on there are renames only,
 * and the first that fails takes the others back. Directories are made, and removed again after a failure.
 *
 * What remains: a process that is killed between two renames leaves files that are each whole, some of them new and some
 * old, and may leave `.tmp` and `.previous` files. Writing again puts all of it right but those.
 *
 * @param directory - created when it is missing
 * @returns the paths written, in the given order
 * @throws Error of the file system, with nothing of the new output left behind
 *
 * @example
 * ```ts
 * import { renderGrafana, writeFiles } from '@ephemetry/grafana';
 *
 * const written = writeFiles('grafana', renderGrafana('prometheus-rules'));
 * console.log(written); // [ 'grafana/fab-slo.yaml' ]
 * ```
 */
export function writeFiles(directory: string, files: readonly RenderedFile[]): readonly string[] {
  const planned = files.map(({ path, content }): PlannedFile => {
    const target = join(directory, path);
    const own = `${target}.${process.pid}`;
    return { target, temporary: `${own}.tmp`, previous: `${own}.previous`, content };
  });
  const made: string[] = [];
  const renamed: PlannedFile[] = [];
  try {
    for (const file of planned) prepare(file, made);
    for (const file of planned) {
      renameSync(file.temporary, file.target);
      renamed.push(file);
    }
  } catch (error) {
    for (const file of renamed) restore(file);
    clean(planned);
    // The youngest first: each is inside the one before.
    for (const path of made.reverse()) removeIfEmpty(path);
    throw error;
  }
  clean(planned);
  return planned.map(({ target }) => target);
}

/** Everything that can fail for want of room or rights. */
function prepare({ target, temporary, previous, content }: PlannedFile, made: string[]): void {
  makeDirectories(dirname(target), made);
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) copyFileSync(target, previous);
  writeFileSync(temporary, content);
}

function makeDirectories(path: string, made: string[]): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(parent, made);
  mkdirSync(path);
  made.push(path);
}

function restore({ target, previous }: PlannedFile): void {
  if (existsSync(previous)) renameSync(previous, target);
  else rmSync(target, { force: true });
}

function clean(planned: readonly PlannedFile[]): void {
  for (const path of planned.flatMap(({ temporary, previous }) => [temporary, previous])) {
    // Asked first: below a file that is in the way, even `force` throws.
    if (existsSync(path)) rmSync(path);
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody else has written into it meanwhile: it is theirs now.
  }
}
