/** Metrics in OTLP/JSON, as the examples of the rules are made of them. */
import type { TimeAt } from './rule.ts';

const DELTA = { aggregationTemporality: 1 };
export const CUMULATIVE = { aggregationTemporality: 2 };

export function now(at: TimeAt, offsetSeconds = 0): object {
  return { startTimeUnixNano: at(offsetSeconds), timeUnixNano: at(offsetSeconds) };
}

export function labelled(key: string, value: string): object {
  return { attributes: [{ key, value: { stringValue: value } }] };
}

export function sum(name: string, dataPoints: readonly object[]): object {
  return { name, sum: { ...DELTA, isMonotonic: true, dataPoints } };
}

export function gauge(name: string, dataPoint: object): object {
  return { name, gauge: { dataPoints: [dataPoint] } };
}

export function histogram(name: string, dataPoint: object): object {
  return { name, histogram: { ...DELTA, dataPoints: [dataPoint] } };
}
