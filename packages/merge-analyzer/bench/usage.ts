/** What a bench uses of the machine: processor time, the server's included, and memory. */
import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** A beginning: the time, and the processor time that we and the server had used by then. */
export interface Mark {
  readonly atMs: number;
  readonly cpuMs: number;
}

export function mark(serverPid: number): Mark {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), cpuMs: (user + system) / 1000 + serverCpuMs(serverPid) };
}

/** Looks four times a second. @returns the highest resident size so far, in MiB. */
export function watchMemory(): () => number {
  let highest = 0;
  const look = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 250);
  timer.unref();
  return () => {
    clearInterval(timer);
    look();
    return Math.round(highest / 2 ** 20);
  };
}

/** Of the server and all of its processes, from Linux; in ticks of 10 ms. */
function serverCpuMs(serverPid: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readStat);
  return stats
    .filter(({ pid, parent }) => pid === serverPid || parent === serverPid)
    .reduce((sum, { ticks }) => sum + ticks * 10, 0);
}

function readStat(pid: string): readonly { pid: number; parent: number; ticks: number }[] {
  try {
    // After the name, which may hold spaces: state, parent, …, utime (12th), stime (13th).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return []; // Ended meanwhile.
  }
}
