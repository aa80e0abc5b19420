/** The alerts about services, vantages, certificates and the stack itself, against histories, judged by `promtool test rules`. */
import { expect, test } from 'vitest';
import type { Change } from './alert-scenario.ts';
import { type Series, until, withGap } from './quality-histories.ts';
import { assertQuality, type QualityScenario, qualityRules } from './quality-scenario.ts';

const DAY = 24 * 60;
type State = 'up' | 'down' | 'unreachable';

/** What a vantage finds: from a minute on this state, probed each half minute until the end. */
function seen(
  vantage: string,
  states: readonly (readonly [minute: number, state: State])[],
  untilMinute: number,
  labels = '',
): Series {
  const probes = Array.from({ length: untilMinute * 2 + 1 }, (_, index): Change => [index / 2, index * 30]);
  const of = (state: State): readonly Change[] =>
    states.map(([minute, is]): Change => [minute, is === state ? 1 : 0]);
  const name = (state: State): string =>
    `health_target_state{target="ezra",class="gateway",vantage="${vantage}",state="${state}"${labels}}`;
  return {
    [name('up')]: of('up'),
    [name('down')]: of('down'),
    [name('unreachable')]: of('unreachable'),
    [`health_last_probe_timestamp_seconds{target="ezra",vantage="${vantage}"${labels}}`]: probes,
  };
}

function isolated(vantage: string, changes: readonly Change[]): Series {
  return { [`health_vantage_isolated{vantage="${vantage}",network="tailnet"}`]: changes };
}

const SERVICES = ['ServiceDown', 'ServiceUnreachable', 'VantageIsolated', 'VantagesIsolated'];
function assertServices(scenarios: readonly QualityScenario[]): void {
  assertQuality((name) => SERVICES.includes(name), scenarios);
}

test('a service is down when one vantage says so and none says up, after 5 minutes, and 2 longer', () => {
  assertServices([
    {
      name: 'down from both',
      series: {
        ...seen(
          'a',
          [
            [0, 'up'],
            [10, 'down'],
            [30, 'up'],
          ],
          60,
        ),
        ...seen(
          'b',
          [
            [0, 'up'],
            [10, 'down'],
            [31, 'up'],
          ],
          60,
        ),
      },
      firing: { 14: [], 15: ['ServiceDown target=ezra'], 31: ['ServiceDown target=ezra'], 33: [] },
    },
    {
      name: 'down from one, up from the other',
      series: { ...seen('a', [[0, 'down']], 30), ...seen('b', [[0, 'up']], 30) },
      firing: { 30: [] },
    },
    {
      name: 'down from one, and the other cannot tell',
      series: { ...seen('a', [[0, 'down']], 30), ...seen('b', [[0, 'unreachable']], 30) },
      firing: { 30: ['ServiceDown target=ezra'] },
    },
  ]);
});

test('a prober that is gone says nothing of its services, and a restart of it changes nothing', () => {
  assertServices([
    {
      name: 'gone',
      series: until(seen('a', [[0, 'down']], 30), 30),
      firing: { 29: ['ServiceDown target=ezra'], 40: [] },
    },
    {
      name: 'restart',
      series: withGap(seen('a', [[0, 'down']], 60), 30, 31.5),
      firing: {
        29: ['ServiceDown target=ezra'],
        31: ['ServiceDown target=ezra'],
        34: ['ServiceDown target=ezra'],
      },
    },
    {
      name: 'restart while up',
      series: withGap(seen('a', [[0, 'up']], 60), 30, 31.5),
      firing: { 31: [], 40: [] },
    },
  ]);
});

test('of two shards of the gateway the one with the newest probe counts', () => {
  const stale = Object.fromEntries(Object.entries(seen('a', [[0, 'down']], 0, ',shard="0"')));
  assertServices([
    { name: 'shards', series: { ...stale, ...seen('a', [[0, 'up']], 30, ',shard="1"') }, firing: { 20: [] } },
  ]);
});

test('what nobody sees is unreachable, unless all who do not are isolated', () => {
  const unseen = (vantage: string): Series => seen(vantage, [[0, 'unreachable']], 30);
  assertServices([
    {
      name: 'nobody sees it',
      series: { ...unseen('a'), ...unseen('b') },
      firing: { 4: [], 5: ['ServiceUnreachable target=ezra'] },
    },
    { name: 'one sees it', series: { ...unseen('a'), ...seen('b', [[0, 'up']], 30) }, firing: { 30: [] } },
    {
      name: 'its only vantage is isolated, another is not',
      series: { ...unseen('a'), ...isolated('a', [[0, 1]]), ...isolated('b', [[0, 0]]) },
      firing: { 1: [], 30: ['VantageIsolated vantage=a network=tailnet'] },
    },
    {
      name: 'all vantages are isolated: that alone fires',
      series: { ...unseen('a'), ...unseen('b'), ...isolated('a', [[0, 1]]), ...isolated('b', [[0, 1]]) },
      firing: { 30: ['VantagesIsolated'] },
    },
    {
      name: 'the only vantage is isolated, and is back',
      series: isolated('a', [
        [0, 1],
        [20, 0],
      ]),
      firing: { 10: ['VantagesIsolated'], 21: ['VantagesIsolated'], 23: [] },
    },
  ]);
});

