/**
 * The labels of fab's metrics and every value each may take. `decision` and `profile` use fab's own words
 * (`GateDecision` in src/types.ts, `QualityRun` in src/quality.ts of nanohype/fab at 5dc03db).
 */
import { FAB_ROSTER, type FabGroup, type FabPhase, type FabRole } from '../fab-roster.ts';
import { type LabelDefinition, UNKNOWN } from '../metric.ts';

/** Every label of the family by its own name. A value outside its list is recorded as `unknown`. */
export const FAB_LABELS: {
  readonly role: LabelDefinition<'role', FabRole>;
  readonly phase: LabelDefinition<'phase', FabPhase>;
  readonly group: LabelDefinition<'group', FabGroup>;
  readonly result: LabelDefinition<'result', 'pass' | 'fail'>;
  readonly direction: LabelDefinition<'direction', 'input' | 'output'>;
  readonly outcome: LabelDefinition<
    'outcome',
    'completed' | 'error' | 'timeout' | 'terminated' | 'interrupted' | 'budget'
  >;
  readonly profile: LabelDefinition<'profile', 'code' | 'docs'>;
  readonly decision: LabelDefinition<'decision', 'approve' | 'revise' | 'reject'>;
} = {
  role: {
    name: 'role',
    description: "The role that ran, one of fab's roster",
    values: [...FAB_ROSTER.map(({ role }) => role), UNKNOWN],
  },
  phase: {
    name: 'phase',
    description: 'The roster folder of the role; follows from the role',
    // In the order of fab's own folders, which is the order work passes through them.
    values: [
      'discovery',
      'design',
      'build',
      'verify',
      'ship',
      'operate',
      'customer',
      'business',
      'system-curators',
      'staff',
      'lab',
      UNKNOWN,
    ],
  },
  group: {
    name: 'group',
    description: 'The part of the organisation the role belongs to; follows from the role',
    values: ['factory', 'firm', 'lab', UNKNOWN],
  },
  result: {
    name: 'result',
    description: 'What a role said of its own work',
    values: ['pass', 'fail', UNKNOWN],
  },
  direction: {
    name: 'direction',
    description: 'Whether tokens were read by the model or written by it',
    values: ['input', 'output', UNKNOWN],
  },
  outcome: {
    name: 'outcome',
    description: 'How a session ended',
    values: ['completed', 'error', 'timeout', 'terminated', 'interrupted', 'budget', UNKNOWN],
  },
  profile: {
    name: 'profile',
    description: 'Which set of gate roles reviewed the change',
    values: ['code', 'docs', UNKNOWN],
  },
  decision: {
    name: 'decision',
    description: 'What the merge gate decided in the end',
    values: ['approve', 'revise', 'reject', UNKNOWN],
  },
};

/** A label's name, as spelled on the series. */
export type FabLabelName = keyof typeof FAB_LABELS;
