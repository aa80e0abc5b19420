/**
 * Six hours of a factory and of five commands, as Prometheus would have scraped them: what the pictures of the boards are
 * drawn from.
 */
import {
  EPHEMETRY_METRICS,
  FAB_METRICS,
  FAB_ROSTER,
  GATEWAY_METRICS,
  GATEWAY_QUEUES,
  MERGE_ERRORS,
} from '@ephemetry/contract';
import { createRandom } from '../support/random.ts';
import { commandGauges, commandGrowth } from './command-history.ts';

/** Seconds between two samples. */
export const SCRAPE_SECONDS = 30;
const HOURS = 6;
const LENGTH_SECONDS = HOURS * 3600;
const RUNS = 70;
const ROLES = FAB_ROSTER.filter((_, index) => index % 4 === 0);

type Labels = Readonly<Record<string, string>>;

/** How much a series grows, and when. */
export interface Growth {
  readonly name: string;
  readonly labels: Labels;
  readonly atSeconds: number;
  readonly by: number;
}

/** What a series is at each moment, in seconds from the start; undefined before it is there. */
export type Gauge = readonly [
  name: string,
  labels: Labels,
  valueAt: (atSeconds: number) => number | undefined,
];

/** The history in the OpenMetrics text format, ending at `endUnixSeconds`. The same text for the same end. */
export function historyText(endUnixSeconds: number): string {
  const startUnixSeconds = endUnixSeconds - LENGTH_SECONDS;
  const moments = Array.from(
    { length: LENGTH_SECONDS / SCRAPE_SECONDS + 1 },
    (_, index) => index * SCRAPE_SECONDS,
  );
  const growth = [...fabGrowth(), ...gatewayGrowth(), ...commandGrowth(LENGTH_SECONDS)];
  const gauges = [...gatewayGauges(), ...commandGauges(LENGTH_SECONDS, startUnixSeconds)];
  const lines = [...totalsOf(growth, moments), ...readingsOf(gauges, moments)].map(
    ({ series, atSeconds, value }) => `${series} ${value} ${startUnixSeconds + atSeconds}`,
  );
  return `${lines.join('\n')}\n# EOF\n`;
}

interface Sample {
  readonly series: string;
  readonly atSeconds: number;
  readonly value: number;
}

function fabGrowth(): readonly Growth[] {
  const random = createRandom(20_261);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const growth: Growth[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    // A quiet hour in the middle: what nobody measured must stay a gap.
    const moment = random() * (LENGTH_SECONDS - 3600);
    const atSeconds = moment > LENGTH_SECONDS / 2 ? moment + 3600 : moment;
    const { role, phase, group } = pick(ROLES);
    const labels = { role, phase, group };
    const add = (metric: { readonly name: string }, by: number, more: Labels = {}): void => {
      growth.push({ name: metric.name, labels: { ...labels, ...more }, atSeconds, by });
    };
    const isWell = random() > 0.12;
    const outcome = isWell ? 'completed' : pick(['error', 'budget', 'interrupted', 'terminated']);
    const input = Math.round(8000 + random() * 90_000);
    const durationSeconds = 20 + random() ** 3 * 1800;
    add(FAB_METRICS.agentSessions, 1);
    add(FAB_METRICS.sessionOutcomes, 1, { outcome });
    add(FAB_METRICS.selfEval, 1, { result: random() > 0.06 ? 'pass' : 'fail' });
    add(FAB_METRICS.tokens, input, { direction: 'input' });
    add(FAB_METRICS.tokens, Math.round(input / (5 + random() * 10)), { direction: 'output' });
    add(FAB_METRICS.costUsd, input * 0.00001 * (1 + random()));
    add(FAB_METRICS.revisions, Math.floor(random() * 3));
    add(FAB_METRICS.advisorCalls, Math.floor(random() * 2));
    for (const bound of [...FAB_METRICS.roleSessionDuration.bounds, Number.POSITIVE_INFINITY]) {
      const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound);
      const name = `${FAB_METRICS.roleSessionDuration.name}_bucket`;
      growth.push({ name, labels: { ...labels, le }, atSeconds, by: durationSeconds <= bound ? 1 : 0 });
    }
    growth.push({ name: `${FAB_METRICS.roleSessionDuration.name}_count`, labels, atSeconds, by: 1 });
    if (random() > 0.5) continue;
    const profile = pick(['code', 'code', 'docs']);
    const decision = pick(['approve', 'approve', 'approve', 'revise', 'reject']);
    const attempts = 1 + Math.floor(random() * 3);
    growth.push({
      name: FAB_METRICS.mergeGateDecisions.name,
      labels: { profile, decision },
      atSeconds,
      by: 1,
    });
    growth.push({ name: FAB_METRICS.mergeGateAttempts.name, labels: { profile }, atSeconds, by: attempts });
  }
  return growth;
}

