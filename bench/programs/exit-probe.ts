/** Measures a process's last moments from inside. */
import { millisecondsSince, say } from './say.ts';

/**
 * Ends the process as `process.exit(0)` does, and says when it left, how long other exit listeners took
 * and the most memory it had. To be called after the measured telemetry has put its listener in place.
 */
export function leaveAndSay(numbers: () => Readonly<Record<string, number>> = () => ({})): never {
  let beganAtNs = 0n;
  // Before and behind every other listener: what lies between is time added to the exit.
  process.prependListener('exit', () => {
    beganAtNs = process.hrtime.bigint();
  });
  process.on('exit', () => {
    const exitMs = millisecondsSince(beganAtNs);
    say({ leftAtNs, exitMs, peakMib: peakMib(), ...numbers() });
  });
  const leftAtNs = process.hrtime.bigint();
  process.exit(0);
}

/** Says the most memory that the process had, and `numbers`, when it ends in whatever way. */
export function sayAtExit(numbers: () => Readonly<Record<string, number>>): void {
  process.on('exit', () => say({ peakMib: peakMib(), ...numbers() }));
}

/**
 * The most memory that this program had. Not `resourceUsage().maxRSS` where it can be helped: on Linux
 * that includes what the parent had when it forked.
 */
export function peakMib(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const highWaterMark = /^VmHWM:\s+(\d+) kB$/m.exec(
    process.getBuiltinModule('node:fs').readFileSync('/proc/self/status', 'utf8'),
  );
  return Number(highWaterMark?.[1]) / 1024;
}
