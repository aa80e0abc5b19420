/** What must not compile. Checked by `tsc`; nothing here ever runs. */
import { boundLabel } from '../bound-label.ts';
import type { LabelsOf, MetricDefinition } from '../metric.ts';
import { FAB_LABELS, type FabLabelName } from './labels.ts';
import { FAB_METRICS } from './metrics.ts';

type SelfEvalLabels = LabelsOf<typeof FAB_METRICS.selfEval>;
const selfEval = { role: 'product', phase: 'discovery', group: 'factory', result: 'pass' } as const;

export const rightLabels: SelfEvalLabels = selfEval;
export const rightName: 'fab_self_eval_total' = FAB_METRICS.selfEval.name;
export const rightValue: 'pass' | 'fail' | 'unknown' = boundLabel(FAB_LABELS.result, 'PASS');

// @ts-expect-error a misspelled metric key
export const wrongKey: unknown = FAB_METRICS.selfEvals;

// @ts-expect-error a misspelled label
export const wrongLabel: unknown = FAB_LABELS.roles;

// @ts-expect-error a missing label
export const missingLabel: SelfEvalLabels = { role: 'product', phase: 'discovery', group: 'factory' };

// @ts-expect-error a label the metric does not have
export const extraLabel: SelfEvalLabels = { ...selfEval, direction: 'input' } satisfies SelfEvalLabels;

// @ts-expect-error a value that the label does not allow
export const wrongValue: 'pass' | 'fail' = boundLabel(FAB_LABELS.outcome, 'completed');

export const wrongDeclaration: MetricDefinition<FabLabelName> = {
  ...FAB_METRICS.tokens,
  // @ts-expect-error a declaration with a label that its family does not have
  labels: ['role', 'phases'],
};

export const readonlyDeclaration = (): void => {
  // @ts-expect-error the contract cannot be changed by its users
  FAB_METRICS.tokens.name = 'fab_tokens';
};
