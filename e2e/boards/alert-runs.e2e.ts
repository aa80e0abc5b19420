/** The alerts about work that stalls or stays away, against histories of totals, judged by `promtool test rules`. */
import { describe, test } from 'vitest';
import {
  DAY,
  decisions,
  every,
  growing,
  HOUR,
  LONGER,
  ONE,
  revisions,
  sessions,
  WEEK,
} from './alert-histories.ts';
import { assertAlerts, type Change } from './alert-scenario.ts';

describe('FabMergeGateStall', () => {
  const inUse: Readonly<Record<string, readonly Change[]>> = {
    [decisions('approve')]: growing(1, [60]),
    [decisions('revise')]: growing(1, []),
  };
  // Long after the approval at 60.
  const start = 2 * DAY;

  test('fires when revisions keep coming and nothing is approved', () => {
    const last = start + 8 * HOUR;
    assertAlerts({
      ...LONGER,
      series: { ...inUse, [revisions()]: growing(1, every(30, start, last + 1)) },
      firing: {
        FabMergeGateStall: {
          [start + 3 * HOUR]: [],
          [start + 3 * HOUR + 20]: [ONE],
          [last]: [ONE],
          [last + 55]: [ONE],
          [last + 65]: [],
        },
      },
    });
  });

  test('gives the first workflow after a weekend time to reach its gate', () => {
    assertAlerts({
      ...LONGER,
      series: {
        ...inUse,
        [revisions()]: growing(2, every(20, start, start + 150)),
        [decisions('approve')]: growing(1, [60, start + 160]),
      },
      neverFiring: ['FabMergeGateStall'],
      untilMinute: start + DAY,
    });
  });

  test('is quiet while a gate approves now and then', () => {
    assertAlerts({
      ...LONGER,
      series: {
        [decisions('approve')]: growing(1, every(5 * HOUR, 60, start + DAY)),
        [revisions()]: growing(1, every(30, start, start + DAY)),
      },
      neverFiring: ['FabMergeGateStall'],
      untilMinute: start + DAY,
    });
  });

  test('is quiet where no gate was in use for a week', () => {
    const late = 60 + WEEK + HOUR;
    assertAlerts({
      ...LONGER,
      series: { ...inUse, [revisions()]: growing(1, every(30, late, late + DAY)) },
      neverFiring: ['FabMergeGateStall'],
      untilMinute: late + DAY,
    });
  });

  test('is quiet below the minimum of revisions', () => {
    assertAlerts({
      ...LONGER,
      series: { ...inUse, [revisions()]: growing(1, every(100, start, start + DAY)) },
      neverFiring: ['FabMergeGateStall'],
      untilMinute: start + DAY,
    });
  });

  test('is about the cluster that stalls, not about one that merges', () => {
    const runs = every(30, start, start + 8 * HOUR);
    assertAlerts({
      ...LONGER,
      series: {
        ...inUse,
        [revisions()]: growing(1, runs),
        [revisions('two')]: growing(1, runs),
        [decisions('approve', 'two')]: growing(1, runs),
      },
      firing: { FabMergeGateStall: { [start + 6 * HOUR]: [ONE] } },
    });
  });
});

