import { GATEWAY_METRICS, GATEWAY_QUEUES, SHARD_LABEL } from '@ephemetry/contract';
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { HOUR_SECONDS } from './terms.ts';

/** What programs and sidecars send. The gateway has more receivers, for what it sends itself. */
const FROM_PROGRAMS = { receiver: 'otlp' } as const;

/**
 * A gateway that answers 503: above its memory limit, or with a full queue. Its totals stay, so nothing else shows it.
 * Senders that try again show it within minutes. Where runs are rare there is nobody to refuse for hours: there it
 * takes two refusals, and nothing that was taken around them.
 */
export function gatewayRefuses(queries: Queries, { clusterLabel }: ResolvedGrafanaOptions): AlertDefinition {
  // One of several shards may refuse while the others take what is theirs.
  const by = ['cluster', SHARD_LABEL] as const;
  const refused = (window: string): string =>
    queries.increaseOrFirst(GATEWAY_METRICS.refusedPoints, { window, by, where: FROM_PROGRAMS });
  const accepted = (window: string): string =>
    queries.increaseOrFirst(GATEWAY_METRICS.acceptedPoints, { window, by, where: FROM_PROGRAMS });
  const ofQueue = { exporter: GATEWAY_QUEUES.durable };
  const filled = `${queries.series(GATEWAY_METRICS.queueSize, ofQueue)} / ${queries.series(GATEWAY_METRICS.queueCapacity, ofQueue)}`;
  // More in the longer window: there were refusals before those of the shorter one. increase() extrapolates by up to two
  // scrapes, in each window by another part of it: less than a tenth more is the same refusal.
  const refusesAllAgain = `${refused('6h')} > 1.1 * (${refused('1h')} > 0) unless ${accepted('6h')} > 0`;
  return {
    uid: 'fab-gateway-refuses',
    title: 'FabGatewayRefuses',
    expr: `${refused('5m')} > 0 or max by (${clusterLabel}, ${SHARD_LABEL}) (${filled}) > 0.5 or ${refusesAllAgain}`,
    for: '15m',
    lookBackSeconds: 12 * HOUR_SECONDS,
    urgency: 'page',
    component: 'delivery',
    summary: 'the gateway refuses batches, or will soon: Jobs that end meanwhile lose theirs',
    description:
      'For 15 minutes the gateway has refused what programs send, or its durable queue has been more than half full. Or hours apart: everything that was sent in the last 6 hours was refused. Programs with a disk of their own keep their batches; a Job loses what its pod still holds when it ends, and nothing counts that.',
    page: {
      means:
        'The gateway answers 503, because it is above its memory limit or its durable queue is full; or the queue fills, which ends the same way. This pages although nothing that was taken is lost: the spool of a Job is an emptyDir, so a Job that ends while the gateway refuses takes its batches with it, and neither a total nor FabLostBatches will ever show them. Of several shards, `shard` names the one that refuses.',
      look: [
        {
          tells: 'How much is refused: points of the last hour, a batch again at every attempt',
          query: refused('1h'),
        },
        {
          tells: 'Whether anything is taken between',
          query: accepted('1h'),
        },
        {
          tells: 'Whether it is the queue: 1 is full. If it is near 0, it is the memory',
          query: filled,
        },
        {
          tells: 'What the memory holds: about 1 KB each',
          query: queries.series(GATEWAY_METRICS.trackedStreams),
        },
      ],
      act: [
        'Suspend CronJobs until the gateway takes batches again; what runs elsewhere keeps its batches in its spool.',
        'Find which of the two it is, and give it room: [the gateway refuses](../runbook.md#the-gateway-refuses).',
        'A restart alone mends neither: the queue is on disk, and the memory fills again with the notes that are read.',
        'Afterwards nothing is to be done for spools that still exist: the next run or drain delivers them.',
      ],
      quiet:
        'Refusals that end within 10 minutes, as while a gateway reads its notes after a restart. Refusals more than 5 minutes apart, as long as anything is taken within 6 hours. One refusal in 6 hours, or none because nobody sends, unless the queue shows it. What a balancer refuses before a shard sees it. And while AMP gets nothing: then FabMetricsAbsent fires.',
    },
  };
}
