/**
 * One import of a file at a time: two would send the same difference twice.
 *
 *     temporary file with our tag ─link─▶ lock    fails when there is one: whole or not at all
 *     lock of a dead process ─rename─▶ aside ─▶ removed, and tried again
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ImportFault } from './import-fault.ts';

/**
 * Takes the lock of a state file; a lock whose process is gone does not count.
 *
 * @throws {ImportFault} when another import holds it.
 */
export function lockImport(statePath: string): Disposable {
  const path = `${statePath}.lock`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!create(path)) {
      removeAbandoned(path);
      if (!create(path)) throw new ImportFault(`another import has just begun (${path})`);
    }
  } catch (error) {
    if (error instanceof ImportFault) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new ImportFault(`the lock ${path} cannot be made (${detail}); name a writable place with --state`);
  }
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** Whether the lock did not exist and now does. */
function create(path: string): boolean {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${process.pid} ${startTicks('self')}`, { mode: 0o600 });
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

function removeAbandoned(path: string): void {
  const holder = readHolder(path);
  if (holder === undefined) return;
  const [pid = '', ticks = ''] = holder.split(' ');
  if (isRunning(Number(pid)) && startTicks(pid) === ticks)
    throw new ImportFault(`another import is running (process ${pid}); if it is not, remove ${path}`);
  const aside = `${path}.${process.pid}`;
  renameSync(path, aside);
  if (readHolder(aside) === holder) {
    rmSync(aside);
    return;
  }
  // Somebody else was as fast with the same dead lock, and this is theirs.
  renameSync(aside, path);
  throw new ImportFault(`another import has just begun (${path})`);
}

function readHolder(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isFault(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return isFault(error, 'EPERM');
  }
}

/** When a process started, field 22 of proc_pid_stat(5): process ids are used again. 0 where it cannot be known. */
function startTicks(pid: string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command name before it may hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

function isFault(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
