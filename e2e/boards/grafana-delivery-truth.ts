/** What each panel of "fab — delivery" must show for what was sent, computed from what was sent alone. */
import { readFileSync } from 'node:fs';
import {
  EPHEMETRY_LABELS,
  FAB_FAMILY,
  GATEWAY_METRICS,
  knownLabelSets,
  type MetricFamily,
} from '@ephemetry/contract';
import { shipped } from '../support/gateway.ts';
import type { Between, Expected } from './grafana-answers.ts';

/** What became of everything that programs sent, in data points if not said otherwise. */
export interface Deliveries {
  /** Batches that programs reported as lost, by reason. */
  readonly lost: Readonly<Record<string, number>>;
  /** Batches that programs reported as late. */
  readonly late: number;
  /** That programs reported as sent again although they may have arrived. */
  readonly inDoubt: number;
  /** That programs reported as refused inside accepted batches. */
  readonly partial: number;
  /** Answered with 200; nothing was sent without it. */
  readonly accepted?: number;
  /** Answered with 503. */
  readonly full: number;
  /** Accepted a second time. */
  readonly duplicates: number;
  /** Of series above the limit. */
  readonly overLimit: number;
  /** Programs whose clocks were not believed. @default none */
  readonly restamped?: readonly string[];
  /** Refused after they were accepted, by reason and program. */
  readonly refused: Readonly<Record<string, number>>;
  /** In the durable queue at its end: points, and the part of its bytes that they fill. */
  readonly queued: { readonly points: number; readonly filled: number };
  /** What cannot be known beforehand: as the gateway says itself, before and after the moment. */
  readonly forwarded: Between;
  readonly givenUp: Between | undefined;
  readonly uptime: Between;
  readonly memory: Between;
}

/** Title of a panel to what it must show. */
export const DELIVERY_TRUTH: Readonly<Record<string, (deliveries: Deliveries) => Expected>> = {
  'Lost batches': ({ lost }) =>
    Object.fromEntries(EPHEMETRY_LABELS.reason.values.map((reason) => [reason, lost[reason] ?? 0])),
  'Spooled batches, delivered late': ({ late }) => ({ late }),
  'Batches sent again in doubt': ({ inDoubt }) => ({ 'in doubt': inDoubt }),
  'Points left out': ({ refused, overLimit, partial }) => ({
    ...refused,
    ...whenAny('series limit', overLimit),
    'partial success': partial,
  }),
  'Duplicate points dropped': ({ duplicates }) => whenAny('duplicates', duplicates),
  'Points accepted and turned away': ({ accepted, full }) =>
    accepted === undefined ? {} : { accepted, 'turned away': full },
  'Points forwarded and given up': ({ forwarded, givenUp }) => ({
    forwarded,
    ...(givenUp === undefined ? {} : { 'given up by prometheus_remote_write/amp': givenUp }),
  }),
  'Scrapes that worked': () => Object.fromEntries(GATEWAY_METRICS.up.job.map((job) => [job, 1])),
  'Gateway uptime': ({ uptime }) => ({ uptime }),
  'Queues, filled': ({ queued }) => ({
    'durable queue': queued.filled,
    // The newest scrapes are on their way: 50 requests find room.
    'forward queue': { from: 0, to: 25 / 50 },
  }),
  'Streams in memory': (deliveries) => ({ streams: streams(deliveries) }),
  'Series of fab': () => ({ series: prometheusSeries(FAB_FAMILY) }),
  'Gateway memory': ({ memory }) => ({ resident: memory }),
};

/** Series that the gateway announces at its start, a histogram as one. The contract's tests hold the files against it. */
export const CATALOGUE: number = ['fab', 'merge', 'ephemetry']
  .flatMap((family) => shipped(`series/${family}.json`))
  .reduce((sum, path) => sum + pointsOf(readFileSync(path, 'utf8')), 0);

const CATALOGUED_COUNTERS = ['fab', 'merge', 'ephemetry']
  .flatMap((family) => shipped(`series/${family}.json`))
  .reduce((sum, path) => sum + countersOf(readFileSync(path, 'utf8')), 0);

/** Lets in no counter that is not announced; histograms have a limit of their own. */
export const KNOWN: Readonly<Record<string, string>> = { GATEWAY_MAX_SERIES: String(CATALOGUED_COUNTERS) };

function countersOf(body: string): number {
  let counters = 0;
  JSON.parse(body, (key, value: unknown) => {
    if (key === 'sum') counters += pointsOf(JSON.stringify(value));
    return value;
  });
  return counters;
}

/** Data points of a batch. */
export function pointsOf(body: string): number {
  let points = 0;
  JSON.parse(body, (key, value: unknown) => {
    if (key === 'dataPoints' && Array.isArray(value)) points += value.length;
    return value;
  });
  return points;
}

/** Each point that came once can be recognised, the catalogue's too; each series has a total; refusals and restamped deltas are counted by program. */
function streams({ accepted = 0, duplicates, refused, restamped = [], queued }: Deliveries): number {
  const refusals = Object.values(refused);
  const never = refusals.reduce((sum, points) => sum + points, duplicates);
  return 2 * CATALOGUE + accepted - never - queued.points + refusals.length + restamped.length;
}

/** A histogram has one for each bucket, its sum and its count. */
function prometheusSeries(family: MetricFamily): number {
  return Object.values(family.metrics).reduce((sum, metric) => {
    const each = metric.instrument === 'histogram' ? (metric.bounds?.length ?? 0) + 3 : 1;
    return sum + each * knownLabelSets(metric, family).length;
  }, 0);
}

/** The Collector counts some things only from the first one on. */
function whenAny(name: string, value: number): Expected {
  return value === 0 ? {} : { [name]: value };
}
