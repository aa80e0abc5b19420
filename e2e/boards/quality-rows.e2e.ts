/** Each of the eleven rows against histories, judged by `promtool test rules`: its value, its two limits, and what is missing. */
import { describe, expect, test } from 'vitest';
import { aSecondLater, ROW_HISTORIES, type RowHistory, until, withGap } from './quality-histories.ts';
import { assertQuality, type QualityScenario, qualityRules } from './quality-scenario.ts';

const DAY = 24 * 60;

describe.each(ROW_HISTORIES.map((history): [string, RowHistory] => [history.row, history]))(
  '%s',
  (_, history) => {
    const { isCounted = false, judged, maxAgeMinutes, restartMinutes, row, seriesAt } = history;
    const value = `quality:${row}`;
    const named = (titles: readonly string[]): readonly string[] =>
      titles.map((title) => `${title} ${history.subject}`.trim());
    const [good = Number.NaN] = judged[0] ?? [];
    const [bad = Number.NaN, alerts = []] = judged.at(-1) ?? [];
    const assertRow = (scenarios: readonly QualityScenario[], seconds?: number): void =>
      assertQuality(rulesOf(history), scenarios, seconds);

    test('below, on and above each of its limits', () => {
      assertRow(
        judged.map(([at, titles]) => ({
          name: `at ${at}`,
          series: seriesAt(at, 40),
          firing: { 1: [], 40: named(titles) },
        })),
      );
    });

    test('has no value without data, and misses nobody who never reported', () => {
      assertRow(
        [
          {
            name: 'no data',
            series: { up: [[0, 1]] },
            firing: { 5: [], [DAY]: [] },
            values: { [value]: { [DAY]: 'nothing' } },
          },
        ],
        300,
      );
    });

    test('keeps one sample until it is too old, and then it is missing instead of bad', () => {
      const seconds = maxAgeMinutes > DAY * 2 ? 600 : maxAgeMinutes > 60 ? 300 : 60;
      const step = seconds / 60;
      const end = maxAgeMinutes + 14 * step + 15;
      assertRow(
        [
          {
            name: 'one sample',
            series: until(seriesAt(bad, 0), 0.5),
            values: {
              [value]: isCounted
                ? { [step]: 'nothing', [end]: 'nothing' }
                : { [step]: bad, [maxAgeMinutes - step]: bad, [end]: 'nothing' },
            },
            // What fired has ended: it is kept for ten minutes.
            firing: { [end]: missingOf(history) },
          },
        ],
        seconds,
      );
    });

    test('a restart of all that shows it changes nothing', () => {
      const during = 60 + Math.ceil(restartMinutes / 2);
      const after = 60 + restartMinutes + 1;
      assertRow(
        [['firing', bad, named(alerts)] as const, ['quiet', good, []] as const].map(([name, at, firing]) => ({
          name,
          series: withGap(seriesAt(at, 120), 60, 60 + restartMinutes),
          firing: { 59: firing, [during]: firing, [after]: firing, 80: firing, 120: firing },
        })),
      );
    });

    test('of a gap of two days only the missing report is told, and what is bad afterwards is told again', () => {
      const gap = [120, 120 + 2 * DAY] as const;
      const isMissed = maxAgeMinutes < 2 * DAY;
      const before = gap[1] - 5;
      const back = gap[1] + 40;
      assertRow(
        [
          {
            name: 'gap',
            series: withGap(seriesAt(bad, back), ...gap),
            ...(isCounted
              ? {}
              : { values: { [value]: { 115: bad, [before]: isMissed ? 'nothing' : bad, [back]: bad } } }),
            firing: {
              115: named(alerts),
              [before]: isMissed ? missingOf(history) : named(alerts),
              [back]: named(alerts),
            },
          },
        ],
        300,
      );
    });

    test.skipIf(history.isOneShard === true)(
      'of two shards of the gateway the newest report counts, also while it is restarted',
      () => {
        const older = seriesAt(bad, 0, ',shard="0"');
        const newer = aSecondLater(seriesAt(good, 60, ',shard="1"'));
        assertRow([
          {
            name: 'shards',
            series: { ...older, ...withGap(newer, 40, 48) },
            values: { [value]: { 5: good, 39: good, 44: good, 60: good } },
            firing: { 39: [], 44: [], 60: [] },
          },
        ]);
      },
    );
  },
);

test('every row of the table has a history', () => {
  const rows = qualityRules().flatMap(({ labels = {} }) => labels['row'] ?? []);
  expect(new Set(rows)).toEqual(new Set(ROW_HISTORIES.map(({ row }) => row)));
});

/** The rules that one row needs. */
function rulesOf({ row, missing }: RowHistory): Parameters<typeof assertQuality>[0] {
  return (name, { labels = {} }) =>
    [
      'quality:source_timestamp_seconds',
      'quality:test_results',
      'quality:gateway_probes:increase5m',
      `quality:${row}`,
      missing,
    ].includes(name) || labels['row'] === row;
}

/** Of each thing that its source reports on. */
function missingOf({ missing, missingSubjects }: RowHistory): readonly string[] {
  return missingSubjects.map((subject) => `${missing} ${subject}`);
}
