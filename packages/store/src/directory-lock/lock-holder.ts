/** Who has a directory: for messages only. Whether somebody has it is the kernel's knowledge. */
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A process, as its machine or container knows it. */
export interface Holder {
  readonly pid: number;
  /** Of the process, as an ISO time: two that have the same number do not have the same start. */
  readonly startedAt: string;
  readonly host: string;
}

const HOLDER_FILE = 'ephemetry.holder';
/** More is not ours. */
const LIMIT_BYTES = 1_024;

/** Notes this process; returns the file. */
export function noteHolder(directory: string): string {
  const file = join(directory, HOLDER_FILE);
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const temporary = `${file}.${process.pid}`;
  const text = JSON.stringify({ pid: process.pid, started_at: startedAt, host: hostname() });
  writeFileSync(temporary, `${text}\n`, { mode: 0o600 });
  renameSync(temporary, file);
  return file;
}

/** Undefined when nobody is noted, or not in our form. */
export function readHolder(directory: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readSmall(join(directory, HOLDER_FILE)));
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('pid' in value) || !('started_at' in value) || !('host' in value)) return undefined;
    const { pid, started_at: startedAt, host } = value;
    if (typeof pid !== 'number' || typeof startedAt !== 'string' || typeof host !== 'string')
      return undefined;
    if (!Number.isSafeInteger(pid) || Number.isNaN(Date.parse(startedAt))) return undefined;
    // What is shown in messages: a name, whatever the file says.
    return {
      pid,
      startedAt: new Date(startedAt).toISOString(),
      host: host.replaceAll(/[^\w.-]/g, '?').slice(0, 64),
    };
  } catch {
    return undefined;
  }
}

/** In brackets; nothing when it is not known. */
export function describeHolder(holder: Holder | undefined): string {
  if (holder === undefined) return '';
  const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
  return ` (process ${holder.pid}${where}, started ${holder.startedAt})`;
}

/** Waits for nobody, follows no link. */
function readSmall(file: string): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() && stat.size <= LIMIT_BYTES ? readFileSync(descriptor, 'utf8') : '';
  } finally {
    closeSync(descriptor);
  }
}
