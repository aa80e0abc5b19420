/** "fab — overview": do the roles do good work, how much of it, at what price, and does it get merged. */
import { FAB_METRICS } from '@ephemetry/contract';
import { type BurnRate, burnAlertUid, burnRateOf, errorBudget, evaluationsOf } from '../alerts/burn-rate.ts';
import type { ResolvedGrafanaOptions } from '../grafana-options.ts';
import type { DashboardDefinition, PanelDefinition, RowDefinition } from '../panels/panel.ts';
import { createQueries, type Queries, share } from '../promql/queries.ts';
import { CHART, clusterVariable, SUMMARY, WINDOW, windowVariable } from './conventions.ts';

/** Of the range that the board shows. */
const RANGE = '$__range';

/** The definition under these options. */
export function fabOverview(options: ResolvedGrafanaOptions): DashboardDefinition {
  const { clusterLabel } = options;
  const queries = createQueries({
    clusterLabel,
    variables: { [clusterLabel]: 'cluster', group: 'group', phase: 'phase', role: 'role' },
  });
  return {
    uid: 'fab-overview',
    title: 'fab — overview',
    purpose: 'Whether fab’s roles do good work, how much of it, at what price, and whether it gets merged.',
    tags: ['nanohype', 'fab'],
    variables: [
      clusterVariable(clusterLabel),
      ...labelVariables(clusterLabel, ['group', 'phase', 'role']),
      windowVariable(),
    ],
    rows: [
      objectiveRow(queries, options),
      runsRow(queries),
      phasesRow(queries, options),
      spendRow(queries),
      reworkRow(queries),
      mergeGateRow(queries),
    ],
  };
}

/** Each narrows the next: a phase offers the roles it has. */
function labelVariables(clusterLabel: string, labels: readonly string[]): DashboardDefinition['variables'] {
  return labels.map((name, index) => {
    const before = [
      `${clusterLabel}=~"$cluster"`,
      ...labels.slice(0, index).map((label) => `${label}=~"$${label}"`),
    ];
    return {
      kind: 'label',
      name,
      query: `label_values(${FAB_METRICS.agentSessions.name}{${before.join(',')}}, ${name})`,
    };
  });
}

function objectiveRow(queries: Queries, options: ResolvedGrafanaOptions): RowDefinition {
  const { objective, burnRates } = options;
  const slowest = burnRates.at(-1);
  const budget = errorBudget(objective);
  const passed = queries.increase(FAB_METRICS.selfEval, { window: '30d', where: { result: 'pass' } });
  const failed = queries.increase(FAB_METRICS.selfEval, { window: '30d', where: { result: 'fail' } });
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
        queries: [{ expr: share(passed, evaluated), legend: 'pass rate' }],
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
        queries: [{ expr: `1 - ${share(failed, evaluated)} / ${budget}`, legend: 'left' }],
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

/** A panel's link to the alert at a burn rate, when there is one. */
function linkTo(rate: BurnRate | undefined): Pick<PanelDefinition, 'alert'> {
  return rate === undefined ? {} : { alert: burnAlertUid(rate) };
}

function runsRow(queries: Queries): RowDefinition {
  return {
    title: 'Runs',
    size: CHART,
    panels: [
      {
        kind: 'timeseries',
        title: 'Agent-run rate',
        question: 'How many role sessions ended within each window, by group?',
        whenRed: 'Nothing at all although fab runs: see the alert’s page, then the "fab — delivery" board.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.agentSessions, { window: WINDOW, by: ['group'] })} > 0`,
            legend: '{{group}}',
          },
        ],
        unit: 'short',
        min: 0,
        alert: 'fab-no-runs',
      },
      {
        kind: 'timeseries',
        title: 'Sessions by outcome',
        question: 'How did the sessions of each window end?',
        whenRed:
          '`error`: the transport or the platform failed. `terminated`: the platform ended it. `budget`: the budget is too small for the work, or the work went in circles.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.sessionOutcomes, { window: WINDOW, by: ['outcome'] })} > 0`,
            legend: '{{outcome}}',
          },
        ],
        unit: 'short',
        min: 0,
      },
    ],
  };
}

