/** The times of the attempts of one report: all of them, their sum, and the slowest tests. */
import type { TestName } from '../test-case.ts';
import { Durations } from './durations.ts';
import { keptName } from './kept-name.ts';

/** A test and its time. */
export interface SlowTest {
  readonly test: TestName;
  readonly seconds: number;
}

const SLOWEST = 10;

/** Owned by the tally of a report. */
export class TestTimes {
  readonly durations: Durations = new Durations();
  slowest: readonly SlowTest[] = [];
  /** Attempts whose time the report does not say. */
  unknown = 0;
  busySeconds = 0;

  add(seconds: number | undefined, category: number, test: TestName): void {
    if (seconds === undefined) {
      this.unknown += 1;
      return;
    }
    this.busySeconds += seconds;
    this.durations.add(seconds, category);
    this.slowest = withSlow(this.slowest, seconds, test);
  }

  /** The report ends, and its text goes. */
  finish(): void {
    this.slowest = this.slowest.map(({ test, seconds }) => ({ test: keptName(test), seconds }));
  }
}

/** The slowest ten of these and one more. */
export function withSlow(
  slowest: readonly SlowTest[],
  seconds: number,
  { file, className, name }: TestName,
): readonly SlowTest[] {
  const last = slowest[SLOWEST - 1];
  if (last !== undefined && last.seconds >= seconds) return slowest;
  const place = slowest.findIndex((slow) => slow.seconds < seconds);
  const all = slowest.toSpliced(place < 0 ? slowest.length : place, 0, {
    test: { file, className, name },
    seconds,
  });
  return all.slice(0, SLOWEST);
}
