/** How much memory a process has taken at most. */
import { readFileSync } from 'node:fs';

/** Largest resident memory since the start of a process, in MiB; undefined where the system does not say. */
export function peakMemoryMib(processId: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const line = /^VmHWM:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'));
  return line === null ? undefined : Number(line[1]) / 1024;
}
