/** Faults of ours that the host must not notice: said on standard error, never thrown. */
import { describeThrown } from './describe-thrown.ts';
import { writeStderrLine } from './stderr-line.ts';

/**
 * Does work for a host that must not notice when it fails: a fault of ours, or of what the host has put in the place of what
 * is built in, is said, and never thrown into the host, whose exit code it would change.
 */
export function quietly<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch (error) {
    sayFault(error);
    return otherwise;
  }
}

/** Says what {@link quietly} says, of a fault that came otherwise. */
export function sayFault(error: unknown): void {
  writeStderrLine(`telemetry failed: ${describeThrown(error)}`);
}
