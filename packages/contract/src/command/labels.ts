/** The labels of what is measured of commands. Their names are declared by a deployment, or by a flag. */
import { type LabelDefinition, UNKNOWN } from '../metric.ts';

/** Every label of the family by its own name. */
export const COMMAND_LABELS: {
  readonly command: LabelDefinition<'command', never>;
  readonly outcome: LabelDefinition<'outcome', 'success' | 'failure' | 'signal' | 'not_started'>;
  readonly mode: LabelDefinition<'mode', 'user' | 'system'>;
  readonly reason: LabelDefinition<
    'reason',
    | 'exponential_histogram'
    | 'unsupported_type'
    | 'no_new_start'
    | 'malformed_point'
    | 'out_of_range'
    | 'no_time'
    | 'unbelievable_time'
    | 'too_large'
    | 'stream_limit'
  >;
} = {
  command: {
    name: 'command',
    description: 'The command, by `--name` or else by the name of its file; never its arguments',
    values: [UNKNOWN],
    declared: { section: 'commands', limit: 64 },
  },
  outcome: {
    name: 'outcome',
    description:
      'How the run of the command ended; unknown when the wrapper was killed before it could see, or when the disk refused to keep it',
    values: ['success', 'failure', 'signal', 'not_started', UNKNOWN],
  },
  mode: {
    name: 'mode',
    description: 'Whether the processor worked for the program or for the system on its behalf',
    values: ['user', 'system', UNKNOWN],
  },
  reason: {
    name: 'reason',
    description: 'Why a data point of the command was refused',
    values: [
      'exponential_histogram',
      'unsupported_type',
      'no_new_start',
      'malformed_point',
      'out_of_range',
      'no_time',
      'unbelievable_time',
      'too_large',
      'stream_limit',
      UNKNOWN,
    ],
  },
};

/** A label's name, as spelled on the series. */
export type CommandLabelName = keyof typeof COMMAND_LABELS;
