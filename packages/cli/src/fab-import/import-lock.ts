/**
 * One import of a file at a time: two would send the same difference twice.
 *
 *     temporary file with our tag ─link─▶ lock    fails when there is one: whole or not at all
 *     lock of a dead process ─rename─▶ aside ─▶ removed, and tried again
 *
 * The tag is the one that owns spool files, because containers may share the volume: each has its own process 1.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ownerState, ownOwner } from '@ephemetry/exporter';
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
    if (!create(path, own)) {
      removeAbandoned(path, own);
      if (!create(path, own)) throw justBegun(path);
    }
  } catch (error) {
    if (error instanceof ImportFault) throw error;
    throw new ImportFault(
      `the lock ${path} cannot be made (${describe(error)}); name a writable place with --state`,
    );
  }
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** Whether the lock did not exist and now does. */
function create(path: string, own: string): boolean {
  const temporary = `${path}.${own}`;
  writeFileSync(temporary, own, { mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (isFault(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function removeAbandoned(path: string, own: string): void {
  const holder = readHolder(path);
  if (holder === undefined) return;
  assertAbandoned(path, holder, own);
  const aside = `${path}.${own}`;
  renameSync(path, aside);
  if (readHolder(aside) === holder) {
    rmSync(aside);
    return;
  }
  // Somebody else was as fast with the same dead lock, and this is theirs.
  renameSync(aside, path);
  throw justBegun(path);
}

/** @throws {ImportFault} unless the holder is certainly dead. */
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

function readHolder(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isFault(error, 'ENOENT')) return undefined;
    throw new ImportFault(
      `another import may be running; ${path} cannot be read (${describe(error)}): if no import is running, remove it`,
    );
  }
}

function justBegun(path: string): ImportFault {
  return new ImportFault(`another import has just begun (${path})`);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isFault(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
