// biome-ignore-all lint/style/noExcessiveLinesPerFile: one story, told from beginning to end
/**
 * Five weeks of a team's tests, forge, services and hosts: what the pictures of the boards of quality are drawn from. It ends on
 * a Monday at noon, with a gateway that is down, a suite that fails and another that did not report, a slow provider, and a disk
 * that fills.
 */
import { FORGE_METRICS, HEALTH_METRICS, HOST_METRICS, TESTS_METRICS } from '@ephemetry/contract';
import { createRandom } from '../support/random.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const GIB = 2 ** 30;

/** Seconds, before the end: the last days, and the same week a month ago. */
const LAST_FORTNIGHT = [[15 * DAY, 0]] as const;
const LAST_DAYS = [[2 * DAY, 0]] as const;
const BOTH_WEEKS = [
  [35 * DAY, 28 * DAY],
  [8 * DAY, 0],
] as const;

type Labels = Readonly<Record<string, string>>;
type Spans = readonly (readonly [from: number, to: number])[];

/** A series: what it is so many seconds before the end; of a counter, by how much it grows in each step. */
interface Track {
  readonly name: string;
  readonly labels: Labels;
  readonly stepSeconds: number;
  readonly spans: Spans;
  readonly isCounter: boolean;
  readonly at: (ago: number) => number | undefined;
}

/** The history in the OpenMetrics text format. The same text for the same end. */
export function* qualityHistory(endUnixSeconds: number): Generator<string> {
  const tracks = [
    ...healthTracks(endUnixSeconds),
    ...testTracks(endUnixSeconds),
    ...forgeTracks(endUnixSeconds),
    ...hostTracks(endUnixSeconds),
  ];
  // A family's series stand together.
  for (const track of tracks.toSorted((one, other) => one.name.localeCompare(other.name)))
    yield* samplesOf(track, endUnixSeconds);
  yield '# EOF\n';
}

function* samplesOf(
  { name, labels, stepSeconds, spans, isCounter, at }: Track,
  end: number,
): Generator<string> {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let total = 0;
  for (const [from, to] of spans) {
    let text = '';
    for (let ago = from; ago >= to; ago -= stepSeconds) {
      const value = at(ago);
      if (value === undefined) continue;
      total += value;
      text += `${name}{${pairs.join(',')}} ${isCounter ? total : value} ${end - ago}\n`;
    }
    yield text;
  }
}

function gauge(
  metric: { readonly name: string },
  labels: Labels,
  at: Track['at'],
  spans: Spans = LAST_FORTNIGHT,
  stepSeconds = 150,
): Track {
  return { name: metric.name, labels, stepSeconds, spans, isCounter: false, at };
}

function counter(
  metric: { readonly name: string } | string,
  labels: Labels,
  at: Track['at'],
  spans: Spans = LAST_FORTNIGHT,
  stepSeconds = 150,
): Track {
  return {
    name: typeof metric === 'string' ? metric : metric.name,
    labels,
    stepSeconds,
    spans,
    isCounter: true,
    at,
  };
}

/** A histogram of one value each step. */
function histogram(
  metric: { readonly name: string; readonly bounds: readonly number[] },
  labels: Labels,
  valuesAt: (ago: number) => readonly number[],
  spans: Spans,
  stepSeconds: number,
): readonly Track[] {
  const bucket = (le: string, bound: number): Track =>
    counter(
      `${metric.name}_bucket`,
      { ...labels, le },
      (ago) => valuesAt(ago).filter((value) => value <= bound).length,
      spans,
      stepSeconds,
    );
  return [
    ...metric.bounds.map((bound) => bucket(String(bound), bound)),
    bucket('+Inf', Number.POSITIVE_INFINITY),
    counter(`${metric.name}_count`, labels, (ago) => valuesAt(ago).length, spans, stepSeconds),
  ];
}

/** The same number for the same series and moment. */
function noise(seed: number, ago: number): number {
  return createRandom(seed * 7919 + Math.round(ago))();
}

interface Probed {
  readonly target: string;
  readonly class: string;
  readonly seconds: number;
  readonly certificateDays?: number;
}

