/** What names a run, and when it ended. */
import { expect, test } from 'vitest';
import { endOf } from './run-identity.ts';

const WRITTEN = Date.UTC(2026, 10, 1, 12);
const REPORTS = [{ modifiedUnixMs: WRITTEN - 500 }, { modifiedUnixMs: WRITTEN }];

test.each([
  ['before its last report was written', -2_000, -2_000],
  ['as one whose parallel tests are added up says, a little later', 40_000, 40_000],
  ['as the clock of a zone that is not told says', 7_200_000, 0],
])('a run ended %s, whenever it is reported', (_, saidMs, endedMs) => {
  const ends = [1_000, 5_000, 3_600_000].map((laterMs) =>
    endOf(WRITTEN + saidMs, REPORTS, WRITTEN + laterMs),
  );
  expect(ends).toEqual(Array(3).fill(WRITTEN + endedMs));
});

test('a run whose reports tell no time ended when the last of them was written', () => {
  expect(endOf(undefined, REPORTS, WRITTEN + 5_000)).toBe(WRITTEN);
});

test('no run ended long after now, whatever its reports say', () => {
  const month = 30 * 24 * 3_600_000;
  expect(endOf(WRITTEN + month, REPORTS, WRITTEN)).toBe(WRITTEN + 60_000);
});
