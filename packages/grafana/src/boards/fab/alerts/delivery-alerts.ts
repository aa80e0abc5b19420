/** Measurements that do not arrive: none at all, batches that were lost, points that are left out of the totals. */
import {
  EPHEMETRY_METRICS,
  FAB_METRICS,
  GATEWAY_METRICS,
  GATEWAY_QUEUES,
  MERGE_ERRORS,
  SHARD_LABEL,
} from '@ephemetry/contract';
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { DAY_SECONDS, HOUR_SECONDS } from './terms.ts';

/** A gateway shows none of the totals, and every ratio is silent about them. */
export function metricsAbsent(queries: Queries, { clusterLabel }: ResolvedGrafanaOptions): AlertDefinition {
  const sessions = queries.series(FAB_METRICS.agentSessions);
  // Of several shards one may be missing; the label is not there where there is one gateway.
  const gateway = `(${clusterLabel}, ${SHARD_LABEL})`;
  return {
    uid: 'fab-metrics-absent',
    title: 'FabMetricsAbsent',
    expr: `count by ${gateway} (last_over_time(${sessions}[1d])) unless on ${gateway} count by ${gateway} (${sessions})`,
    for: '10m',
    lookBackSeconds: DAY_SECONDS,
    urgency: 'ticket',
    component: 'delivery',
    summary: 'fab metrics are absent: the other alerts of this group do not see what is missing',
    description:
      'The totals of fab are shown at every scrape, runs or no runs; now they are missing. The gateway is down, or it runs and cannot write: then a restart would lose what it has merged. Programs keep their batches in their spools meanwhile.',
    page: {
      means:
        'The gateway shows every total at every scrape, whether anything runs or not. For 10 minutes there was none of them, and within the last day there were some. A ratio of nothing is no sample, so the other alerts stay silent: this one says so. Of several shards, `shard` names the one that is missing.',
      look: [
        {
          tells: 'Whether the gateway says anything about itself',
          query: queries.series(GATEWAY_METRICS.up),
        },
        {
          tells: 'Whether its queue towards Prometheus was full before',
          query: queries.series(GATEWAY_METRICS.queueSize, { exporter: GATEWAY_QUEUES.forward }),
        },
      ],
      act: [
        '`kubectl get pods` and the gateway’s log: does it run, and what does the workspace answer?',
        'Not running, by a crash or a full volume: start it. What is in its queue is merged; what programs have kept comes with their next run or drain.',
        'Running, but the workspace refuses or is away: do not restart it. What it merged since the workspace’s last sample is in its memory alone, and arrives with the first sample that is taken. 403 is a matter of the role: mend that ([AMP rejects or is away](../runbook.md#amp-rejects-or-is-away)).',
      ],
      quiet:
        'A day after the last total: then nobody can tell a gateway that was removed from one that is down. Until then a shard that was removed on purpose is missed too.',
    },
  };
}