const TARGETS: readonly Probed[] = [
  { target: 'ezra', class: 'gateway', seconds: 0.08, certificateDays: 61 },
  { target: 'allegro', class: 'gateway', seconds: 0.12, certificateDays: 2.4 },
  { target: 'bezalel', class: 'gateway', seconds: 0.1, certificateDays: 74 },
  { target: 'anthropic', class: 'provider', seconds: 1.6, certificateDays: 40 },
  { target: 'openrouter', class: 'provider', seconds: 2.3, certificateDays: 33 },
  { target: 'gitea', class: 'forge', seconds: 0.2, certificateDays: 9 },
];
const VANTAGES = ['laptop', 'vps'] as const;

type State = 'up' | 'down' | 'unreachable';

/** Allegro is down since 40 minutes, which only the vps can tell; ezra was for four hours, three days ago. */
function stateOf(target: string, vantage: string, ago: number): State {
  const isDown =
    (target === 'allegro' && ago < 40 * MINUTE) || (target === 'ezra' && ago > 74 * HOUR && ago < 78 * HOUR);
  if (vantage === 'laptop' && (isCut(ago) || isDown) && ['ezra', 'allegro', 'bezalel'].includes(target))
    return isCut(ago) ? 'unreachable' : 'down';
  return isDown ? 'down' : 'up';
}

/** The laptop was off its network in the night, and is again. */
function isCut(ago: number): boolean {
  return ago < 55 * MINUTE || (ago > 9 * HOUR && ago < 11 * HOUR);
}

const PHASES = { resolve: 0.05, connect: 0.1, tls: 0.15, first_byte: 0.6, transfer: 0.1 } as const;

function healthTracks(end: number): readonly Track[] {
  const ofTargets = TARGETS.flatMap((probed, index) => {
    const { target, seconds, certificateDays } = probed;
    return VANTAGES.flatMap((vantage, place): readonly Track[] => {
      const seed = index * 10 + place;
      const took = (ago: number): number =>
        seconds * slowness(target, ago) * (0.5 + noise(seed, ago) ** 4 * 2.5);
      const of = { target, class: probed.class, vantage };
      const state = (name: State): readonly Track[] => [
        counter(HEALTH_METRICS.probes, { ...of, state: name }, (ago) =>
          stateOf(target, vantage, ago) === name ? 5 : 0,
        ),
        gauge(
          HEALTH_METRICS.targetState,
          { ...of, state: name },
          (ago) => (stateOf(target, vantage, ago) === name ? 1 : 0),
          [[2 * DAY, 0]],
        ),
      ];
      return [
        ...(['up', 'down', 'unreachable'] as const).flatMap(state),
        // Recorded rules are evaluated at moments that hang on a file's name: at none of them a probe is 2 minutes old.
        gauge(HEALTH_METRICS.lastProbe, { target, vantage }, (ago) => end - ago, LAST_FORTNIGHT, 100),
        ...histogram(
          HEALTH_METRICS.probeDuration,
          { ...of, state: 'up' },
          (ago) => [took(ago), took(ago + 1), took(ago + 2)],
          BOTH_WEEKS,
          300,
        ),
        ...Object.entries(PHASES).map(([phase, part]) =>
          gauge(
            HEALTH_METRICS.probePhase,
            { target, vantage, phase },
            (ago) => took(ago) * part,
            BOTH_WEEKS,
            600,
          ),
        ),
        gauge(
          HEALTH_METRICS.certificateExpiry,
          { target, vantage },
          () => end + (certificateDays ?? 90) * DAY,
          LAST_DAYS,
        ),
      ];
    });
  });
  return [
    ...ofTargets,
    gauge(
      HEALTH_METRICS.vantageIsolated,
      { vantage: 'laptop', network: 'tailnet' },
      (ago) => (isCut(ago) ? 1 : 0),
      LAST_DAYS,
    ),
    gauge(HEALTH_METRICS.vantageIsolated, { vantage: 'vps', network: 'tailnet' }, () => 0, LAST_DAYS),
  ];
}

