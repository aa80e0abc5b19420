import { FAB_METRICS, GATEWAY_METRICS } from '@ephemetry/contract';
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { BY_CLUSTER, DAY_SECONDS } from './terms.ts';

/**
 * No work, although there should be. Silence is judged by the week before, and people are not punctual: a run may come
 * up to 12 hours earlier or later than a week ago. So what must have had sessions then are the middle 24 hours of the
 * 48 that have none now.
 */
export function noRuns(queries: Queries, { clusterLabel }: ResolvedGrafanaOptions): AlertDefinition {
  const sessions = (window: string, offset?: string): string =>
    queries.increase(FAB_METRICS.agentSessions, { window, by: BY_CLUSTER, offset });
  return {
    uid: 'fab-no-runs',
    title: 'FabNoRuns',
    expr: `${sessions('1d', '180h')} > 0 unless on (${clusterLabel}) (${sessions('2d')} > 0)`,
    for: '30m',
    lookBackSeconds: 8.5 * DAY_SECONDS,
    urgency: 'ticket',
    component: 'runs',
    summary: 'no fab session for two days, although there were some a week ago',
    description:
      'Not one role session was counted in the last 48 hours; a week ago there were some in the middle 24 of the same 48 hours. Either fab does not run, or its measurements do not arrive.',
    page: {
      means:
        'What is expected is what happened a week ago: a weekend without runs last week makes this weekend’s silence normal. A run may come up to 12 hours earlier or later than a week ago, so it takes 12 hours without it, and 48 without any.',
      look: [
        {
          tells: 'Sessions a day: as a graph over the last two weeks it shows when they stopped',
          query: queries.increase(FAB_METRICS.agentSessions, { window: '1d' }),
        },
        {
          tells: 'Whether the gateway takes anything',
          query: queries.increaseOrFirst(GATEWAY_METRICS.acceptedPoints, {
            window: '1d',
            where: { receiver: 'otlp' },
          }),
        },
      ],
      act: [
        'Look for the Jobs or the schedule: `kubectl get jobs,cronjobs`.',
        'Jobs ran: `ephemetry status` where they ran, or the sidecar’s log. What waits in a spool is not lost; `ephemetry drain` delivers it.',
        'A holiday: nothing. It ends with the next session, or 36 hours after the last one of the week before.',
      ],
      quiet: 'In the first week, and from the second week without runs on: then silence is what is expected.',
    },
  };
}
