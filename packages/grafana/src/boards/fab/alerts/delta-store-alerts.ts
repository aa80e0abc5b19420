/** What can go wrong with VictoriaMetrics as the store of deltas. */
import { GATEWAY_METRICS, GATEWAY_QUEUES, SHARD_LABEL, STORE_METRICS } from '@ephemetry/contract';
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { DAY_SECONDS, HOUR_SECONDS } from './terms.ts';

/** Deltas come when programs run, so their absence says nothing; the gateway's own metrics come always. */
export function gatewayAbsent(queries: Queries, { clusterLabel }: ResolvedGrafanaOptions): AlertDefinition {
  const uptime = queries.series(GATEWAY_METRICS.uptime);
  const gateway = `(${clusterLabel}, ${SHARD_LABEL})`;
  return {
    uid: 'fab-metrics-absent',
    title: 'FabMetricsAbsent',
    expr: `count by ${gateway} (last_over_time(${uptime}[1d])) unless on ${gateway} count by ${gateway} (last_over_time(${uptime}[5m]))`,
    for: '10m',
    lookBackSeconds: DAY_SECONDS,
    urgency: 'ticket',
    component: 'delivery',
    summary: 'a gateway is absent: the other alerts of this group do not see what is missing',
    description:
      'The gateway says nothing about itself: it is down, or cannot reach VictoriaMetrics. What it took is in its queue on disk; programs keep the rest in their spools.',
    page: {
      means:
        'The gateway forwards its own metrics at every scrape, whether anything runs or not. For 10 minutes there were none, and within the last day there were some.',
      look: [
        {
          tells: 'How full its durable queue was',
          query: queries.series(GATEWAY_METRICS.queueSize, { exporter: GATEWAY_QUEUES.durable }),
        },
      ],
      act: [
        'Not running: start it. Nothing that it took is lost, its queue is on its volume.',
        'Running: look at its log for what VictoriaMetrics answers. Restarting it does no harm.',
      ],
      quiet: 'A day after the last sample of a gateway, which may have been removed on purpose.',
    },
  };
}

/** VictoriaMetrics answers 2xx and leaves rows out. */
export function ignoredRows(queries: Queries): AlertDefinition {
  const ignored = queries.increase(STORE_METRICS.ignoredRows, { window: '1h', by: ['reason'] });
  return {
    uid: 'fab-ignored-rows',
    title: 'FabIgnoredRows',
    expr: `${ignored} > 0`,
    for: '0s',
    lookBackSeconds: HOUR_SECONDS,
    urgency: 'ticket',
    component: 'delivery',
    summary: 'VictoriaMetrics ignores samples: {{ $labels.reason }}',
    description:
      'VictoriaMetrics took samples with success and did not store them. Totals are too low by what was in them.',
    page: {
      means:
        'The gateway refuses what is beyond the default limits of VictoriaMetrics, so its limits were lowered, or something else writes to it.',
      look: [{ tells: 'How many, by reason', query: ignored }],
      act: [
        '`small_timestamp`: -retentionPeriod is shorter than the 7 days that a spool keeps batches. Raise it.',
        '`too_many_labels`, `too_long_label_name`, `too_long_label_value`: take -maxLabelsPerTimeseries, -maxLabelNameLen and -maxLabelValueLen away; their defaults fit the gateway.',
        '`hourly_limit_exceeded`, `daily_limit_exceeded`: raise or remove the limit of series.',
      ],
      quiet: 'Where VictoriaMetrics runs without -selfScrapeInterval: nobody reports it then.',
    },
  };
}
