/** `ephemetry push counter`: adds an amount to a counter. */
import { defineVerb } from '../command-line/define-verb.ts';
import type { Verb } from '../command-line/verb.ts';
import {
  MEASUREMENT_OPTIONS,
  type MeasurementValues,
  metricAndValue,
  pushing,
} from '../push/push-measurement.ts';

export const verb: Verb = defineVerb<MeasurementValues>({
  name: 'push counter',
  summary: 'Add an amount to a counter.',
  help: `The amount is what happened now, 0 or more; a receiver adds up what all runs push. It is in the spool when this ends, also in the trap of a script that is dying. \`ephemetry push --help\` says how it is delivered.`,
  examples: [
    'ephemetry push counter deploys_total 1 -a target=staging',
    'ephemetry push counter copied_bytes_total 1048576 --unit By --now',
  ],
  options: { ...metricAndValue('what is added'), ...MEASUREMENT_OPTIONS },
  ...pushing(({ value }, named) => ({ ...named, kind: 'counter', value })),
});
