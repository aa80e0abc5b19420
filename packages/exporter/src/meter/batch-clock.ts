/** The times of a run's batches. */
import type { HrTime } from '@opentelemetry/api';
import { nowUnixMs } from '../wall-clock.ts';
import type { TimeSpan } from './metric-data.ts';

const SECOND_NS = 1_000_000_000;

/**
 * Each batch begins where the one before it ended, and ends at least 1 ns later, also when the clock stands or was set
 * back: a backend takes two points of one series with the same start and time for one.
 */
export class BatchClock {
  #endOfLast: HrTime = now();

  /** The interval since the last batch; it begins anew once it is {@link take taken}. */
  span(): TimeSpan {
    return { start: this.#endOfLast, end: later(next(this.#endOfLast), now()) };
  }

  take(span: TimeSpan): void {
    this.#endOfLast = span.end;
  }
}

function now(): HrTime {
  const ms = nowUnixMs();
  return [Math.floor(ms / 1000), (ms % 1000) * 1e6];
}

function next([seconds, nanoseconds]: HrTime): HrTime {
  return nanoseconds + 1 < SECOND_NS ? [seconds, nanoseconds + 1] : [seconds + 1, 0];
}

function later(a: HrTime, b: HrTime): HrTime {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]) ? a : b;
}
