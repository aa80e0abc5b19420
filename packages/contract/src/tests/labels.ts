/** The labels of what test reports say. Suites and categories are declared by a deployment. */
import { type LabelDefinition, UNKNOWN } from '../metric.ts';

/** Every label of the family by its own name. */
export const TESTS_LABELS: {
  readonly suite: LabelDefinition<'suite', never>;
  readonly category: LabelDefinition<'category', never>;
  readonly branch: LabelDefinition<'branch', 'default' | 'change'>;
  readonly outcome: LabelDefinition<'outcome', 'passed' | 'failed' | 'error' | 'skipped'>;
  readonly result: LabelDefinition<'result', 'success' | 'failure' | 'incomplete'>;
  readonly kind: LabelDefinition<'kind', 'retry' | 'rerun' | 'mass'>;
  readonly state: LabelDefinition<'state', 'covered' | 'total'>;
} = {
  suite: {
    name: 'suite',
    description: 'The tests that one run reports on, by the name that the deployment gives them',
    values: [UNKNOWN],
    declared: { section: 'suites', limit: 16 },
  },
  category: {
    name: 'category',
    description: 'A part of a suite, by the patterns of files that the deployment gives',
    values: [UNKNOWN],
    declared: { section: 'suites', limit: 32 },
  },
  branch: {
    name: 'branch',
    description: 'Whether the run tested the default branch or a change; never the name of a branch',
    values: ['default', 'change', UNKNOWN],
  },
  outcome: {
    name: 'outcome',
    description: 'How a test ended in the last attempt that counts',
    values: ['passed', 'failed', 'error', 'skipped', UNKNOWN],
  },
  result: {
    name: 'result',
    description:
      'How the run as a whole ended; a run that lacks a report is incomplete, whatever its tests say',
    values: ['success', 'failure', 'incomplete', UNKNOWN],
  },
  kind: {
    name: 'kind',
    description: 'What showed that the test both passes and fails on one commit',
    values: ['retry', 'rerun', 'mass', UNKNOWN],
  },
  state: {
    name: 'state',
    description: 'Whether lines were executed, or could have been',
    values: ['covered', 'total', UNKNOWN],
  },
};

/** A label's name, as spelled on the series. */
export type TestsLabelName = keyof typeof TESTS_LABELS;
