import { GATEWAY_METRICS, GATEWAY_QUEUES, SHARD_LABEL } from '@ephemetry/contract';
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { Queries } from '../../../engine/promql/queries.ts';

/** 85 % of the container's limit in the manifest, 4 GiB: a full dedupe takes 1.6 GiB, and its door lets in what takes 1.4 GiB. */
const HIGH_MEMORY_BYTES = 3_650_722_202;

/**
 * A gateway that runs and does not work: nothing else shows it, since its health check answers and its totals stay.
 * One request must not be able to cause any of it; this is for the one that nobody thought of.
 */
export function gatewayStuck(queries: Queries, { clusterLabel }: ResolvedGrafanaOptions): AlertDefinition {
  const by = `by (${clusterLabel}, ${SHARD_LABEL})`;
  const queue = queries.series(GATEWAY_METRICS.queueSize, { exporter: GATEWAY_QUEUES.durable });
  const merged = queries.series(GATEWAY_METRICS.sentPoints, { exporter: GATEWAY_QUEUES.durable });
  // Each page for itself, and not the gateway's own: that is there while theirs cannot be read.
  const pages = GATEWAY_METRICS.up.job
    .filter((job) => job !== GATEWAY_METRICS.uptime.job)
    .map((job) => queries.series(GATEWAY_METRICS.up, { job }));
  const memory = queries.series(GATEWAY_METRICS.residentMemory);
  const uptime = queries.series(GATEWAY_METRICS.uptime);
  // It held something all along, and nothing left it.
  const isBlocked = `max ${by} (min_over_time(${queue}[3m]) > 0 and ${queue} offset 3m > 0) unless on (${clusterLabel}, ${SHARD_LABEL}) sum ${by} (increase(${merged}[3m])) > 0`;
  const reason = (expr: string, name: string): string =>
    `label_replace(${expr}, "reason", "${name}", "", "")`;
  return {
    uid: 'fab-gateway-stuck',
    title: 'FabGatewayStuck',
    expr: [
      reason(isBlocked, 'queue'),
      ...pages.map((page) => reason(`max ${by} (max_over_time(${page}[3m])) == 0`, 'scrape')),
      reason(`max ${by} (max_over_time(${memory}[5m])) > ${HIGH_MEMORY_BYTES}`, 'memory'),
      reason(`max ${by} (resets(${uptime}[10m])) > 1`, 'restarts'),
    ].join(' or '),
    for: '1m',
    lookBackSeconds: 600,
    urgency: 'page',
    component: 'delivery',
    summary: 'the gateway runs and does not work: {{ $labels.reason }}',
    description:
      'The gateway answers its health check, but `queue`: for 3 minutes nothing left its durable queue; `scrape`: one of its pages, of counters, histograms or gauges, cannot be read; `memory`: it is near its container’s limit; `restarts`: it restarted twice within 10 minutes.',
    page: {
      means:
        'A batch that a later stage refuses holds up all others, or a series makes the whole page unreadable, or requests take more memory than there is. What was answered with 2xx is in the queue on disk, or in the totals in memory: a restart loses the totals that no scrape took.',
      look: [
        { tells: 'What waits in the queue, in bytes', query: queue },
        { tells: 'Whether its pages can be read', query: queries.series(GATEWAY_METRICS.up) },
        { tells: 'Its memory', query: memory },
      ],
      act: [
        '`queue`: the log of `otlp_http/queue` names the error. Delete nothing: [one batch holds up all others](../runbook.md#the-gateway-refuses).',
        '`scrape`: the log of the Prometheus receiver names the page, and its limit or its line; `curl localhost:9464/metrics` in the pod shows counters, `:9468` histograms, `:9469` and `:9467` gauges. Find the program, and stop it before you restart the gateway. Too many gauges of programs that run are forgotten 5 minutes after the last.',
        '`memory`, `restarts`: who sends? `otelcol_receiver_accepted_metric_points` says when, the NetworkPolicy who may. Take the label `ephemetry-sender` from a namespace that attacks.',
      ],
      quiet: 'While the gateway is down: then FabMetricsAbsent fires. A spike of memory between two scrapes.',
    },
  };
}
