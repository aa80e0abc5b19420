/** How much is done, how it ends and how long it takes. */
import { FAB_METRICS } from '@ephemetry/contract';
import { evaluationsOf, failuresOf } from '../../../engine/alerts/burn-rate.ts';
import { CHART, COUNTS, READINGS, WINDOW } from '../../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { RowDefinition } from '../../../engine/panels/panel.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { GROUP_COLORS, OUTCOME_COLORS, PHASE_COLORS } from '../colors.ts';
import { linkTo } from './burn-alert-link.ts';

/** Sessions, and how they ended. */
export function runsRow(queries: Queries): RowDefinition {
  return {
    title: 'Runs',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Agent sessions by group',
        question: 'How many role sessions ended in each window, by group?',
        whenRed: 'Nothing at all although fab runs: see the alert’s page, then the "fab — delivery" board.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.agentSessions, { window: WINDOW, by: ['group'] })} > 0`,
            legend: '{{group}}',
          },
        ],
        colors: GROUP_COLORS,
        alert: 'fab-no-runs',
      },
      {
        ...COUNTS,
        title: 'Sessions by outcome',
        question: 'How did the sessions of each window end?',
        whenRed:
          '`error`: the transport or the platform failed. `timeout`: fab stopped it, it said nothing or ran for too long. `terminated`: the platform ended it. `budget`: the budget is too small for the work, or the work went in circles.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.sessionOutcomes, { window: WINDOW, by: ['outcome'] })} > 0`,
            legend: '{{outcome}}',
          },
        ],
        colors: OUTCOME_COLORS,
      },
    ],
  };
}

/** Rate, errors and duration. */
export function phasesRow(queries: Queries, { burnRates }: ResolvedGrafanaOptions): RowDefinition {
  const fastest = burnRates[0];
  const failRatio = queries.share(
    failuresOf(queries, WINDOW, ['phase']),
    evaluationsOf(queries, WINDOW, ['phase']),
  );
  const quantiles = [0.5, 0.95, 0.99] as const;
  return {
    title: 'Rate, errors and duration by phase',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Agent sessions by phase',
        question: 'Which phases were at work, and how much?',
        whenRed: 'A phase that stops while the one before it goes on holds the work up.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.agentSessions, { window: WINDOW, by: ['phase'] })} > 0`,
            legend: '{{phase}}',
          },
        ],
        colors: PHASE_COLORS,
      },
      {
        ...READINGS,
        title: 'Self-eval fail ratio by phase',
        question: 'Where do roles fail their own work?',
        whenRed:
          'Choose the phase above, then compare its roles in "Tokens by role" and "Revisions per session".',
        queries: [{ expr: failRatio, legend: '{{phase}}' }],
        colors: PHASE_COLORS,
        unit: 'percentunit',
        max: 1,
        empty: 'no self-evaluations in this range',
        ...linkTo(fastest),
      },
      {
        ...READINGS,
        title: 'Session duration p50, p95, p99',
        question: 'How long do sessions take, over all that is chosen above?',
        whenRed:
          'A p99 that leaves the p50 behind is single sessions that go in circles: see "Sessions by outcome" for `budget`.',
        queries: quantiles.map((quantile) => ({
          expr: queries.quantile(quantile, FAB_METRICS.roleSessionDuration, { window: WINDOW }),
          legend: `p${quantile * 100}`,
        })),
        colors: { p50: 'blue', p95: 'purple', p99: 'orange' },
        unit: 's',
      },
      {
        ...READINGS,
        title: 'Session duration p95 by phase',
        question: 'Which phase is slow?',
        whenRed:
          'Compare it with the tokens of the phase: more tokens mean more work, the same tokens a slower model or platform.',
        queries: [
          {
            expr: queries.quantile(0.95, FAB_METRICS.roleSessionDuration, { window: WINDOW, by: ['phase'] }),
            legend: '{{phase}}',
          },
        ],
        colors: PHASE_COLORS,
        unit: 's',
      },
    ],
  };
}
