import { FAB_METRICS } from '@ephemetry/contract';
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import {
  type BurnRate,
  burnAlertUid,
  burnRateOf,
  errorBudget,
  evaluationsOf,
  failuresOf,
  percent,
} from '../../../engine/alerts/burn-rate.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import { durationSeconds } from '../../../engine/promql/duration.ts';
import type { Queries } from '../../../engine/promql/queries.ts';
import { BY_CLUSTER, DAY_SECONDS } from './terms.ts';

/** Bad work: roles fail what they made, faster than the objective allows. */
export function selfEvalBurn(
  queries: Queries,
  { objective, minimumEvaluations }: ResolvedGrafanaOptions,
  rate: BurnRate,
): AlertDefinition {
  const { factor, long, short } = rate;
  const burning = [long, short].map(
    (window) => `${burnRateOf(queries, objective, window, BY_CLUSTER)} > ${factor}`,
  );
  const enough = `${evaluationsOf(queries, long, BY_CLUSTER)} >= ${minimumEvaluations}`;
  // One failure of ten is twice what 5 % allow, and still one failure. increase() shows one as 1 or little more.
  const isOneTooMany = 1 / minimumEvaluations > factor * errorBudget(objective);
  const several = isOneTooMany ? [`${failuresOf(queries, long, BY_CLUSTER)} > 1.5`] : [];
  const failingPercent = Number((100 * factor * errorBudget(objective)).toPrecision(3));
  const longSeconds = durationSeconds(long) ?? 0;
  const spentPercent = Number(((100 * factor * longSeconds) / (30 * DAY_SECONDS)).toPrecision(2));
  return {
    uid: burnAlertUid(rate),
    title: `FabSelfEvalBurn${long}`,
    expr: [...burning, enough, ...several].join(' and '),
    for: rate.for,
    lookBackSeconds: longSeconds,
    urgency: rate.urgency,
    component: 'self-eval',
    summary: `fab's roles fail their own work: ${spentPercent} % of the error budget in ${long}`,
    description: `More than ${failingPercent} % of the self-evaluations of the last ${long}, and of the last ${short}, failed: ${factor} times what an objective of ${objective} allows. At least ${minimumEvaluations} evaluations were counted.`,
    page: {
      means: `Roles judge their own work, and the objective is that ${percent(objective)} of it passes over 30 days. In the last ${long} more than ${failingPercent} % failed, at least ${minimumEvaluations} evaluations were counted, and it still goes on: the last ${short} is as bad. At this rate the budget of 30 days is spent in ${Number((30 / factor).toPrecision(2))} days.`,
      look: [
        {
          tells: 'Which phase fails',
          query: queries.share(failuresOf(queries, long, ['phase']), evaluationsOf(queries, long, ['phase'])),
        },
        {
          tells: 'Which roles fail most',
          query: `topk(5, ${failuresOf(queries, long, ['role'])})`,
        },
        {
          tells: 'Whether sessions fail before they judge anything',
          query: queries.increase(FAB_METRICS.sessionOutcomes, { window: long, by: ['outcome'] }),
        },
      ],
      act: [
        'One role: look at what changed in its prompt, tools or model, and take the change back.',
        'A whole phase: look at what the phase before it hands over.',
        'Everything at once: the model or the transport. Stop scheduled runs until it is clear; they spend tokens on work that fails.',
      ],
      quiet: `Below ${minimumEvaluations} evaluations in ${long}: a ratio of so few evaluations means nothing.${isOneTooMany ? ' On a single failure.' : ''} Ends ${short} after the last failing run, because nothing has failed since.`,
    },
  };
}
