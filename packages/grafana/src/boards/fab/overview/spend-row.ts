/** Where tokens and money go, over time and by role. */
import { FAB_METRICS } from '@ephemetry/contract';
import { CHART, COUNTS, RANKING, WINDOW } from '../../../engine/dashboards/conventions.ts';
import type { RowDefinition } from '../../../engine/panels/panel.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { PHASE_COLORS, PHASE_TOKEN_COLORS } from '../colors.ts';

/** Of the range that the board shows. */
const RANGE = '$__range';
const NO_TOKENS = 'no tokens reported in this range';
const NO_COST = 'no cost reported in this range';

/** Tokens and cost over time. */
export function spendRow(queries: Queries): RowDefinition {
  return {
    title: 'Tokens and cost',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Tokens by phase',
        question: 'Where do the tokens of each window go? A transport that reports none adds nothing.',
        whenRed:
          'A jump without more sessions is longer prompts or loops: look at the advisor calls and revisions per session.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.tokens, { window: WINDOW, by: ['phase', 'direction'] })} > 0`,
            legend: '{{phase}} {{direction}}',
          },
        ],
        colors: PHASE_TOKEN_COLORS,
        empty: NO_TOKENS,
      },
      {
        ...COUNTS,
        title: 'Cost by phase',
        question:
          'What did the sessions of each window cost? Only sessions whose transport reports a cost count.',
        whenRed: 'Stated or estimated, never an invoice: check it against the bill before acting on it.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.costUsd, { window: WINDOW, by: ['phase'] })} > 0`,
            legend: '{{phase}}',
          },
        ],
        colors: PHASE_COLORS,
        unit: 'currencyUSD',
        decimals: 2,
        empty: NO_COST,
      },
    ],
  };
}

/** The roles that spend most. */
export function spendByRoleRow(queries: Queries): RowDefinition {
  const largest = (metric: typeof FAB_METRICS.tokens | typeof FAB_METRICS.costUsd): string =>
    `topk(15, ${queries.increase(metric, { window: RANGE, by: ['role'] })} > 0)`;
  return {
    title: 'Tokens and cost by role',
    size: RANKING,
    panels: [
      {
        kind: 'bargauge',
        title: 'Tokens by role',
        question: 'Which 15 roles spent most tokens in this range?',
        whenRed: 'Choose the role above and compare its sessions and revisions with last week’s.',
        queries: [{ expr: largest(FAB_METRICS.tokens), legend: '{{role}}' }],
        unit: 'locale',
        decimals: 0,
        min: 0,
        empty: NO_TOKENS,
      },
      {
        kind: 'bargauge',
        title: 'Cost by role',
        question: 'Which 15 roles cost most in this range?',
        whenRed: 'Dear roles with many revisions are the first candidates for a smaller scope.',
        queries: [{ expr: largest(FAB_METRICS.costUsd), legend: '{{role}}' }],
        unit: 'currencyUSD',
        decimals: 2,
        min: 0,
        empty: NO_COST,
      },
    ],
  };
}
