/** The labels of what ephemetry says about its own deliveries. */
import { type LabelDefinition, UNKNOWN } from '../metric.ts';

/** Every label of the family by its own name. */
export const EPHEMETRY_LABELS: {
  readonly reason: LabelDefinition<'reason', 'rejected' | 'expired' | 'unsent' | 'unreadable' | 'abandoned'>;
} = {
  reason: {
    name: 'reason',
    description: 'Why the batch will never arrive',
    values: ['rejected', 'expired', 'unsent', 'unreadable', 'abandoned', UNKNOWN],
  },
};

/** A label's name, as spelled on the series. */
export type EphemetryLabelName = keyof typeof EPHEMETRY_LABELS;