test('a certificate is told at 14 days, and again at 3', () => {
  const expires = (days: number): Series => ({
    'health_certificate_expiry_timestamp_seconds{target="ezra",vantage="a"}': [[0, days * 86_400]],
    // Another vantage is shown a newer one: the older is what some users get.
    'health_certificate_expiry_timestamp_seconds{target="ezra",vantage="b"}': [[0, 90 * 86_400]],
  });
  const soon = 'CertificateExpiry target=ezra';
  assertQuality(
    (name) => name.startsWith('Certificate'),
    [
      { name: '14 days and a little', series: expires(14.1), firing: { 60: [] } },
      { name: 'below 14 days', series: expires(14), firing: { 60: [soon] } },
      { name: 'above 3 days', series: expires(3.1), firing: { 60: [soon] } },
      {
        name: 'below 3 days',
        series: expires(3),
        firing: { 60: [soon, 'CertificateExpiryCritical target=ezra'] },
      },
      {
        name: 'expired',
        series: expires(-1),
        firing: { 60: [soon, 'CertificateExpiryCritical target=ezra'] },
      },
    ],
  );
});

test('the stack tells its own faults', () => {
  const grows = (from: number, to: number): readonly Change[] =>
    Array.from({ length: to - from + 1 }, (_, index): Change => [from + index, index]);
  const counter = (name: string): Series => ({ [name]: [[0, 0], ...grows(20, 60), [61, 40]] });
  const isStack = (name: string): boolean =>
    [
      'Watchdog',
      'ExporterDown',
      'RulesFail',
      'ConfigurationRefused',
      'AlertsDropped',
      'NotificationsFail',
      'IssueReceiverDown',
    ].includes(name);
  assertQuality(isStack, [
    { name: 'nothing is there', series: { up: [[0, 1]] }, firing: { 0: ['Watchdog'], [DAY]: ['Watchdog'] } },
    {
      name: 'an exporter is down, and back',
      series: {
        'up{job="node",instance="web-1:9100",host="web-1"}': [
          [0, 1],
          [10, 0],
          [40, 1],
        ],
      },
      firing: { 14: ['Watchdog'], 16: ['Watchdog', 'ExporterDown host=web-1 job=node'], 45: ['Watchdog'] },
    },
    {
      name: 'the receiver of issues is down',
      series: { 'up{job="ephemetry-alerts",instance="127.0.0.1:9095"}': [[0, 0]] },
      firing: { 10: ['Watchdog', 'ExporterDown job=ephemetry-alerts', 'IssueReceiverDown'] },
    },
    {
      name: 'rules fail',
      series: counter('prometheus_rule_evaluation_failures_total{rule_group="g"}'),
      firing: { 19: ['Watchdog'], 30: ['Watchdog', 'RulesFail'], 95: ['Watchdog'] },
    },
    {
      name: 'alerts are dropped',
      series: counter('prometheus_notifications_dropped_total'),
      firing: { 30: ['Watchdog', 'AlertsDropped'] },
    },
    {
      name: 'notifications fail for longer than Alertmanager repeats',
      series: counter('alertmanager_notifications_failed_total{integration="webhook"}'),
      firing: { 30: ['Watchdog'], 40: ['Watchdog', 'NotificationsFail'] },
    },
    {
      name: 'a configuration is refused',
      series: {
        'alertmanager_config_last_reload_successful{job="alertmanager"}': [
          [0, 1],
          [10, 0],
        ],
      },
      firing: { 10: ['Watchdog'], 20: ['Watchdog', 'ConfigurationRefused job=alertmanager'] },
    },
  ]);
});

test('a suite may have its own age, and no other suite has it then', () => {
  const reported = (suite: string): Series => ({
    [`tests_last_run_timestamp_seconds{suite="${suite}"}`]: [[0, 0]],
  });
  assertQuality(
    (name) => name === 'TestReportMissing' || name.startsWith('quality:source'),
    [
      {
        name: 'weekly',
        options: { suites: [{ name: 'week.ly', maxAgeSeconds: 8 * 86_400 }] },
        series: { ...reported('week.ly'), ...reported('weekxly') },
        firing: {
          [2 * DAY]: ['TestReportMissing suite=weekxly'],
          [8 * DAY + 30]: ['TestReportMissing suite=week.ly', 'TestReportMissing suite=weekxly'],
        },
      },
    ],
    600,
  );
});

test('what reported nothing for 14 days is missed no more', () => {
  assertQuality(
    (name) => name === 'TestReportMissing' || name.startsWith('quality:source'),
    [
      {
        name: 'forgotten',
        series: { 'tests_last_run_timestamp_seconds{suite="old"}': [[0, 0]] },
        firing: { [13 * DAY]: ['TestReportMissing suite=old'], [14 * DAY + 30]: [] },
      },
    ],
    600,
  );
});

test('every alert of quality has a history here or in the file of rows', () => {
  const rows = qualityRules().flatMap(({ alert, labels = {} }) =>
    labels['row'] === undefined ? (alert ?? []) : [],
  );
  const told = [
    ...SERVICES,
    'CertificateExpiry',
    'CertificateExpiryCritical',
    'Watchdog',
    'ExporterDown',
    'RulesFail',
  ];
  const more = [
    'ConfigurationRefused',
    'AlertsDropped',
    'NotificationsFail',
    'IssueReceiverDown',
    'ArchiveLate',
  ];
  const missing = [
    'TestReportMissing',
    'CoverageReportMissing',
    'ForgeReportMissing',
    'HealthReportMissing',
    'HostReportMissing',
  ];
  expect(rows.toSorted()).toEqual([...told, ...more, ...missing].toSorted());
});