/** One provider is slow since this morning; a month ago the other was for two days. */
function slowness(target: string, ago: number): number {
  if (target === 'anthropic') return ago < 5 * HOUR ? 2.2 : 1;
  return target === 'openrouter' && ago > 30 * DAY && ago < 32 * DAY ? 2.4 : 1;
}

interface Suite {
  readonly suite: string;
  readonly everySeconds: number;
  /** The last run was so long ago. */
  readonly sinceSeconds: number;
  readonly tests: Readonly<Record<string, number>>;
  /** Share of tests of a category that fail. */
  readonly failing: (category: string, ago: number) => number;
  readonly covered: (ago: number) => number | undefined;
  readonly flaky: (ago: number) => number;
  readonly wallSeconds: number;
}

const SUITES: readonly Suite[] = [
  {
    suite: 'hermes',
    everySeconds: 4 * HOUR,
    sinceSeconds: 2 * HOUR,
    tests: { acp: 120, tools: 340, core: 610 },
    failing: (category, ago) => (ago > 20 * HOUR ? 0.01 : category === 'acp' ? 0.08 : 0.24),
    covered: (ago) => 0.83 - ago / (200 * DAY),
    flaky: (ago) => (ago > 6 * DAY ? 1 : 3),
    wallSeconds: 640,
  },
  {
    suite: 'timmy',
    everySeconds: 6 * HOUR,
    sinceSeconds: HOUR,
    tests: { core: 420, slow: 60 },
    failing: (_, ago) => (ago > 4 * DAY ? 0.06 : 0.36),
    covered: (ago) => (ago > 4 * DAY ? 0.74 : 0.71),
    flaky: (ago) => Math.round(9 - ago / (2 * DAY)),
    wallSeconds: 1250,
  },
  {
    suite: 'forge-e2e',
    everySeconds: 12 * HOUR,
    sinceSeconds: 7 * HOUR,
    tests: { core: 88 },
    failing: () => 0,
    covered: () => 0.57,
    flaky: () => 0,
    wallSeconds: 2100,
  },
  {
    suite: 'nightly',
    everySeconds: DAY,
    // Last night it did not report.
    sinceSeconds: 34 * HOUR,
    tests: { core: 1900, acp: 260 },
    failing: () => 0.003,
    covered: () => undefined,
    flaky: () => 2,
    wallSeconds: 5400,
  },
];

function testTracks(end: number): readonly Track[] {
  return SUITES.flatMap(
    ({ suite, everySeconds, sinceSeconds, tests, failing, covered, flaky, wallSeconds }) => {
      /** How long before the end the run was that is the last one at a moment. */
      const lastRun = (ago: number): number =>
        sinceSeconds + Math.max(0, Math.ceil((ago - sinceSeconds) / everySeconds)) * everySeconds;
      const isEnd = (ago: number): boolean => lastRun(ago) !== lastRun(ago + 150);
      const results = Object.entries(tests).flatMap(([category, count]) => {
        const outcome = (name: string, of: (failed: number) => number): readonly Track[] => {
          const at = (ago: number): number => of(Math.round(count * failing(category, lastRun(ago))));
          const labels = { suite, category, outcome: name };
          return [
            gauge(TESTS_METRICS.lastRunResults, labels, at),
            counter(TESTS_METRICS.results, { ...labels, branch: 'default' }, (ago) =>
              isEnd(ago) ? at(ago) : 0,
            ),
          ];
        };
        return [
          ...outcome('passed', (failed) => count - failed),
          ...outcome('failed', (failed) => failed - Math.floor(failed / 6)),
          ...outcome('error', (failed) => Math.floor(failed / 6)),
          ...outcome('skipped', () => Math.round(count / 40)),
        ];
      });
      const lines = (state: string, at: (ago: number) => number | undefined): Track =>
        gauge(TESTS_METRICS.coverageLines, { suite, state }, at);
      return [
        ...results,
        gauge(TESTS_METRICS.lastRunTimestamp, { suite }, (ago) => end - lastRun(ago)),
        gauge(
          TESTS_METRICS.lastRunWall,
          { suite },
          (ago) => wallSeconds * (0.9 + 0.2 * noise(wallSeconds, lastRun(ago))),
        ),
        gauge(TESTS_METRICS.lastRunMissingReports, { suite }, () => (suite === 'timmy' ? 1 : 0)),
        gauge(TESTS_METRICS.flaky, { suite }, flaky),
        ...(covered(0) === undefined
          ? []
          : [
              lines('covered', (ago) => Math.round(20_000 * (covered(lastRun(ago)) ?? 0))),
              lines('total', () => 20_000),
              gauge(TESTS_METRICS.coverageTimestamp, { suite }, (ago) => end - lastRun(ago)),
            ]),
        ...(['broken', 'fixed'] as const).map((kind) =>
          counter(TESTS_METRICS.transitions, { suite, category: 'core', kind }, (ago) => {
            if (!isEnd(ago)) return 0;
            const before = failing('core', lastRun(ago + 150));
            const change =
              Math.round((failing('core', lastRun(ago)) - before) * 400) +
              (noise(wallSeconds, ago) > 0.7 ? (kind === 'broken' ? 2 : -2) : 0);
            return Math.max(0, kind === 'broken' ? change : -change);
          }),
        ),
        ...histogram(
          TESTS_METRICS.duration,
          { suite, category: 'core' },
          (ago) => (lastRun(ago) === lastRun(ago + 300) ? [] : durations(wallSeconds, ago)),
          LAST_FORTNIGHT,
          300,
        ),
      ];
    },
  );
}

