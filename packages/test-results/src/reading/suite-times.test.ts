/** Times of suites, with and without a zone. */
import { expect, it } from 'vitest';
import { SuiteTimes } from './suite-times.ts';

const HOUR_MS = 3_600_000;
/** A machine in New York, in winter. */
const newYork = (asUtcMs: number): number => asUtcMs + 5 * HOUR_MS;
const NOON = Date.UTC(2026, 0, 1, 12);

it('what pytest wrote without a zone is the local time of the machine', () => {
  const times = new SuiteTimes(newYork);
  times.add('2026-01-01T07:00:00.000', '2');
  expect(times.of('pytest')).toEqual({ startUnixMs: NOON, endUnixMs: NOON + 2000 });
});

it('what other runners wrote without a zone is UTC, and a zone is believed', () => {
  const times = new SuiteTimes(newYork);
  times.add('2026-01-01T12:00:00', '2');
  times.add('2026-01-01T07:00:01-05:00', '5');
  const expected = { startUnixMs: NOON, endUnixMs: NOON + 6000 };
  expect(times.of('jest')).toEqual(expected);
  const zoned = new SuiteTimes(newYork);
  zoned.add('2026-01-01T07:00:00-05:00', '6');
  expect(zoned.of('pytest')).toEqual(expected);
});

it('a second attempt after the clocks went back is later than the first one', () => {
  const [first, second] = [new SuiteTimes(newYork), new SuiteTimes(newYork)];
  first.add('2026-11-01T01:50:00', '60');
  first.tell('2026-11-01T05:50:00+00:00');
  second.add('2026-11-01T01:05:00', '60');
  second.tell('2026-11-01T06:05:00+00:00');
  expect(first.of('pytest')).toEqual({
    startUnixMs: Date.UTC(2026, 10, 1, 5, 50),
    endUnixMs: Date.UTC(2026, 10, 1, 5, 51),
  });
  expect(second.of('pytest').startUnixMs).toBe(Date.UTC(2026, 10, 1, 6, 5));
});

it('no time is none', () => {
  const times = new SuiteTimes();
  times.add('yesterday', '2');
  times.add(undefined, '2');
  times.tell('2026-11-01T05:50:00+00:00');
  expect(times.of('pytest')).toEqual({});
});
