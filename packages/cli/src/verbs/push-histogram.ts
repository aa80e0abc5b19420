/** `ephemetry push histogram`: sorts a value into the buckets of a histogram. */
import { distributionOf, faultOf, type Measurement } from '@ephemetry/wrapper/push';
import { defineVerb } from '../command-line/define-verb.ts';
import { argument, InvalidValue, type Reader, required } from '../command-line/option.ts';
import { number, text } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { pushOne } from '../push/push-one.ts';
import { ATTRIBUTES, PUSH_OPTIONS, type PushValues, UNIT } from '../push/push-options.ts';

const bounds: Reader<readonly number[]> = (given) => {
  try {
    return given.split(',').map((each) => number(each.trim()));
  } catch {
    throw new InvalidValue('allowed: rising numbers with commas, such as 0.1,0.5,1,5');
  }
};

export const verb: Verb = defineVerb<Values>({
  name: 'push histogram',
  summary: 'Sort a value into the buckets of a histogram.',
  help: `Choose --bounds once for a metric and give the same ones each time: other bounds are another histogram. Each bound is a series wherever it is shown. \`ephemetry push --help\` says how it is delivered.`,
  examples: ['ephemetry push histogram backup_seconds 12.5 --bounds 1,5,15,60 --unit s -a disk=sda'],
  exits: { done: 'it is kept; with --now, delivered', failed: 'it is not kept; with --now, not delivered' },
  options: {
    metric: argument(required('name', 'the name of the metric', text)),
    value: argument(required('value', 'what was measured, 0 or more', number)),
    bounds: required('numbers', 'upper bounds of the buckets, rising, with commas', bounds),
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
  readonly bounds: readonly number[];
  readonly attribute: Readonly<Record<string, string>>;
  readonly unit: string | undefined;
}

function measurementOf(values: Values): Measurement {
  const { metric, value, attribute, unit = '' } = values;
  const distribution = distributionOf(value, values.bounds);
  return { kind: 'histogram', name: metric, unit, attributes: attribute, ...distribution };
}