/** Points in and out of the gateway, a few that came twice, and one run that was lost. */
function gatewayGrowth(): readonly Growth[] {
  const random = createRandom(7);
  const job = 'ephemetry-gateway';
  const growth: Growth[] = [];
  const add = (metric: { readonly name: string }, by: number, atSeconds: number, labels: Labels): void => {
    growth.push({ name: metric.name, labels: { job, ...labels }, atSeconds, by });
  };
  for (let atSeconds = 0; atSeconds < LENGTH_SECONDS; atSeconds += 300) {
    const points = Math.round(random() * 400);
    add(GATEWAY_METRICS.acceptedPoints, points, atSeconds, { receiver: 'otlp', transport: 'http' });
    add(GATEWAY_METRICS.sentPoints, points * 2, atSeconds, { exporter: GATEWAY_QUEUES.forward });
    add(GATEWAY_METRICS.mergedPoints, random() > 0.9 ? 12 : 0, atSeconds, { error: MERGE_ERRORS.duplicate });
  }
  add(GATEWAY_METRICS.refusedPoints, 48, 4 * 3600, { receiver: 'otlp', transport: 'http' });
  growth.push({ name: EPHEMETRY_METRICS.drainedBatches.name, labels: {}, atSeconds: 7200, by: 9 });
  growth.push({ name: EPHEMETRY_METRICS.inDoubtBatches.name, labels: {}, atSeconds: 7200, by: 2 });
  growth.push({
    name: EPHEMETRY_METRICS.lostBatches.name,
    labels: { reason: 'unreadable' },
    atSeconds: 7200,
    by: 1,
  });
  return growth;
}

/** Each total from 0 on, as the catalogue of the gateway begins it. */
function totalsOf(growth: readonly Growth[], moments: readonly number[]): readonly Sample[] {
  const bySeries = new Map<string, Growth[]>();
  for (const each of growth) {
    const series = seriesOf(each.name, each.labels);
    bySeries.set(series, [...(bySeries.get(series) ?? []), each]);
  }
  return [...bySeries].flatMap(([series, all]) =>
    moments.map((atSeconds) => ({
      series,
      atSeconds,
      value: all.reduce((sum, each) => sum + (each.atSeconds < atSeconds ? each.by : 0), 0),
    })),
  );
}

/** The gateway, which restarts once. */
function gatewayGauges(): readonly Gauge[] {
  const job = 'ephemetry-gateway';
  const restartSeconds = 2.5 * 3600;
  return [
    ...GATEWAY_METRICS.up.job.map(
      (page) => ['up', { job: page }, (at: number) => (Math.abs(at - restartSeconds) < 60 ? 0 : 1)] as const,
    ),
    [GATEWAY_METRICS.uptime.name, { job }, (at) => (at < restartSeconds ? 90_000 + at : at - restartSeconds)],
    [
      GATEWAY_METRICS.residentMemory.name,
      { job },
      (at) => (180 + 40 * Math.sin(at / 3000) + at / 300) * 2 ** 20,
    ],
    [GATEWAY_METRICS.trackedStreams.name, { job }, (at) => 900 + Math.round(at / 20)],
    [
      GATEWAY_METRICS.queueSize.name,
      { job, exporter: GATEWAY_QUEUES.durable },
      (at) => (at > 13_800 && at < 14_700 ? 620 : 4),
    ],
    [GATEWAY_METRICS.queueCapacity.name, { job, exporter: GATEWAY_QUEUES.durable }, () => 1000],
    [
      GATEWAY_METRICS.queueSize.name,
      { job, exporter: GATEWAY_QUEUES.forward },
      (at) => 20 + Math.round(10 * Math.sin(at / 900)),
    ],
    [GATEWAY_METRICS.queueCapacity.name, { job, exporter: GATEWAY_QUEUES.forward }, () => 1000],
  ];
}

function readingsOf(gauges: readonly Gauge[], moments: readonly number[]): readonly Sample[] {
  return gauges.flatMap(([name, labels, valueAt]) =>
    moments.flatMap((atSeconds) => {
      const value = valueAt(atSeconds);
      return value === undefined ? [] : [{ series: seriesOf(name, labels), atSeconds, value }];
    }),
  );
}

function seriesOf(name: string, labels: Labels): string {
  const pairs = Object.entries({ cluster: 'one', ...labels }).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${pairs.join(',')}}`;
}
