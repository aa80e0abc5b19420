// biome-ignore-all lint/style/noExcessiveLinesPerFile: one table, as the issue of each row has it
/** What the sources of each row report when its value is given, and which alerts the value must raise: written by hand, not derived. */
import type { Change } from './alert-scenario.ts';

/** Series, as PromQL spells them, to their changes. */
export type Series = Readonly<Record<string, readonly Change[]>>;

/** A row as its tests have it. */
export interface RowHistory {
  readonly row: string;
  /** The alert that its source is missing. */
  readonly missing: string;
  /** After so many minutes without a report there is no value. */
  readonly maxAgeMinutes: number;
  /** So many minutes at most it must go on as it was while everything is restarted. */
  readonly restartMinutes: number;
  /** The labels of its alerts and of that one, as `label=value`. */
  readonly subject: string;
  readonly missingSubjects: readonly string[];
  /** Value to the alerts that fire while it stays so: below, on and above each limit. */
  readonly judged: readonly (readonly [value: number, alerts: readonly string[]])[];
  /** What is reported for so many minutes. `labels` are those of a gateway's shard; a counter has no single sample. */
  readonly seriesAt: (value: number, untilMinute: number, labels?: string) => Series;
  /** It is made of counters: one sample is no value, and shards add up. @default false */
  readonly isCounted?: boolean;
  /** Its source does not report through the gateway, or shards add up. @default false */
  readonly isOneShard?: boolean;
}

const HOUR = 60;
const DAY = 24 * HOUR;

/** A report each so many minutes: its time is its value. */
function reports(everyMinutes: number, untilMinute: number): readonly Change[] {
  const count = Math.floor(untilMinute / everyMinutes) + 1;
  return Array.from(
    { length: count },
    (_, index): Change => [index * everyMinutes, index * everyMinutes * 60],
  );
}

function constant(value: number): readonly Change[] {
  return [[0, value]];
}

/** A counter that grows each minute. */
function growing(byMinute: number, untilMinute: number): readonly Change[] {
  return Array.from({ length: untilMinute + 1 }, (_, minute): Change => [minute, minute * byMinute]);
}

const TESTS = 'suite="hermes"';

function tests(category: string, results: Readonly<Record<string, number>>, labels: string): Series {
  return Object.fromEntries(
    Object.entries(results).map(([outcome, count]) => [
      `tests_last_run_results{${TESTS},category="${category}",outcome="${outcome}"${labels}}`,
      constant(count),
    ]),
  );
}

/** A run each ten hours. */
function lastRun(untilMinute: number, labels: string): Series {
  return { [`tests_last_run_timestamp_seconds{${TESTS}${labels}}`]: reports(10 * HOUR, untilMinute) };
}

function forge(untilMinute: number, labels: string): Series {
  return {
    [`forge_collected_timestamp_seconds{repository="team/app"${labels}}`]: reports(10, untilMinute),
    [`forge_collected_timestamp_seconds{repository="team/site"${labels}}`]: reports(10, untilMinute),
  };
}

function probed(target: string, untilMinute: number, labels: string): Series {
  return {
    [`health_last_probe_timestamp_seconds{target="${target}",vantage="laptop"${labels}}`]: reports(
      1,
      untilMinute,
    ),
  };
}

const OF_TESTS = {
  missing: 'TestReportMissing',
  maxAgeMinutes: 26 * HOUR,
  restartMinutes: 40,
  subject: 'suite=hermes',
  missingSubjects: ['suite=hermes'],
} as const;
const OF_HEALTH = {
  missing: 'HealthReportMissing',
  maxAgeMinutes: 2,
  restartMinutes: 1,
  missingSubjects: ['vantage=laptop'],
  isOneShard: true,
} as const;
const OF_HOST = {
  missing: 'HostReportMissing',
  maxAgeMinutes: 5,
  restartMinutes: 4,
  missingSubjects: ['host=web-1'],
  isOneShard: true,
} as const;
const OF_FORGE = {
  missing: 'ForgeReportMissing',
  maxAgeMinutes: 30,
  restartMinutes: 8,
  subject: '',
  missingSubjects: ['repository=team/app', 'repository=team/site'],
} as const;

