import { type Dir, opendirSync } from 'node:fs';
import { monotonicMs } from '../monotonic-clock.ts';

/**
 * The names in a directory, one after the other: one of a million names is read no further than somebody asks. What cannot
 * be read holds nothing.
 *
 * @param untilMs when to look no further, by the monotonic clock. @default no end
 */
export function* namesIn(directory: string, untilMs: number = Number.POSITIVE_INFINITY): Generator<string> {
  const opened = tryOpen(directory);
  if (opened === undefined) return;
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      if (untilMs !== Number.POSITIVE_INFINITY && monotonicMs() >= untilMs) return;
      yield entry.name;
    }
  } catch {
    // It is gone, or its disk is.
  } finally {
    opened.closeSync();
  }
}

function tryOpen(directory: string): Dir | undefined {
  try {
    return opendirSync(directory, { bufferSize: 256 });
  } catch {
    return undefined;
  }
}
