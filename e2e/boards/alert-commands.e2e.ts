/** The alerts about commands, against histories of totals, judged by `promtool test rules`. */
import { commandsObservability, renderObservability } from '@ephemetry/grafana';
import { describe, test } from 'vitest';
import { parse } from 'yaml';
import { assertAlerts, type Change, type Rule } from './alert-scenario.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
const LABELS = { cluster: 'e2e', command: 'backup' };

/** Rules as a deployment exports them that declares `backup`, every day. */
function rules(): readonly Rule[] {
  const expected = [{ name: 'backup', everySeconds: 86_400 }];
  return renderObservability('prometheus-rules', commandsObservability({ expected })).flatMap(
    ({ content }) => {
      const { groups }: { groups: readonly { rules: readonly Rule[] }[] } = parse(content);
      return groups.flatMap((group) => group.rules);
    },
  );
}

function runs(outcome: string): string {
  return `command_runs_total{cluster="e2e",command="backup",outcome="${outcome}"}`;
}

/** Grows by one every so many minutes from one minute to another. */
function growing(from: number, every: number, until: number): readonly Change[] {
  const changes: Change[] = [[0, 0]];
  for (let minute = from; minute <= until; minute += every) changes.push([minute, changes.length]);
  return changes;
}

/** Days at a sample of each five minutes; the alerts wait ten. */
const DAYS = { rules: rules(), sampleSeconds: 300, evaluationMinutes: 10 };
/** A month: judged every two hours, as promtool takes long over 30 days. */
const MONTH = { ...DAYS, sampleSeconds: 1800, evaluationMinutes: 120 };

describe('CommandFails', () => {
  const end = 33 * DAY;
  const start = 32 * DAY;

  test('fires when a day fails more often than the month before it', () => {
    assertAlerts({
      ...MONTH,
      series: {
        [runs('success')]: growing(HOUR, HOUR, end),
        [runs('failure')]: growing(start, HOUR, end),
      },
      firing: { CommandFails: { [start]: [], [start + 20 * HOUR]: [LABELS] } },
    });
  });

  test('is quiet for a command that fails as often as it always did', () => {
    assertAlerts({
      ...MONTH,
      series: {
        [runs('success')]: growing(HOUR, HOUR, end),
        [runs('failure')]: growing(HOUR, 2 * HOUR, end),
      },
      neverFiring: ['CommandFails'],
      untilMinute: end,
    });
  });

  test('is quiet for one failure more, and with too few runs', () => {
    assertAlerts({
      ...MONTH,
      series: {
        [runs('success')]: growing(HOUR, HOUR, end),
        [runs('signal')]: growing(start, 10 * DAY, end),
      },
      neverFiring: ['CommandFails'],
      untilMinute: end,
    });
    assertAlerts({
      ...MONTH,
      series: {
        [runs('success')]: growing(HOUR, 6 * HOUR, start),
        [runs('failure')]: growing(start, 6 * HOUR, end),
      },
      neverFiring: ['CommandFails'],
      untilMinute: end,
    });
  });
});

describe('CommandLate', () => {
  const success = 'command_last_success_timestamp_seconds{cluster="e2e",command="backup"}';

  test('fires when the last success is longer ago than the deployment declares, until the next', () => {
    assertAlerts({
      ...DAYS,
      // Seconds since 1970: promtool begins there.
      series: {
        [success]: [
          [0, 0],
          [2 * DAY, 2 * 86_400],
        ],
      },
      firing: {
        CommandLate: { [DAY - HOUR]: [], [DAY + HOUR]: [LABELS], [2 * DAY + HOUR]: [] },
      },
    });
  });

  test('fires when it never ended well', () => {
    assertAlerts({
      ...DAYS,
      series: { [runs('failure')]: growing(HOUR, HOUR, DAY) },
      firing: { CommandLate: { 0: [], [HOUR]: [{ command: 'backup' }] } },
    });
  });
});