/** What spools and programs report. */
export function lostBatches(queries: Queries): AlertDefinition {
  const lost = { window: '1h', by: ['cluster', 'reason'] } as const;
  return {
    uid: 'fab-lost-batches',
    title: 'FabLostBatches',
    expr: `${queries.increase(EPHEMETRY_METRICS.lostBatches, lost)} > 0`,
    for: '0s',
    lookBackSeconds: HOUR_SECONDS,
    urgency: 'ticket',
    component: 'delivery',
    summary: 'batches of measurements were lost: {{ $labels.reason }}',
    description:
      'Totals are too low by what was in these batches. The reason says what happened: `rejected` by the Collector permanently, `expired` in a spool, `unsent` because disk and Collector both refused, `unreadable` because a process died while it wrote, `abandoned` because `EPHEMETRY_IN_DOUBT=drop` gives up what was never answered.',
    page: {
      means:
        'A program measured something that will never be in the totals. Spools count what they lose, and the next drain or instrumented run reports it: the loss itself may be older than the alert.',
      look: [
        {
          tells: 'How many, and why',
          query: queries.increase(EPHEMETRY_METRICS.lostBatches, { window: '1d', by: ['reason'] }),
        },
        {
          tells: 'What the gateway refused meanwhile',
          query: queries.increaseOrFirst(GATEWAY_METRICS.droppedPoints, {
            window: '1d',
            by: ['reason', 'service'],
          }),
        },
      ],
      act: [
        '`rejected`: the batches and the Collector’s answer are in the spool’s `rejected/` folder. Mend what sends them.',
        '`expired`: nothing drained this spool for longer than its limits. Run `ephemetry drain` after the Job, or raise the limits.',
        '`unsent`: the disk of the spool is full or read-only. Give it a directory that can be written.',
        '`unreadable`: at most one batch of a process that was killed in the middle of a write. Nothing to do.',
        '`abandoned`: the Collector may have taken them. Where it knows a batch again, set `EPHEMETRY_IN_DOUBT` to `resend`.',
      ],
      quiet:
        'When no drain and no instrumented run follows on that spool: then nobody knows. A Job with a sidecar has no such spool.',
    },
  };
}

/** What the gateway took and left out of the totals. */
export function refusedPoints(queries: Queries): AlertDefinition {
  const window = '1h';
  const dropped = queries.increaseOrFirst(GATEWAY_METRICS.droppedPoints, {
    window,
    by: ['cluster', 'reason', 'service'],
  });
  const overLimit = queries.increaseOrFirst(GATEWAY_METRICS.mergedPoints, {
    window,
    by: ['cluster'],
    where: { error: MERGE_ERRORS.seriesLimit },
  });
  return {
    uid: 'fab-refused-points',
    title: 'FabRefusedPoints',
    // One label for both, so that the summary can name the reason.
    expr: `${dropped} > 0 or label_replace(${overLimit} > 0, "reason", "series limit", "", "")`,
    for: '0s',
    lookBackSeconds: 2 * HOUR_SECONDS,
    urgency: 'ticket',
    component: 'delivery',
    summary: 'the gateway refused data points: {{ $labels.reason }} {{ $labels.service }}',
    description:
      'The gateway took batches and left points out of the totals, because they cannot be merged exactly. `service` is the program that sent them, as it calls itself; `other` is a name that cannot be a label. The reason `series limit` is more counters than `GATEWAY_MAX_SERIES` (with labels above 1 KiB: `GATEWAY_MAX_WIDE_SERIES`), more histograms than `GATEWAY_MAX_HISTOGRAMS`, or more gauges than `GATEWAY_MAX_GAUGES` (`GATEWAY_MAX_WIDE_GAUGES`).',
    page: {
      means:
        'Some program sends what cannot be added up: points without an identity, cumulative points, foreign histogram bounds, NaN, negative counts, or more series than the gateway keeps. Everything else stays exact.',
      look: [
        {
          tells: 'How many, by reason and program',
          query: dropped,
        },
        {
          tells: 'How many over the limit of series',
          query: overLimit,
        },
      ],
      act: [
        '`unidentified`, `not_delta`: a program sends points without an identity, or cumulative ones. [The guide](../guide/gateway-to-amp.md#other-programs) has the settings of OpenTelemetry SDKs.',
        '`oversized`, `reserved`, `untimed`, `no_value`, `not_a_number`, `absurd`, `negative`, `malformed_histogram`, `foreign_kind`, `unsupported`: a program is broken, or hostile. [The configurations](../../collector-config/README.md#what-is-refused-and-where-that-shows) say what each takes out.',
        '`foreign_bounds`: an older or newer program has other histogram bounds. Bounds never change under one name.',
        '`store_limits`, in front of VictoriaMetrics only: a program sends more labels, or longer ones, than the store keeps.',
        '`series limit`: find the label that grows with "Series of fab" on the delivery board.',
      ],
      quiet:
        'When a gateway is restarted, and the first refusals that a scrape sees then are exactly as many as there were before: that looks like nothing new.',
    },
  };
}
