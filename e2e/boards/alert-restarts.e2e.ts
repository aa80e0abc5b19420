/**
 * Restarts of a gateway, and every alert that reads what grows: its totals are gone for minutes and begin anew, and nothing
 * fires by that. What an alert must still say after a restart is in the file of the alert.
 */
import { describe, test } from 'vitest';
import {
  DAY,
  decisions,
  droppedPoints,
  evaluations,
  HOUR,
  LONG,
  LONGER,
  lostBatches,
  mergedPoints,
  receivedPoints,
  revisions,
  sessions,
} from './alert-histories.ts';
import { assertAlerts, type Change, type Scenario } from './alert-scenario.ts';

/** `stale` where Prometheus scrapes the gateway itself, `absent` where samples come by remote write. */
const RESTARTS: readonly (readonly [name: string, gone: 'stale' | 'absent', minutes: number])[] = [
  ['a planned restart', 'stale', 3],
  ['a restart that nobody announces', 'absent', 3],
  ['a restart that takes 8 minutes', 'stale', 8],
];

/** What an alert reads, and when the restart is. */
interface History extends Pick<Scenario, 'sampleSeconds' | 'evaluationMinutes'> {
  readonly alert: string;
  readonly atMinute: number;
  /** Each with what it was before, and what it grows to a while after. */
  readonly series: Readonly<Record<string, readonly [before: number, after: number]>>;
  /** @default 5 hours */
  readonly watchedMinutes?: number;
}

const LATE = { atMinute: 2 * DAY, watchedMinutes: DAY };
const EVALUATIONS: History['series'] = { [evaluations('fail')]: [40, 1], [evaluations('pass')]: [1_000, 30] };

const HISTORIES: readonly History[] = [
  { alert: 'FabMetricsAbsent', atMinute: 100, series: { [sessions()]: [7, 14] } },
  { alert: 'FabLostBatches', atMinute: 100, series: { [lostBatches('expired')]: [5, 0] } },
  {
    alert: 'FabRefusedPoints',
    // What is there from the beginning is news for an hour.
    atMinute: 200,
    series: { [mergedPoints('limit')]: [7, 0], [droppedPoints('not_delta')]: [5, 0] },
  },
  { alert: 'FabGatewayRefuses', atMinute: 200, series: { [receivedPoints('refused')]: [50, 0] } },
  {
    alert: 'FabMergeGateStall',
    ...LATE,
    ...LONGER,
    series: { [decisions('approve')]: [1, 0], [decisions('revise')]: [0, 0], [revisions()]: [80, 1] },
  },
  { alert: 'FabSelfEvalBurn1h', ...LATE, ...LONG, watchedMinutes: 12 * HOUR, series: EVALUATIONS },
  { alert: 'FabSelfEvalBurn6h', ...LATE, ...LONG, watchedMinutes: 12 * HOUR, series: EVALUATIONS },
  { alert: 'FabSelfEvalBurn1d', ...LATE, ...LONGER, series: EVALUATIONS },
  { alert: 'FabSelfEvalBurn3d', ...LATE, ...LONGER, series: EVALUATIONS },
];

describe.for(RESTARTS)('%s', ([, gone, minutes]) => {
  test.for(HISTORIES)(
    'does not fire $alert',
    ({ alert, atMinute, series, watchedMinutes = 5 * HOUR, ...rest }) => {
      const restarted = ([before, after]: readonly [number, number]): readonly Change[] => [
        [0, 0],
        [30, before],
        [atMinute, gone],
        [atMinute + minutes, 0],
        [atMinute + 100, after],
      ];
      const end = atMinute + watchedMinutes;
      const watched = Array.from({ length: 60 }, (_, index) => atMinute + index).concat(
        atMinute + 105,
        end - 1,
        end,
      );
      assertAlerts({
        ...rest,
        series: Object.fromEntries(Object.entries(series).map(([name, values]) => [name, restarted(values)])),
        firing: { [alert]: Object.fromEntries(watched.map((minute) => [minute, []])) },
      });
    },
  );
});
