/**
 * The labels of the merge gauges. Projects are not a label: their names are not known when this is built, and their
 * number is bounded by nothing. What gauges say of projects is how many are in which state and what the worst is.
 */
import { type LabelDefinition, UNKNOWN } from '../metric.ts';

/** Every label of the family by its own name. */
export const MERGE_LABELS: {
  readonly state: LabelDefinition<'state', 'low' | 'high'>;
} = {
  state: {
    name: 'state',
    description: 'Which threshold the rate reached last; unknown until it reached one',
    values: ['low', 'high', UNKNOWN],
  },
};

/** A label's name, as spelled on the series. */
export type MergeLabelName = keyof typeof MERGE_LABELS;
