/** The identity of a run: a random UUID. */
import { readFileSync } from 'node:fs';

/**
 * A version 4 UUID. From the Linux kernel where there is one: loading `node:crypto` for it would cost the
 * main thread 3-4 ms, half of what starting telemetry may cost.
 */
export function createRunId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim();
  } catch {
    return process.getBuiltinModule('node:crypto').randomUUID();
  }
}
