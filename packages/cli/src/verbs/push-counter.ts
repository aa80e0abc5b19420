/** `ephemetry push counter`: adds an amount to a counter. */
import { faultOf, type Measurement } from '@ephemetry/wrapper/push';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, required } from '../command-line/option.ts';
import { number, text } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { pushOne } from '../push/push-one.ts';
import { ATTRIBUTES, PUSH_OPTIONS, type PushValues, UNIT } from '../push/push-options.ts';

export const verb: Verb = defineVerb<Values>({
  name: 'push counter',
  summary: 'Add an amount to a counter.',
  help: `The amount is what happened now, 0 or more; a receiver adds up what all runs push. It is in the spool when this ends, also in the trap of a script that is dying. \`ephemetry push --help\` says how it is delivered.`,
  examples: [
    'ephemetry push counter deploys_total 1 -a target=staging',
    'ephemetry push counter copied_bytes_total 1048576 --unit By --now',
  ],
  exits: { done: 'it is kept; with --now, delivered', failed: 'it is not kept; with --now, not delivered' },
  options: {
    metric: argument(required('name', 'the name of the metric', text)),
    value: argument(required('value', 'what is added', number)),
    attribute: ATTRIBUTES,
    unit: UNIT,
    ...PUSH_OPTIONS,
  },
  fault: (values) => faultOf(measurementOf(values)),
  run: (values, output) => pushOne(measurementOf(values), values, output),
});

interface Values extends PushValues {
  readonly metric: string;
  readonly value: number;
  readonly attribute: Readonly<Record<string, string>>;
  readonly unit: string | undefined;
}

function measurementOf({ metric, value, attribute, unit = '' }: Values): Measurement {
  return { kind: 'counter', name: metric, value, unit, attributes: attribute };
}
