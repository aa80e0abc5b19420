/** The labels of what is done with alerts. All of them are known when this is built. */
import { type LabelDefinition, UNKNOWN } from '../metric.ts';

/** Every label of the family by its own name. */
export const ALERTS_LABELS: {
  readonly outcome: LabelDefinition<
    'outcome',
    'accepted' | 'limited' | 'unavailable' | 'unreadable' | 'unauthorized'
  >;
  readonly action: LabelDefinition<
    'action',
    'opened' | 'reopened' | 'changed' | 'closed' | 'noted' | 'twin_closed' | 'close_refused'
  >;
  readonly reason: LabelDefinition<'reason', 'gone' | 'closed_by_person' | 'dependencies' | 'twin'>;
} = {
  outcome: {
    name: 'outcome',
    description:
      'What became of a notification: the forge has it (accepted), or Alertmanager repeats it (limited, unavailable), or it is given up (unreadable, unauthorized)',
    values: ['accepted', 'limited', 'unavailable', 'unreadable', 'unauthorized', UNKNOWN],
  },
  action: {
    name: 'action',
    description:
      'What was done to an issue; noted is the end of an alert whose issue a person had closed before',
    values: ['opened', 'reopened', 'changed', 'closed', 'noted', 'twin_closed', 'close_refused', UNKNOWN],
  },
  reason: {
    name: 'reason',
    description: 'What was found wrong with an issue, by what Alertmanager and the forge say now',
    values: ['gone', 'closed_by_person', 'dependencies', 'twin', UNKNOWN],
  },
};

/** A label's name, as spelled on the series. */
export type AlertsLabelName = keyof typeof ALERTS_LABELS;
