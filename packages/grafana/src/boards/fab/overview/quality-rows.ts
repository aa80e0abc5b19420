/** How often work is done again, and what the merge gate says of it. */
import { FAB_METRICS } from '@ephemetry/contract';
import { CHART, COUNTS, READINGS, WINDOW } from '../../../engine/dashboards/conventions.ts';
import type { PanelDefinition, RowDefinition } from '../../../engine/panels/panel.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { DECISION_COLORS, PHASE_COLORS } from '../colors.ts';

/** How many of one thing there were for each of another. */
const PER_ONE: Pick<PanelDefinition, 'kind' | 'drawn' | 'unit' | 'decimals' | 'min'> = {
  ...READINGS,
  unit: 'short',
  decimals: 1,
};

/** Revisions and advisor calls for each session. */
export function reworkRow(queries: Queries): RowDefinition {
  const sessions = queries.increase(FAB_METRICS.agentSessions, { window: WINDOW, by: ['phase'] });
  const perSession = (metric: typeof FAB_METRICS.revisions | typeof FAB_METRICS.advisorCalls): string =>
    queries.share(queries.increase(metric, { window: WINDOW, by: ['phase'] }), sessions);
  return {
    title: 'Rework and advice',
    size: CHART,
    panels: [
      {
        ...PER_ONE,
        title: 'Revisions per session by phase',
        question: 'How often do roles revise their work before they hand it over?',
        whenRed: 'Many revisions and no approved gate is a stall: see the alert’s page.',
        queries: [{ expr: perSession(FAB_METRICS.revisions), legend: '{{phase}}' }],
        colors: PHASE_COLORS,
        alert: 'fab-merge-gate-stall',
      },
      {
        ...PER_ONE,
        title: 'Advisor calls per session by phase',
        question: 'How often do roles ask the advisor model?',
        whenRed: 'Roles that ask in every session miss something in their instructions.',
        queries: [{ expr: perSession(FAB_METRICS.advisorCalls), legend: '{{phase}}' }],
        colors: PHASE_COLORS,
      },
    ],
  };
}

/** Decisions of the merge gate, and attempts for each. */
export function mergeGateRow(queries: Queries): RowDefinition {
  const attempts = queries.increase(FAB_METRICS.mergeGateAttempts, { window: WINDOW, by: ['profile'] });
  const decisions = queries.increase(FAB_METRICS.mergeGateDecisions, { window: WINDOW, by: ['profile'] });
  return {
    title: 'Merge gate',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Merge gate decisions',
        question: 'What did the merge gate decide within each window?',
        whenRed:
          'Revise and reject without approve: read the newest gate’s reasons in fab’s output before starting more work.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.mergeGateDecisions, { window: WINDOW, by: ['profile', 'decision'] })} > 0`,
            legend: '{{profile}} {{decision}}',
          },
        ],
        colors: DECISION_COLORS,
        empty: 'no gated workflow in this range',
        alert: 'fab-merge-gate-stall',
      },
      {
        ...PER_ONE,
        title: 'Attempts per merge gate decision',
        question: 'How many attempts did a decision take? fab allows 3.',
        whenRed: 'Near 3 the gate finds something that roles do not mend: its reasons repeat.',
        queries: [{ expr: queries.share(attempts, decisions), legend: '{{profile}}' }],
        colors: { code: 'blue', docs: 'purple', unknown: 'text' },
        max: 3,
        thresholds: [
          { color: 'green', value: null },
          { color: 'orange', value: 2 },
          { color: 'red', value: 2.5 },
        ],
        empty: 'no gated workflow in this range',
      },
    ],
  };
}
