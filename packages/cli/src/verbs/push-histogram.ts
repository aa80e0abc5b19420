/** `ephemetry push histogram`: sorts a value into the buckets of a histogram. */
import { distributionOf } from '@ephemetry/wrapper/push';
import { defineVerb } from '../command-line/define-verb.ts';
import { InvalidValue, type Reader, required } from '../command-line/option.ts';
import { number } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import {
  MEASUREMENT_OPTIONS,
  type MeasurementValues,
  metricAndValue,
  pushing,
} from '../push/push-measurement.ts';

const bounds: Reader<readonly number[]> = (given) => {
  try {
    return given.split(',').map((each) => number(each.trim()));
  } catch {
    throw new InvalidValue('allowed: rising numbers with commas, such as 0.1,0.5,1,5');
  }
};

interface Values extends MeasurementValues {
  readonly bounds: readonly number[];
}

export const verb: Verb = defineVerb<Values>({
  name: 'push histogram',
  summary: 'Sort a value into the buckets of a histogram.',
  help: `Choose --bounds once for a metric and give the same ones each time: other bounds are another histogram. Each bound is a series wherever it is shown. \`ephemetry push --help\` says how it is delivered.`,
  examples: ['ephemetry push histogram backup_seconds 12.5 --bounds 1,5,15,60 --unit s -a disk=sda'],
  options: {
    ...metricAndValue('what was measured, 0 or more'),
    bounds: required('numbers', 'upper bounds of the buckets, rising, with commas', bounds),
    ...MEASUREMENT_OPTIONS,
  },
  ...pushing(({ value, bounds: upper }, named) => ({
    ...named,
    kind: 'histogram',
    ...distributionOf(value, upper),
  })),
});
