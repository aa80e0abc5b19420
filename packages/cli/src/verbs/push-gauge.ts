/** `ephemetry push gauge`: sets a gauge. */
import { defineVerb } from '../command-line/define-verb.ts';
import type { Verb } from '../command-line/verb.ts';
import {
  MEASUREMENT_OPTIONS,
  type MeasurementValues,
  metricAndValue,
  pushing,
} from '../push/push-measurement.ts';

export const verb: Verb = defineVerb<MeasurementValues>({
  name: 'push gauge',
  summary: 'Set a gauge to a value.',
  help: `The newest value replaces the others. Our gateway and \`ephemetry receive\` show it for five minutes: a gauge tells how something is, and nobody knows how it is an hour later. For what shall stay, such as the time of the last backup, \`ephemetry run\` keeps gauges of its own. \`ephemetry push --help\` says how it is delivered.`,
  examples: [
    'ephemetry push gauge queue_jobs 17 -a queue=mail',
    'ephemetry push gauge temperature_celsius -4.5',
  ],
  options: { ...metricAndValue('what it is set to'), ...MEASUREMENT_OPTIONS },
  ...pushing(({ value }, named) => ({ ...named, kind: 'gauge', value })),
});