function durations(seed: number, ago: number): readonly number[] {
  return Array.from({ length: 40 }, (_, index) => (seed / 4000) * noise(seed + index, ago) ** 4 * 20);
}

function forgeTracks(end: number): readonly Track[] {
  const working = (ago: number): boolean => {
    const date = new Date((end - ago) * 1000);
    return ![0, 6].includes(date.getUTCDay()) && date.getUTCHours() >= 7 && date.getUTCHours() < 18;
  };
  const merges = (ago: number): readonly number[] =>
    working(ago) && noise(3, ago) > 0.9 ? [HOUR * (1 + 60 * noise(4, ago) ** 2)] : [];
  const pipelines = (pipeline: string, seconds: number, seed: number): readonly Track[] =>
    histogram(
      FORGE_METRICS.pipelineRun,
      { repository: 'team/app', pipeline, result: 'success' },
      (ago) =>
        noise(seed, ago) > (working(ago) ? 0.5 : 0.9) ? [seconds * (0.8 + noise(seed + 1, ago) * 0.8)] : [],
      LAST_FORTNIGHT,
      300,
    );
  return [
    ...['team/app', 'team/site'].flatMap((repository) => [
      gauge(FORGE_METRICS.collectedTimestamp, { repository }, (ago) => end - ago),
      gauge(
        FORGE_METRICS.resolvedIssues,
        { repository, window: '7d' },
        () => (repository === 'team/app' ? 23 : 5),
        LAST_DAYS,
      ),
    ]),
    gauge(FORGE_METRICS.mergeMedian, { window: '7d' }, () => 11.4 * HOUR, LAST_DAYS),
    ...(['success', 'failure', 'pending'] as const).map((outcome) =>
      gauge(
        FORGE_METRICS.dispatches,
        { outcome },
        () => ({ success: 41, failure: 1, pending: 3 })[outcome],
        LAST_DAYS,
      ),
    ),
    ...histogram(FORGE_METRICS.changeMerge, { repository: 'team/app' }, merges, LAST_FORTNIGHT, 300),
    ...pipelines('ci.yaml', 520, 5),
    ...pipelines('release.yaml', 1400, 7),
  ];
}

interface Host {
  readonly host: string;
  readonly memoryGib: number;
  readonly memoryUsed: (ago: number) => number;
  readonly diskGib: number;
  readonly diskUsed: (ago: number) => number;
  readonly cores: number;
  readonly busy: number;
  readonly groups: Readonly<Record<string, readonly [cores: number, gib: (ago: number) => number]>>;
}

