/** The labels of what a forge says. Repositories and pipelines are declared by a deployment. */
import { type LabelDefinition, UNKNOWN } from '../metric.ts';

/** Every label of the family by its own name. */
export const FORGE_LABELS: {
  readonly repository: LabelDefinition<'repository', never>;
  readonly pipeline: LabelDefinition<'pipeline', never>;
  readonly event: LabelDefinition<'event', 'opened' | 'closed' | 'reopened'>;
  readonly result: LabelDefinition<
    'result',
    'success' | 'failure' | 'error' | 'timeout' | 'cancellation' | 'skip'
  >;
  readonly age: LabelDefinition<'age', 'day' | 'three_days' | 'week' | 'older'>;
  readonly state: LabelDefinition<'state', 'pending' | 'executing'>;
  readonly window: LabelDefinition<'window', '1d' | '7d' | '30d'>;
  readonly outcome: LabelDefinition<'outcome', '2xx' | '3xx' | '4xx' | '5xx' | 'timeout' | 'refused'>;
} = {
  repository: {
    name: 'repository',
    description: 'The repository as owner/name',
    values: [UNKNOWN],
    declared: { section: 'repositories', limit: 32 },
  },
  pipeline: {
    name: 'pipeline',
    description: 'The workflow of a repository, by the name that the deployment gives',
    values: [UNKNOWN],
    declared: { section: 'repositories', limit: 32 },
  },
  event: {
    name: 'event',
    description: 'What happened to the issue',
    values: ['opened', 'closed', 'reopened', UNKNOWN],
  },
  result: {
    name: 'result',
    description: 'How the run of a pipeline ended, in the words of OpenTelemetry',
    values: ['success', 'failure', 'error', 'timeout', 'cancellation', 'skip', UNKNOWN],
  },
  age: {
    name: 'age',
    description: 'How long it has been open: less than a day, three days, a week, or longer',
    values: ['day', 'three_days', 'week', 'older', UNKNOWN],
  },
  state: {
    name: 'state',
    description: 'Whether the run of a pipeline waits or is executed',
    values: ['pending', 'executing', UNKNOWN],
  },
  window: {
    name: 'window',
    description: 'The time up to the collect that is looked at',
    values: ['1d', '7d', '30d', UNKNOWN],
  },
  outcome: {
    name: 'outcome',
    description: 'How a request to the forge ended: the class of its status, or no answer',
    values: ['2xx', '3xx', '4xx', '5xx', 'timeout', 'refused', UNKNOWN],
  },
};

/** A label's name, as spelled on the series. */
export type ForgeLabelName = keyof typeof FORGE_LABELS;
