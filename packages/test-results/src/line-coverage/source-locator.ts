/** Where the source files are that a coverage file names: two packages may have files of one name. */
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Finds the source files of one coverage file. */
export class SourceLocator {
  readonly #folders: readonly string[];

  /**
   * @param coverageFile its path
   * @param sources folders that its names start from, as it tells them
   * @param directory where the command runs
   */
  constructor(coverageFile: string, sources: readonly string[], directory: string = process.cwd()) {
    const above = [...foldersAbove(resolve(directory, coverageFile)), directory];
    const told = sources.flatMap((source) =>
      isAbsolute(source) ? [source] : above.map((folder) => join(folder, source)),
    );
    this.#folders = [...new Set([...told, ...above])];
  }

  /**
   * Looks in the folders that the coverage file tells, then in those above it from the nearest on, then where the command runs.
   *
   * @returns the path of the file; undefined when none of its name is there
   */
  locate(name: string): string | undefined {
    if (isAbsolute(name)) return realPath(name) ?? name;
    for (const folder of this.#folders) {
      const path = realPath(join(folder, name));
      if (path !== undefined) return path;
    }
    return undefined;
  }
}

function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

/** Names come from a report: what the system cannot look up is not there. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
