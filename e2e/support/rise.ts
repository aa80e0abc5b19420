import { type Prometheus, querySamples } from '@ephemetry/testing';
import { type SeriesValues, seriesOf } from './truth.ts';

/**
 * How much each series of a service rose in all, with restarts of the gateway: what `increase()` says without its
 * extrapolation. A value below the one before is a reset; the value after it counts in full, and a first value
 * counts not at all, as in Prometheus.
 */
export async function riseOf(prometheus: Prometheus, job = 'fab'): Promise<SeriesValues> {
  const ranges = await querySamples(prometheus.url, `{job="${job}"}[1h]`);
  const rises = ranges.map(({ labels, samples }) => ({
    labels,
    value: riseOfSamples(samples.map(([, value]) => value)),
    timeSeconds: 0,
  }));
  return seriesOf(rises);
}

function riseOfSamples(values: readonly number[]): number {
  let rise = 0;
  values.forEach((value, index) => {
    const before = values[index - 1];
    if (before !== undefined) rise += value >= before ? value - before : value;
  });
  return rise;
}
