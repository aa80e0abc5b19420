/** What a command takes of the machine, from Linux's /proc; elsewhere nothing is known. */
import { readFileSync } from 'node:fs';

/** Processor time of children that have ended. */
export interface CpuSeconds {
  readonly user: number;
  readonly system: number;
}

/** Ticks a second in /proc, on every architecture that Node runs on: USER_HZ. */
const TICKS_A_SECOND = 100;

const READ_EVERY_MS = 100;

/**
 * Watches what children take from now on: a shell that became this process by `exec` leaves it what its own ones took.
 *
 * @returns tells it; `undefined` where there is no /proc
 */
export function watchCpu(): () => CpuSeconds | undefined {
  const before = childrenTicks();
  return () => {
    const now = childrenTicks();
    if (before === undefined || now === undefined) return undefined;
    return {
      user: (now.user - before.user) / TICKS_A_SECOND,
      system: (now.system - before.system) / TICKS_A_SECOND,
    };
  };
}

/** Fields 16 and 17 of proc_pid_stat(5): cutime and cstime. */
function childrenTicks(): CpuTicks | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [user, system] = [Number(fields[13]), Number(fields[14])];
    return Number.isFinite(user + system) ? { user, system } : undefined;
  } catch {
    return undefined;
  }
}

interface CpuTicks {
  readonly user: number;
  readonly system: number;
}

/** Watches the memory of a process until it is stopped. */
export interface MemoryWatch {
  /** @returns the most that was seen, in bytes; `undefined` when nothing was */
  stop(): number | undefined;
}

/** Reads again and again: the peak that the system keeps is gone when the process is, and is new after each exec. */
export function watchMemory(pid: number): MemoryWatch {
  let peakBytes: number | undefined;
  const timer = setInterval(() => {
    const bytes = peakMemoryBytes(pid);
    if (bytes !== undefined && bytes > (peakBytes ?? 0)) peakBytes = bytes;
  }, READ_EVERY_MS);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      return peakBytes;
    },
  };
}

function peakMemoryBytes(pid: number): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