const BOUNDS = ['2.5', '5', '10', '30', '+Inf'];
/** Of 100 probes a minute, how many took up to each bound, so that p95 is the value. */
const PROBES: Readonly<Record<number, readonly number[]>> = {
  4.875: [0, 100, 100, 100, 100],
  5: [0, 95, 100, 100, 100],
  7.5: [0, 90, 100, 100, 100],
  9.75: [0, 0, 100, 100, 100],
  10: [0, 0, 95, 100, 100],
  20: [0, 0, 90, 100, 100],
};

/** All eleven. */
export const ROW_HISTORIES: readonly RowHistory[] = [
  {
    ...OF_TESTS,
    row: 'test_pass_rate',
    judged: [
      [0.851, []],
      [0.85, ['TestPassRateTargetMissed']],
      [0.849, ['TestPassRateTargetMissed']],
      [0.701, ['TestPassRateTargetMissed']],
      [0.7, ['TestPassRateTargetMissed']],
      [0.699, ['TestPassRateLow', 'TestPassRateTargetMissed']],
      [0, ['TestPassRateLow', 'TestPassRateTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => {
      const passed = Math.round(value * 1000);
      return {
        ...lastRun(until, labels),
        // Skipped tests are neither, and errors are not passes.
        ...tests('core', { passed, failed: 900 - Math.min(passed, 900), skipped: 5000 }, labels),
        ...tests('slow', { passed: 0, error: 1000 - passed - (900 - Math.min(passed, 900)) }, labels),
      };
    },
  },
  {
    ...OF_TESTS,
    row: 'code_coverage',
    missing: 'CoverageReportMissing',
    maxAgeMinutes: 8 * DAY,
    judged: [
      [0.801, []],
      [0.8, ['CodeCoverageTargetMissed']],
      [0.799, ['CodeCoverageTargetMissed']],
      [0.601, ['CodeCoverageTargetMissed']],
      [0.6, ['CodeCoverageTargetMissed']],
      [0.599, ['CodeCoverageLow', 'CodeCoverageTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => ({
      [`tests_coverage_timestamp_seconds{${TESTS}${labels}}`]: reports(10 * HOUR, until),
      [`tests_coverage_lines{${TESTS},state="covered"${labels}}`]: constant(Math.round(value * 1000)),
      [`tests_coverage_lines{${TESTS},state="total"${labels}}`]: constant(1000),
    }),
  },
  {
    ...OF_TESTS,
    row: 'flaky_tests',
    judged: [
      [0, []],
      [1, ['FlakyTestsTargetMissed']],
      [5, ['FlakyTestsTargetMissed']],
      [6, ['FlakyTestsHigh', 'FlakyTestsTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => ({
      ...lastRun(until, labels),
      [`tests_flaky{${TESTS}${labels}}`]: constant(value),
    }),
  },
  {
    ...OF_TESTS,
    row: 'acp_fix_rate',
    judged: [
      [1, []],
      [0.999, ['AcpFixRateTargetMissed']],
      [0.951, ['AcpFixRateTargetMissed']],
      [0.95, ['AcpFixRateTargetMissed']],
      [0.949, ['AcpFixRateLow', 'AcpFixRateTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => ({
      ...lastRun(until, labels),
      ...tests('acp', { passed: Math.round(value * 1000), failed: 1000 - Math.round(value * 1000) }, labels),
      // Of another category: it does not matter here.
      ...tests('core', { passed: 1, failed: 99 }, labels),
    }),
  },
  {
    ...OF_HEALTH,
    row: 'provider_response',
    subject: 'target=anthropic',
    isCounted: true,
    judged: [
      [4.875, []],
      [5, ['ProviderResponseTargetMissed']],
      [7.5, ['ProviderResponseTargetMissed']],
      [9.75, ['ProviderResponseTargetMissed']],
      [10, ['ProviderResponseTargetMissed']],
      [20, ['ProviderResponseSlow', 'ProviderResponseTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => {
      const of = `target="anthropic",class="provider",vantage="laptop",state="up"${labels}`;
      const counts = PROBES[value] ?? [];
      return {
        ...probed('anthropic', until, labels),
        [`health_probe_duration_seconds_count{${of}}`]: growing(100, until),
        ...Object.fromEntries(
          BOUNDS.map((le, index) => [
            `health_probe_duration_seconds_bucket{${of},le="${le}"}`,
            growing(counts[index] ?? 0, until),
          ]),
        ),
      };
    },
  },
  {
    ...OF_HEALTH,
    row: 'gateway_uptime',
    subject: 'target=ezra',
    isCounted: true,
    judged: [
      [0.991, []],
      [0.99, ['GatewayUptimeTargetMissed']],
      [0.989, ['GatewayUptimeTargetMissed']],
      [0.951, ['GatewayUptimeTargetMissed']],
      [0.95, ['GatewayUptimeTargetMissed']],
      [0.949, ['GatewayUptimeLow', 'GatewayUptimeTargetMissed']],
      [0, ['GatewayUptimeLow', 'GatewayUptimeTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => {
      const of = (state: string): string =>
        `health_probes_total{target="ezra",class="gateway",vantage="laptop",state="${state}"${labels}}`;
      const up = Math.round(value * 1000);
      return {
        ...probed('ezra', until, labels),
        [of('up')]: growing(up, until),
        [of('down')]: growing(1000 - up, until),
        // Nothing that the target can help.
        [of('unreachable')]: growing(5000, until),
      };
    },
  },
  {
    ...OF_HOST,
    row: 'memory_usage',
    subject: 'host=web-1',
    judged: [
      [0.799, []],
      [0.8, ['MemoryUsageTargetMissed']],
      [0.801, ['MemoryUsageTargetMissed']],
      [0.899, ['MemoryUsageTargetMissed']],
      [0.9, ['MemoryUsageTargetMissed']],
      [0.901, ['MemoryUsageHigh', 'MemoryUsageTargetMissed']],
    ],
    seriesAt: (value, _until, labels = '') => ({
      [`node_memory_MemTotal_bytes{host="web-1"${labels}}`]: constant(1000),
      [`node_memory_MemAvailable_bytes{host="web-1"${labels}}`]: constant(1000 - Math.round(value * 1000)),
    }),
  },
  {
    ...OF_HOST,
    row: 'disk_usage',
    subject: 'host=web-1 device=/dev/vda1',
    judged: [
      [0.799, []],
      [0.8, ['DiskUsageTargetMissed']],
      [0.801, ['DiskUsageTargetMissed']],
      [0.85, ['DiskUsageTargetMissed']],
      [0.851, ['DiskUsageHigh', 'DiskUsageTargetMissed']],
      [0.9, ['DiskUsageHigh', 'DiskUsageTargetMissed']],
      [0.901, ['DiskUsageCritical', 'DiskUsageHigh', 'DiskUsageTargetMissed']],
    ],
    seriesAt: (value, _until, labels = '') => {
      const disk = (name: string, mount: string, fstype = 'ext4'): string =>
        `node_filesystem_${name}{host="web-1",device="/dev/vda1",mountpoint="${mount}",fstype="${fstype}"${labels}}`;
      const used = Math.round(value * 1000);
      // A twentieth is kept for root, and it is mounted at a second place: one disk all the same.
      const ofDisk = (mount: string): Series => ({
        [disk('size_bytes', mount)]: constant(1050),
        [disk('free_bytes', mount)]: constant(1050 - used),
        [disk('avail_bytes', mount)]: constant(1000 - used),
        [disk('readonly', mount)]: constant(0),
      });
      const full = (device: string, fstype: string, readonly: number): Series => {
        const of = (name: string): string =>
          `node_filesystem_${name}{host="web-1",device="${device}",mountpoint="/x",fstype="${fstype}"${labels}}`;
        return {
          [of('size_bytes')]: constant(100),
          [of('free_bytes')]: constant(0),
          [of('avail_bytes')]: constant(0),
          [of('readonly')]: constant(readonly),
        };
      };
      return {
        [`node_memory_MemTotal_bytes{host="web-1"${labels}}`]: constant(1000),
        ...ofDisk('/'),
        ...ofDisk('/srv'),
        // Always full, and no disk of anybody.
        ...full('/dev/loop1', 'squashfs', 1),
        ...full('/dev/sr0', 'ext4', 1),
        ...full('tmpfs', 'tmpfs', 0),
        ...full('overlay', 'overlay', 0),
      };
    },
  },
  {
    ...OF_FORGE,
    row: 'issues_resolved',
    judged: [
      [36 / 7, []],
      [5, ['IssuesResolvedTargetMissed']],
      [34 / 7, ['IssuesResolvedTargetMissed']],
      [15 / 7, ['IssuesResolvedTargetMissed']],
      [2, ['IssuesResolvedTargetMissed']],
      [13 / 7, ['IssuesResolvedLow', 'IssuesResolvedTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => ({
      ...forge(until, labels),
      [`forge_issues_resolved{repository="team/app",window="7d"${labels}}`]: constant(
        Math.round(value * 7) - 3,
      ),
      [`forge_issues_resolved{repository="team/site",window="7d"${labels}}`]: constant(3),
      // A Sunday.
      [`forge_issues_resolved{repository="team/app",window="1d"${labels}}`]: constant(0),
      [`forge_issues_resolved{repository="team/app",window="30d"${labels}}`]: constant(500),
    }),
  },
  {
    ...OF_FORGE,
    row: 'merge_time',
    judged: [
      [86_399, []],
      [86_400, ['MergeTimeTargetMissed']],
      [86_401, ['MergeTimeTargetMissed']],
      [259_199, ['MergeTimeTargetMissed']],
      [259_200, ['MergeTimeTargetMissed']],
      [259_201, ['MergeTimeHigh', 'MergeTimeTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => ({
      ...forge(until, labels),
      [`forge_change_merge_median_seconds{window="7d"${labels}}`]: constant(value),
      [`forge_change_merge_median_seconds{window="30d"${labels}}`]: constant(900_000),
    }),
  },
  {
    ...OF_FORGE,
    row: 'auto_dispatch',
    judged: [
      [0.96, []],
      [0.95, ['AutoDispatchTargetMissed']],
      [0.94, ['AutoDispatchTargetMissed']],
      [0.81, ['AutoDispatchTargetMissed']],
      [0.8, ['AutoDispatchTargetMissed']],
      [0.79, ['AutoDispatchLow', 'AutoDispatchTargetMissed']],
    ],
    seriesAt: (value, until, labels = '') => ({
      ...forge(until, labels),
      [`forge_dispatches{outcome="success"${labels}}`]: constant(Math.round(value * 100)),
      [`forge_dispatches{outcome="failure"${labels}}`]: constant(100 - Math.round(value * 100)),
      [`forge_dispatches{outcome="pending"${labels}}`]: constant(700),
    }),
  },
];

/** The same, but nothing is shown from one minute to another; a counter begins at 0 again. */
export function withGap(series: Series, from: number, to: number): Series {
  return Object.fromEntries(
    Object.entries(series).map(([name, changes]) => {
      const value = (minute: number): number => Number(changes.findLast(([at]) => at <= minute)?.[1]);
      const isCounter = /_(?:total|bucket|count)\{/.test(name);
      const lost = isCounter ? value(to) : 0;
      return [
        name,
        [
          ...changes.filter(([at]) => at < from),
          [from, 'stale'] as const,
          [to, value(to) - lost] as const,
          ...changes.filter(([at]) => at > to).map(([at, of]): Change => [at, Number(of) - lost]),
        ],
      ];
    }),
  );
}

/** The same, reported a second later. */
export function aSecondLater(series: Series): Series {
  return Object.fromEntries(
    Object.entries(series).map(([name, changes]) => [
      name,
      name.includes('timestamp') ? changes.map(([at, value]): Change => [at, Number(value) + 1]) : changes,
    ]),
  );
}

/** The same until a minute, and nothing after it. */
export function until(series: Series, minute: number): Series {
  return Object.fromEntries(
    Object.entries(series).map(([name, changes]) => [
      name,
      [...changes.filter(([at]) => at < minute), [minute, 'stale'] as const],
    ]),
  );
}