describe('FabNoRuns', () => {
  /** Runs on the hours of these days; minute 0 is a Monday's midnight. */
  const runsAt = (...times: readonly (readonly [day: number, ...hours: readonly number[]])[]) =>
    growing(
      3,
      times.flatMap(([day, ...hours]) => hours.map((hour) => day * DAY + hour * HOUR)),
    );
  const workingWeek = (monday: number, ...hours: readonly number[]) =>
    [0, 1, 2, 3, 4].map((day) => [monday + day, ...hours] as const);
  const alert = 'FabNoRuns';

  test('is quiet on a weekend like the one before', () => {
    assertAlerts({
      ...LONGER,
      series: {
        [sessions()]: runsAt(...workingWeek(0, 9, 17), ...workingWeek(7, 9, 17), ...workingWeek(14, 9)),
      },
      neverFiring: [alert],
      untilMinute: 19 * DAY,
    });
  });

  test('is quiet when Friday ends earlier, and Monday begins later, than a week ago', () => {
    assertAlerts({
      ...LONGER,
      series: {
        [sessions()]: runsAt(
          ...workingWeek(0, 9, 17),
          ...workingWeek(7, 9, 17).slice(0, 4),
          [11, 9],
          [14, 18],
          ...workingWeek(14, 9).slice(1),
        ),
      },
      neverFiring: [alert],
      untilMinute: 18 * DAY + 10 * HOUR,
    });
  });

  test('fires on the Monday without runs, 12 hours after there were some last Monday, and ends with the next run', () => {
    const tuesday = 15 * DAY;
    assertAlerts({
      ...LONGER,
      series: { [sessions()]: runsAt(...workingWeek(0, 9, 17), ...workingWeek(7, 9, 17), [15, 11]) },
      firing: {
        [alert]: {
          [14 * DAY + 9 * HOUR]: [],
          [14 * DAY + 21 * HOUR]: [],
          [14 * DAY + 22 * HOUR]: [ONE],
          [tuesday + 9 * HOUR]: [ONE],
          [tuesday + 11 * HOUR]: [],
          [tuesday + 13 * HOUR]: [],
        },
      },
    });
  });

  test('fires two days after the last run of a day when the next one stays away', () => {
    const last = 8 * DAY + 17 * HOUR;
    assertAlerts({
      ...LONGER,
      series: { [sessions()]: runsAt(...workingWeek(0, 9, 17), [7, 9, 17], [8, 9, 17]) },
      firing: { [alert]: { [last + 2 * DAY]: [], [last + 2 * DAY + 40]: [ONE], [last + 3 * DAY]: [ONE] } },
    });
  });

  test('is quiet about a run once a week that comes hours later, or earlier, than the last', () => {
    assertAlerts({
      ...LONGER,
      series: { [sessions()]: runsAt([0, 9], [7, 17], [14, 8], [21, 19]) },
      neverFiring: [alert],
      untilMinute: 22 * DAY,
    });
  });

  test('says nothing in the first week', () => {
    assertAlerts({
      ...LONGER,
      series: { [sessions()]: runsAt([0, 9]) },
      neverFiring: [alert],
      untilMinute: WEEK,
    });
  });

  test('falls silent in the second week without runs', () => {
    assertAlerts({
      ...LONGER,
      series: { [sessions()]: runsAt(...workingWeek(0, 9, 17)) },
      firing: {
        [alert]: {
          [9 * DAY]: [ONE],
          [13 * DAY]: [ONE],
          [13 * DAY + 6 * HOUR]: [],
          [15 * DAY]: [],
          [17 * DAY]: [],
        },
      },
    });
  });

  test('fires when the totals are gone altogether', () => {
    assertAlerts({
      ...LONGER,
      series: { [sessions()]: [...runsAt(...workingWeek(0, 9, 17), [7, 9, 17]), [8 * DAY, 'stale']] },
      firing: { [alert]: { [10 * DAY]: [ONE] } },
    });
  });

  test('a gateway restart is no run, and hides none', () => {
    assertAlerts({
      ...LONGER,
      series: {
        [sessions()]: [...runsAt(...workingWeek(0, 9, 17), [7, 9, 17]), [8 * DAY, 'stale'], [8 * DAY + 5, 0]],
      },
      firing: { [alert]: { [10 * DAY]: [ONE] } },
    });
  });

  test('is about the cluster that rests', () => {
    assertAlerts({
      ...LONGER,
      series: {
        [sessions('one')]: runsAt(...workingWeek(0, 9, 17), [7, 9, 17]),
        [sessions('two')]: runsAt(...workingWeek(0, 9, 17), ...workingWeek(7, 9, 17)),
      },
      firing: { [alert]: { [10 * DAY]: [ONE] } },
    });
  });
});