const HOSTS: readonly Host[] = [
  {
    host: 'web-1',
    memoryGib: 16,
    memoryUsed: (ago) => 0.83 - (0.2 * ago) / (2 * DAY),
    diskGib: 160,
    diskUsed: (ago) => 0.874 - (0.05 * ago) / (2 * DAY),
    cores: 4,
    busy: 0.35,
    groups: { ezra: [0.6, (ago) => 4.1 - ago / DAY], prometheus: [0.15, () => 1.1] },
  },
  {
    host: 'vps-2',
    memoryGib: 8,
    memoryUsed: () => 0.61,
    diskGib: 80,
    diskUsed: () => 0.44,
    cores: 2,
    busy: 0.6,
    groups: { allegro: [0.9, () => 2.2], gitea: [0.2, () => 0.6] },
  },
  {
    host: 'mac-mini',
    memoryGib: 24,
    memoryUsed: () => 0.52,
    diskGib: 500,
    diskUsed: (ago) => 0.61 - (0.004 * ago) / (2 * DAY),
    cores: 8,
    busy: 0.2,
    groups: { bezalel: [0.8, () => 3.4] },
  },
];

function hostTracks(end: number): readonly Track[] {
  return HOSTS.flatMap(({ host, memoryGib, memoryUsed, diskGib, diskUsed, cores, busy, groups }, index) => {
    const reading = (metric: { readonly name: string }, labels: Labels, at: Track['at']): Track =>
      gauge(metric, { host, ...labels }, at, LAST_DAYS);
    const grown = (metric: { readonly name: string }, labels: Labels, at: Track['at']): Track =>
      counter(metric, { host, ...labels }, at, LAST_DAYS);
    const disk = { device: '/dev/vda1', fstype: 'ext4', mountpoint: '/' };
    const size = diskGib * GIB;
    const load = (ago: number): number =>
      busy * (0.7 + 0.5 * noise(index, Math.floor(ago / 900)) + (ago % DAY < 3 * HOUR ? 0.3 : 0));
    return [
      reading(HOST_METRICS.memoryTotal, {}, () => memoryGib * GIB),
      reading(HOST_METRICS.memoryAvailable, {}, (ago) => memoryGib * GIB * (1 - memoryUsed(ago))),
      reading(HOST_METRICS.fileSystemSize, disk, () => size * 1.05),
      reading(HOST_METRICS.fileSystemFree, disk, (ago) => size * (1.05 - diskUsed(ago))),
      reading(HOST_METRICS.fileSystemAvailable, disk, (ago) => size * (1 - diskUsed(ago))),
      reading(HOST_METRICS.fileSystemReadOnly, disk, () => 0),
      reading(HOST_METRICS.load, {}, (ago) => load(ago) * cores),
      reading(
        HOST_METRICS.bootTime,
        {},
        () => end - (host === 'vps-2' ? 50 * MINUTE : (20 + index * 30) * DAY),
      ),
      grown(
        HOST_METRICS.cpu,
        { cpu: '0', mode: 'idle' },
        (ago) => 150 * cores * (1 - Math.min(1, load(ago))),
      ),
      grown(HOST_METRICS.cpu, { cpu: '0', mode: 'user' }, (ago) => 150 * cores * Math.min(1, load(ago))),
      grown(
        HOST_METRICS.diskRead,
        { device: 'vda' },
        (ago) => 150 * 2e6 * noise(index + 40, Math.floor(ago / 1800)),
      ),
      grown(
        HOST_METRICS.diskWritten,
        { device: 'vda' },
        (ago) => 150 * 5e6 * noise(index + 50, Math.floor(ago / 1800)),
      ),
      grown(HOST_METRICS.networkReceived, { device: 'eth0' }, (ago) => 150 * 1e6 * (index + 1) * load(ago)),
      grown(HOST_METRICS.networkSent, { device: 'eth0' }, (ago) => 150 * 6e5 * load(ago)),
      ...Object.entries(groups).flatMap(([groupname, [used, gib]]) => [
        grown(HOST_METRICS.processCpu, { groupname, mode: 'user' }, (ago) => 150 * used * load(ago)),
        reading(HOST_METRICS.processMemory, { groupname, memtype: 'resident' }, (ago) => gib(ago) * GIB),
      ]),
    ];
  });
}
