/**
 * One import of a file at a time: two would send the same difference twice. The lock is a directory with one file in
 * it, which is named after its owner:
 *
 *     directory of our own, our file in it ─rename─▶ lock    fails while the lock holds a file
 *     file of a dead process ─unlink─▶ nothing               by its name, so that nobody removes another's
 *
 * The name is the tag that owns spool files, because containers may share the volume: each has its own process 1.
 */
import { closeSync, constants, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openSafely, ownerState, ownOwner } from '@ephemetry/exporter/spool';
import { ImportFault } from './import-fault.ts';

/**
 * Takes the lock of a state file; a lock whose process is gone does not count. One whose process cannot be asked
 * does, until somebody removes it. No lease runs out as on spool files: a gateway drops a batch that is sent twice,
 * but not a difference that is imported twice.
 *
 * @throws {ImportFault} when another import holds it, or may.
 */
export function lockImport(statePath: string): Disposable {
  const path = `${statePath}.lock`;
  const own = ownOwner();
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!take(path, own)) {
      removeAbandoned(path, own);
      if (!take(path, own)) throw new ImportFault(`another import has just begun (${path})`);
    }
  } catch (error) {
    if (error instanceof ImportFault) throw error;
    throw new ImportFault(
      `the lock ${path} cannot be made (${describe(error)}); name a writable place with --state`,
    );
  }
  removeUnused(path, own);
  return { [Symbol.dispose]: () => release(path, own) };
}

/** Whether nobody held the lock, and we now do. */
function take(path: string, own: string): boolean {
  const ready = `${path}.${own}`;
  mkdirSync(ready, { recursive: true, mode: 0o700 });
  try {
    closeSync(openSafely(join(ready, own), constants.O_CREAT | constants.O_WRONLY));
    // Over an empty directory too: one whose owner is about to remove it, or died before it could.
    renameSync(ready, path);
    return true;
  } catch (error) {
    rmSync(ready, { recursive: true, force: true });
    if (isFault(error, ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'])) return false;
    throw error;
  }
}

/** @throws {ImportFault} unless whoever holds the lock is certainly dead. */
function removeAbandoned(path: string, own: string): void {
  for (const holder of holdersOf(path)) {
    assertAbandoned(path, holder, own);
    // Somebody else may have been as fast, and have the lock by now: it does not hold this name any more.
    rmSync(join(path, holder), { force: true });
  }
}

function assertAbandoned(path: string, holder: string, own: string): void {
  switch (ownerState(holder, own)) {
    case 'dead':
      return;
    case 'alive':
      throw new ImportFault(
        `another import is running (process ${holder.split('-')[0]}); if it is not, remove ${path}`,
      );
    case 'foreign':
      throw new ImportFault(
        `another import may be running; ${path} names no process that can be asked from here (it is of another container or machine, from before a restart, or no lock of an import): if no import is running, remove it`,
      );
  }
}

function holdersOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isFault(error, ['ENOENT'])) return [];
    throw new ImportFault(
      `another import may be running; ${path} cannot be read (${describe(error)}): if no import is running, remove it`,
    );
  }
}

/** Directories that were made to become the lock, of processes that were killed before they could rename them. */
function removeUnused(path: string, own: string): void {
  const prefix = `${basename(path)}.`;
  try {
    for (const name of readdirSync(dirname(path))) {
      const owner = name.startsWith(prefix) ? name.slice(prefix.length) : '';
      if (owner !== '' && ownerState(owner, own) === 'dead')
        rmSync(join(dirname(path), name), { recursive: true, force: true });
    }
  } catch {
    // They hold nothing; the next import tries again.
  }
}

/** Whoever was told to remove the lock may have done so, and the next import may hold it: only what is ours goes. */
function release(path: string, own: string): void {
  try {
    rmSync(join(path, own), { force: true });
    rmdirSync(path);
  } catch {
    // It is not ours any more, or does not count once this process has ended.
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isFault(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
