/** The pass rate, what is left of the error budget, and how fast it is spent. */
import { FAB_METRICS } from '@ephemetry/contract';
import {
  burnRateOf,
  errorBudget,
  evaluationsOf,
  failuresOf,
  percent,
} from '../../../engine/alerts/burn-rate.ts';
import { SUMMARY } from '../../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { PanelDefinition, RowDefinition } from '../../../engine/panels/panel.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { linkTo } from './burn-alert-link.ts';

/** Four panels, over all that is chosen. */
export function objectiveRow(queries: Queries, options: ResolvedGrafanaOptions): RowDefinition {
  const { objective, burnRates } = options;
  const slowest = burnRates.at(-1);
  const budget = errorBudget(objective);
  const passed = queries.increase(FAB_METRICS.selfEval, { window: '30d', where: { result: 'pass' } });
  const evaluated = evaluationsOf(queries, '30d');
  return {
    title: `SLO — self-eval pass rate (${percent(objective)} over 30 days)`,
    size: SUMMARY,
    panels: [
      {
        kind: 'stat',
        title: 'Self-eval pass rate (30d)',
        question: 'Of the work that roles judged in the last 30 days, how much did they pass?',
        whenRed:
          'Look at "Self-eval fail ratio by phase" for the phase, then choose it above and look at the roles. A change of a prompt, a model or a tool is the usual cause.',
        queries: [{ expr: queries.share(passed, evaluated), legend: 'pass rate' }],
        unit: 'percentunit',
        decimals: 2,
        min: 0,
        max: 1,
        thresholds: [
          { color: 'red', value: null },
          { color: 'green', value: objective },
        ],
        empty: 'no self-evaluations in 30 days',
        ...linkTo(slowest),
      },
      {
        kind: 'gauge',
        title: 'Error budget left (30d)',
        question: `How much of the ${percent(budget)} that may fail is left? Below 0 it is overspent.`,
        whenRed:
          'Do not loosen what roles may do until the pass rate has recovered: the budget is what pays for trying things.',
        queries: [
          { expr: `1 - ${queries.share(failuresOf(queries, '30d'), evaluated)} / ${budget}`, legend: 'left' },
        ],
        unit: 'percentunit',
        min: 0,
        max: 1,
        thresholds: [
          { color: 'red', value: null },
          { color: 'orange', value: 0.25 },
          { color: 'green', value: 0.5 },
        ],
        empty: 'no self-evaluations in 30 days',
        ...linkTo(slowest),
      },
      burnPanel(queries, options, '1h'),
      burnPanel(queries, options, '6h'),
    ],
  };
}

function burnPanel(
  queries: Queries,
  { objective, burnRates }: ResolvedGrafanaOptions,
  window: string,
): PanelDefinition {
  const alert = burnRates.find(({ long }) => long === window);
  const alerts = alert === undefined ? '' : ` It ${alert.urgency}s above ${alert.factor}.`;
  return {
    kind: 'stat',
    title: `Burn rate (${window})`,
    question: `How many times too fast did the last ${window} spend the error budget?${alerts}`,
    whenRed: 'Above 1 the budget does not last. The alert’s page says where to look first.',
    queries: [{ expr: burnRateOf(queries, objective, window), legend: 'burn rate' }],
    unit: 'none',
    decimals: 1,
    min: 0,
    thresholds: [
      { color: 'green', value: null },
      { color: 'orange', value: 1 },
      ...(alert === undefined ? [] : [{ color: 'red' as const, value: alert.factor }]),
    ],
    empty: `no self-evaluations in ${window}`,
    ...linkTo(alert),
  };
}