function phasesRow(queries: Queries, { burnRates }: ResolvedGrafanaOptions): RowDefinition {
  const fastest = burnRates[0];
  const failed = queries.increase(FAB_METRICS.selfEval, {
    window: WINDOW,
    by: ['phase'],
    where: { result: 'fail' },
  });
  const evaluated = queries.increase(FAB_METRICS.selfEval, {
    window: WINDOW,
    by: ['phase'],
    where: { result: ['pass', 'fail'] },
  });
  const quantiles = [0.5, 0.95, 0.99] as const;
  return {
    title: 'Rate, errors and duration by phase',
    size: CHART,
    panels: [
      {
        kind: 'timeseries',
        title: 'Session rate by phase',
        question: 'Which phases were at work, and how much?',
        whenRed: 'A phase that stops while the one before it goes on holds the work up.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.agentSessions, { window: WINDOW, by: ['phase'] })} > 0`,
            legend: '{{phase}}',
          },
        ],
        unit: 'short',
        min: 0,
      },
      {
        kind: 'timeseries',
        title: 'Self-eval fail ratio by phase',
        question: 'Where do roles fail their own work?',
        whenRed:
          'Choose the phase above, then compare its roles in "Tokens by role" and "Revisions per session".',
        queries: [{ expr: share(failed, evaluated), legend: '{{phase}}' }],
        unit: 'percentunit',
        min: 0,
        max: 1,
        empty: 'no self-evaluations in this range',
        ...linkTo(fastest),
      },
      {
        kind: 'timeseries',
        title: 'Session duration p50, p95, p99',
        question: 'How long do sessions take, over all that is chosen above?',
        whenRed:
          'A p99 that leaves the p50 behind is single sessions that go in circles: see "Sessions by outcome" for `budget`.',
        queries: quantiles.map((quantile) => ({
          expr: queries.quantile(quantile, FAB_METRICS.roleSessionDuration, { window: WINDOW }),
          legend: `p${quantile * 100}`,
        })),
        unit: 's',
        min: 0,
      },
      {
        kind: 'timeseries',
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
        unit: 's',
        min: 0,
      },
    ],
  };
}

function spendRow(queries: Queries): RowDefinition {
  return {
    title: 'Tokens and cost',
    size: CHART,
    panels: [
      {
        kind: 'timeseries',
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
        unit: 'short',
        min: 0,
        empty: 'no tokens reported in this range',
      },
      {
        kind: 'bargauge',
        title: 'Tokens by role',
        question: 'Which 15 roles spent most tokens in this range?',
        whenRed: 'Choose the role above and compare its sessions and revisions with last week’s.',
        queries: [
          {
            expr: `topk(15, ${queries.increase(FAB_METRICS.tokens, { window: RANGE, by: ['role'] })} > 0)`,
            legend: '{{role}}',
          },
        ],
        unit: 'short',
        min: 0,
        empty: 'no tokens reported in this range',
      },
      {
        kind: 'timeseries',
        title: 'Cost by phase',
        question: 'What did the sessions of each window cost, as far as their transport says?',
        whenRed: 'Stated or estimated, never an invoice: check it against the bill before acting on it.',
        queries: [
          {
            expr: `${queries.increase(FAB_METRICS.costUsd, { window: WINDOW, by: ['phase'] })} > 0`,
            legend: '{{phase}}',
          },
        ],
        unit: 'currencyUSD',
        min: 0,
        empty: 'no cost reported in this range',
      },
      {
        kind: 'bargauge',
        title: 'Cost by role',
        question: 'Which 15 roles cost most in this range?',
        whenRed: 'Dear roles with many revisions are the first candidates for a smaller scope.',
        queries: [
          {
            expr: `topk(15, ${queries.increase(FAB_METRICS.costUsd, { window: RANGE, by: ['role'] })} > 0)`,
            legend: '{{role}}',
          },
        ],
        unit: 'currencyUSD',
        min: 0,
        empty: 'no cost reported in this range',
      },
    ],
  };
}

function reworkRow(queries: Queries): RowDefinition {
  const sessions = queries.increase(FAB_METRICS.agentSessions, { window: WINDOW, by: ['phase'] });
  const perSession = (metric: typeof FAB_METRICS.revisions | typeof FAB_METRICS.advisorCalls): string =>
    share(queries.increase(metric, { window: WINDOW, by: ['phase'] }), sessions);
  return {
    title: 'Rework and advice',
    size: CHART,
    panels: [
      {
        kind: 'timeseries',
        title: 'Revisions per session by phase',
        question: 'How often do roles revise their work before they hand it over?',
        whenRed: 'Many revisions and no approved gate is a stall: see the alert’s page.',
        queries: [{ expr: perSession(FAB_METRICS.revisions), legend: '{{phase}}' }],
        unit: 'short',
        min: 0,
        alert: 'fab-merge-gate-stall',
      },
      {
        kind: 'timeseries',
        title: 'Advisor calls per session by phase',
        question: 'How often do roles ask the advisor model?',
        whenRed: 'Roles that ask in every session miss something in their instructions.',
        queries: [{ expr: perSession(FAB_METRICS.advisorCalls), legend: '{{phase}}' }],
        unit: 'short',
        min: 0,
      },
    ],
  };
}

function mergeGateRow(queries: Queries): RowDefinition {
  const attempts = queries.increase(FAB_METRICS.mergeGateAttempts, { window: WINDOW, by: ['profile'] });
  const decisions = queries.increase(FAB_METRICS.mergeGateDecisions, { window: WINDOW, by: ['profile'] });
  return {
    title: 'Merge gate',
    size: CHART,
    panels: [
      {
        kind: 'timeseries',
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
        unit: 'short',
        min: 0,
        empty: 'no gated workflow in this range',
        alert: 'fab-merge-gate-stall',
      },
      {
        kind: 'timeseries',
        title: 'Attempts per merge gate decision',
        question: 'How many attempts did a decision take? fab allows 3.',
        whenRed: 'Near 3 the gate finds something that roles do not mend: its reasons repeat.',
        queries: [{ expr: share(attempts, decisions), legend: '{{profile}}' }],
        unit: 'short',
        min: 0,
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

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
