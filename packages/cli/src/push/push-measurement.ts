/**
 * What `push counter`, `push gauge` and `push histogram` share: a metric and a value by argument, and that one measurement on
 * its way. Each verb says what its value means and what it becomes.
 */
import { faultOf, type Measurement } from '@ephemetry/wrapper/push';
import { argument, type Options, required } from '../command-line/option.ts';
import { number, text } from '../command-line/readers.ts';
import type { VerbDeclaration } from '../command-line/verb.ts';
import { pushOne } from './push-one.ts';
import { ATTRIBUTES, PUSH_OPTIONS, type PushValues, UNIT } from './push-options.ts';

/** What every verb for one measurement is given. */
export interface MeasurementValues extends PushValues {
  readonly metric: string;
  readonly value: number;
  readonly attribute: Readonly<Record<string, string>>;
  readonly unit: string | undefined;
}

/** @param valueHelp what the value means */
export function metricAndValue(valueHelp: string): Options<Pick<MeasurementValues, 'metric' | 'value'>> {
  return {
    metric: argument(required('name', 'the name of the metric', text)),
    value: argument(required('value', valueHelp, number)),
  };
}

/** What stands behind the value. */
export const MEASUREMENT_OPTIONS: Options<Omit<MeasurementValues, 'metric' | 'value'>> = {
  attribute: ATTRIBUTES,
  unit: UNIT,
  ...PUSH_OPTIONS,
};

/** How such a verb ends and what it does, by what its values become. */
export function pushing<Values extends MeasurementValues>(
  measure: (values: Values, named: Named) => Measurement,
): Pick<VerbDeclaration<Values>, 'exits' | 'fault' | 'run'> {
  const measurementOf = (values: Values): Measurement => {
    const { metric, unit = '', attribute } = values;
    return measure(values, { name: metric, unit, attributes: attribute });
  };
  return {
    exits: { done: 'it is kept; with --now, delivered', failed: 'it is not kept; with --now, not delivered' },
    fault: (values) => faultOf(measurementOf(values)),
    run: (values, output) => pushOne(measurementOf(values), values, output),
  };
}

type Named = Pick<Measurement, 'name' | 'unit' | 'attributes'>;
