/** The burn alerts against histories of totals, judged by `promtool test rules`. */
import { describe, test } from 'vitest';
import { DAY, evaluations, every, growing, LONG, LONGER, ONE, TWO } from './alert-histories.ts';
import { alertRules, assertAlerts, type Rule, type Scenario } from './alert-scenario.ts';

/**
 * What a window of days costs grows with the samples in it: it gets fewer, and a window of 5 minutes still has some. Half a
 * day after the last change there is nothing in a window of hours.
 */
function assertNoBurn(scenario: Required<Pick<Scenario, 'series' | 'untilMinute'>>): void {
  const { series, untilMinute } = scenario;
  const lastChange = Math.max(
    ...Object.values(series).flatMap((changes) => changes.map(([minute]) => minute)),
  );
  assertAlerts({
    ...LONG,
    series,
    untilMinute: Math.min(untilMinute, lastChange + DAY / 2),
    neverFiring: ['FabSelfEvalBurn1h', 'FabSelfEvalBurn6h'],
  });
  assertAlerts({ ...LONGER, ...scenario, neverFiring: ['FabSelfEvalBurn1d', 'FabSelfEvalBurn3d'] });
}

describe('self-eval burn', () => {
  test.each([
    ['FabSelfEvalBurn1h', 2, 5],
    ['FabSelfEvalBurn6h', 15, 30],
    ['FabSelfEvalBurn1d', 60, 120],
    ['FabSelfEvalBurn3d', 120, 360],
  ])(
    '%s fires %i minutes after one run in which all of 10 fail, and ends with its short window',
    (alert, wait, short) => {
      assertAlerts({
        series: { [evaluations('fail')]: growing(10, [600]), [evaluations('pass')]: growing(1, []) },
        firing: {
          [alert]: {
            600: [],
            [600 + wait - 1]: [],
            [600 + wait]: [ONE],
            [600 + short - 1]: [ONE],
            [600 + short + 1]: [],
          },
        },
      });
    },
  );

  test('a share of failures that just exceeds a factor fires, one just below does not', () => {
    // 14.4 times the 5 % that may fail are 72 %. Totals that have grown before, so that increase() treats both alike.
    const at = (fail: number, pass: number): void =>
      assertAlerts({
        series: {
          [evaluations('fail')]: [
            [0, 500],
            [600, 500 + fail],
          ],
          [evaluations('pass')]: [
            [0, 500],
            [600, 500 + pass],
          ],
        },
        ...(fail / (fail + pass) > 0.72
          ? { firing: { FabSelfEvalBurn1h: { 602: [ONE] } } }
          : { neverFiring: ['FabSelfEvalBurn1h'], untilMinute: 700 }),
      });
    at(73, 27);
    at(71, 29);
  });

  test('9 of 9 failing evaluations are no measurement', () => {
    assertNoBurn({
      series: { [evaluations('fail')]: growing(9, [600]), [evaluations('pass')]: growing(1, []) },
      untilMinute: 600 + 4 * DAY,
    });
  });

  test('one failure of 12 is no trend, two are', () => {
    const series = (failed: number) => ({
      [evaluations('fail')]: growing(failed, [600]),
      [evaluations('pass')]: growing(12 - failed, [600]),
    });
    assertNoBurn({ series: series(1), untilMinute: 600 + 4 * DAY });
    assertAlerts({ ...LONG, series: series(2), firing: { FabSelfEvalBurn3d: { 725: [ONE] } } });
  });

  test('evaluations that said neither do not count towards the minimum', () => {
    assertNoBurn({
      series: {
        [evaluations('fail')]: growing(9, [600]),
        [evaluations('unknown')]: growing(20, [600]),
      },
      untilMinute: 600 + 4 * DAY,
    });
  });

  test('failures within the objective never fire', () => {
    const runs = every(30, 60, 3 * DAY);
    assertNoBurn({
      series: { [evaluations('fail')]: growing(1, runs), [evaluations('pass')]: growing(24, runs) },
      untilMinute: 3 * DAY,
    });
  });

  test('an incident that goes on pages until 5 minutes after its last run', () => {
    const runs = every(2, 600, 720);
    assertAlerts({
      series: { [evaluations('fail')]: growing(1, runs), [evaluations('pass')]: growing(1, []) },
      // The tenth failure is at 618.
      firing: { FabSelfEvalBurn1h: { 617: [], 620: [ONE], 700: [ONE], 722: [ONE], 723: [] } },
    });
  });

  test('a cluster that burns does not raise the alert of one that does not', () => {
    assertAlerts({
      series: {
        [evaluations('fail', 'one')]: growing(10, [600]),
        [evaluations('pass', 'one')]: growing(1, []),
        [evaluations('fail', 'two')]: growing(1, []),
        [evaluations('pass', 'two')]: growing(200, [600]),
      },
      firing: { FabSelfEvalBurn1h: { 602: [ONE] } },
    });
  });

  test('clusters that burn at once are told apart', () => {
    assertAlerts({
      series: {
        [evaluations('fail', 'one')]: growing(10, [600]),
        [evaluations('fail', 'two')]: growing(12, [600]),
      },
      firing: { FabSelfEvalBurn1h: { 602: [ONE, TWO] } },
    });
  });

  test('a cluster label of another name is the one that is judged', () => {
    const renamed = (series: string): string => series.replace('cluster=', 'k8s_cluster=');
    assertAlerts({
      options: { clusterLabel: 'k8s_cluster' },
      series: {
        [renamed(evaluations('fail'))]: growing(10, [600]),
        [renamed(evaluations('pass', 'two'))]: growing(200, [600]),
      },
      firing: { FabSelfEvalBurn1h: { 602: [{ k8s_cluster: 'one' }] } },
    });
  });

  test('a counter reset adds nothing', () => {
    assertNoBurn({
      series: {
        [evaluations('fail')]: [
          [0, 0],
          [100, 40],
          [4400, 0],
          [6000, 3],
        ],
        [evaluations('pass')]: [
          [0, 0],
          [100, 800],
          [4400, 0],
          [6000, 60],
        ],
      },
      untilMinute: 4400 + 2 * DAY,
    });
  });

  test('a run right after a gateway restart counts as it is', () => {
    assertAlerts({
      series: {
        [evaluations('fail')]: [
          [0, 200],
          [600, 'stale'],
          [602, 0],
          [604, 10],
        ],
        [evaluations('pass')]: [
          [0, 900],
          [600, 'stale'],
          [602, 0],
        ],
      },
      firing: { FabSelfEvalBurn1h: { 605: [], 606: [ONE], 608: [ONE], 610: [] } },
    });
  });

  test('a `for` that leaves one scrape and one evaluation of its short window fires on a single run', () => {
    // The run is seen by a scrape right after an evaluation: the worst case for the time that is left.
    const run = (wait: string) => ({
      series: { [evaluations('fail')]: growing(10, [600.25]), [evaluations('pass')]: growing(1, []) },
      options: {
        burnRates: [{ factor: 14.4, long: '1h', short: '5m', for: wait, urgency: 'page' as const }],
      },
    });
    assertAlerts({ ...run('3m'), firing: { FabSelfEvalBurn1h: { 604: [ONE] } } });
  });
});

describe('the textbook', () => {
  // https://sre.google/workbook/alerting-on-slos/ with a gate on traffic in evaluations a second.
  const failing = (window: string): string =>
    `sum(rate(fab_self_eval_total{result="fail"}[${window}])) / sum(rate(fab_self_eval_total[${window}])) > (14.4 * 0.05)`;
  const textbook: Rule = {
    alert: 'Textbook',
    expr: `${failing('1h')} and ${failing('5m')} and sum(rate(fab_self_eval_total[5m])) > 0.1`,
    for: '2m',
  };

  test('is silent about a single run in which everything fails; ours pages', () => {
    assertAlerts({
      rules: [textbook, ...alertRules()],
      series: { [evaluations('fail')]: growing(15, [600]), [evaluations('pass')]: growing(1, []) },
      neverFiring: ['Textbook'],
      firing: { FabSelfEvalBurn1h: { 602: [ONE], 700: [] } },
    });
  });

  test('fires on the traffic that it is made for, so its silence is not a fault of this test', () => {
    assertAlerts({
      rules: [textbook],
      series: { [evaluations('fail')]: growing(15, every(1, 600, 660)) },
      firing: { Textbook: { 610: [{}] } },
    });
  });
});
