/** `ephemetry push gauge`: sets a gauge. */
import { faultOf, type Measurement } from '@ephemetry/wrapper/push';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, required } from '../command-line/option.ts';
import { number, text } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { pushOne } from '../push/push-one.ts';
import { ATTRIBUTES, PUSH_OPTIONS, type PushValues, UNIT } from '../push/push-options.ts';

export const verb: Verb = defineVerb<Values>({
  name: 'push gauge',
  summary: 'Set a gauge to a value.',
  help: `The newest value replaces the others. Our gateway and \`ephemetry receive\` show it for five minutes: a gauge tells how something is, and nobody knows how it is an hour later. For what shall stay, such as the time of the last backup, \`ephemetry run\` keeps gauges of its own. \`ephemetry push --help\` says how it is delivered.`,
  examples: [
    'ephemetry push gauge queue_jobs 17 -a queue=mail',
    'ephemetry push gauge temperature_celsius -4.5',
  ],
  exits: { done: 'it is kept; with --now, delivered', failed: 'it is not kept; with --now, not delivered' },
  options: {
    metric: argument(required('name', 'the name of the metric', text)),
    value: argument(required('value', 'what it is set to', number)),
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
  return { kind: 'gauge', name: metric, value, unit, attributes: attribute };
}
