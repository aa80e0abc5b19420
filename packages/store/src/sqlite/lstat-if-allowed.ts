import { lstatSync, type Stats } from 'node:fs';

/** What is at a path, without following a symbolic link; `undefined` also where it may not be looked at. */
export function lstatIfAllowed(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A directory above that may not be searched, or a path that Node's permission model hides.
    return undefined;
  }
}
