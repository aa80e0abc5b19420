/**
 * Who owns a spool file, or a lock beside it, written so that any process can tell whether the owner still lives.
 * A process id alone is not enough: ids are reused, and every container has its own process 1.
 */
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { isMainThread } from '../this-thread.ts';

/** Nobody: a file that its run gave up, free for any drain. */
export const NO_OWNER = 'free';

/**
 * `alive` and `dead` are certain. `foreign` is a process of another machine, boot or process
 * namespace, which cannot be asked: its file is taken only after {@link FOREIGN_LEASE_MS} of silence.
 */
export type OwnerState = 'alive' | 'dead' | 'foreign';

/** How long a file of a foreign owner must have been untouched before a drain takes it. */
export const FOREIGN_LEASE_MS = 600_000;

/**
 * This process's owner tag, `pid-startTicks-namespace`, in characters safe for a file name.
 * Outside Linux the start time is unknown and 0.
 *
 * @example
 * ```ts
 * import { ownOwner } from '@ephemetry/exporter/spool';
 *
 * const [pid] = ownOwner().split('-');
 * console.assert(pid === String(process.pid));
 * ```
 */
export function ownOwner(): string {
  return `${process.pid}-${startTicks('self') ?? 0}-${namespaceTag()}`;
}

/**
 * The owner tag of a run: with the system's id of its thread, `-t4712`, in a thread of the host. A host may end that at
 * any moment and live on, and then only this tells that the run is dead.
 */
export function runOwner(): string {
  if (isMainThread()) return ownOwner();
  try {
    return `${ownOwner()}-t${basename(readlinkSync('/proc/thread-self'))}`;
  } catch {
    // Not Linux: its files wait until the process has ended.
    return ownOwner();
  }
}

/**
 * The tag of a thread that drains for a process. The process may live on without its thread, and then only this tells
 * which leases nobody works on any more.
 */
export function drainOwner(owner: string, threadId: number): string {
  return `${owner}-${threadId}`;
}

/**
 * Whether the owner of a file lives, as seen from the process with the tag `own`. What is not a tag is `foreign`: it
 * names nobody who can be asked. Never throws.
 *
 * @example
 * ```ts
 * import { ownerState, ownOwner } from '@ephemetry/exporter/spool';
 *
 * const own = ownOwner();
 * console.assert(ownerState(own, own) === 'alive');
 * console.assert(ownerState('4711-88-elsewhere', own) === 'foreign');
 * ```
 */
export function ownerState(owner: string, own: string): OwnerState {
  if (owner === NO_OWNER) return 'dead';
  const [pid, ticks, namespace, thread] = owner.split('-');
  if (pid === undefined || namespace !== own.split('-')[2]) return 'foreign';
  if (!isRunning(Number(pid))) return 'dead';
  const now = startTicks(pid);
  if (now === 'zombie') return 'dead';
  if (now === undefined) return 'alive';
  if (thread?.startsWith('t') === true && !existsSync(`/proc/${pid}/task/${thread.slice(1)}`)) return 'dead';
  return ticks === '0' || String(now) === ticks ? 'alive' : 'dead';
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of proc_pid_stat(5); `undefined` where there is none. The command name before it may hold spaces and parentheses. */
function startTicks(pid: string): number | 'zombie' | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds its id until it is reaped, which process 1 of a container may never do, but will never write again.
    return fields[0] === 'Z' || fields[0] === 'X' ? 'zombie' : Number(fields[19]);
  } catch {
    return undefined;
  }
}

/** Boot and process namespace in a few characters: equal tags mean that process ids are comparable. */
function namespaceTag(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
    return `${boot}${Number(namespace).toString(36)}`;
  } catch {
    return (
      hostname()
        .replaceAll(/[^A-Za-z0-9]/g, '')
        .slice(0, 24) || 'host'
    );
  }
}
