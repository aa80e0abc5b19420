import { FAB_METRICS } from '@ephemetry/contract';
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import { durationSeconds } from '../../../engine/promql/duration.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { BY_CLUSTER, DAY_SECONDS } from './terms.ts';

/** Work that stalls: revisions go on, and no gate approves. */
export function mergeGateStall(
  queries: Queries,
  { stallWindow, minimumRevisions, clusterLabel }: ResolvedGrafanaOptions,
): AlertDefinition {
  const revisions = (window: string, offset?: string): string =>
    queries.increase(FAB_METRICS.revisions, { window, by: BY_CLUSTER, offset });
  const stallSeconds = durationSeconds(stallWindow) ?? 0;
  // A first workflow after a weekend has approved nothing for days, and is not stalled: it has just begun.
  const half = `${Math.ceil(stallSeconds / 2)}s`;
  const approved = queries.increase(FAB_METRICS.mergeGateDecisions, {
    window: stallWindow,
    by: BY_CLUSTER,
    where: { decision: 'approve' },
  });
  const gated = queries.increase(FAB_METRICS.mergeGateDecisions, { window: '7d', by: BY_CLUSTER });
  return {
    uid: 'fab-merge-gate-stall',
    title: 'FabMergeGateStall',
    expr: `${revisions(stallWindow)} >= ${minimumRevisions} and ${revisions(half, half)} > 0 and ${revisions('1h')} > 0 and ${gated} > 0 unless on (${clusterLabel}) (${approved} > 0)`,
    for: '15m',
    lookBackSeconds: Math.max(7 * DAY_SECONDS, stallSeconds),
    urgency: 'page',
    component: 'merge-gate',
    summary: `fab revises and revises, and no merge gate approved in ${stallWindow}`,
    description: `At least ${minimumRevisions} revisions in the last ${stallWindow}, some of them in its first half and some within the last hour, and not one approved merge gate. Work is being paid for that does not get merged.`,
    page: {
      means: `Roles keep revising their work while no merge gate has approved anything for ${stallWindow}. Gates were at work within the last 7 days, so approvals can be expected.`,
      look: [
        {
          tells: 'What the gates decided',
          query: queries.increase(FAB_METRICS.mergeGateDecisions, {
            window: stallWindow,
            by: ['profile', 'decision'],
          }),
        },
        {
          tells: 'Who revises',
          query: `topk(5, ${queries.increase(FAB_METRICS.revisions, { window: stallWindow, by: ['role'] })})`,
        },
        {
          tells: 'What it costs, where a cost is reported',
          query: queries.increase(FAB_METRICS.tokens, { window: stallWindow }),
        },
      ],
      act: [
        'No decision at all: workflows end before their gate. Look at the outcomes of their sessions.',
        '`revise` or `reject` only: read the reasons of the newest gate in fab’s output. The same reason again and again is a task that its roles cannot do as it is cut.',
        'Stop the workflow that goes in circles; a smaller scope or a person’s decision gets it on.',
      ],
      quiet: `Fewer than ${minimumRevisions} revisions, none before the last half of ${stallWindow} (work that has just begun), none within the last hour, or no gate in use within 7 days.`,
    },
  };
}
