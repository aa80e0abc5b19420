/** The series that Prometheus must show for a set of measurements. */
import { FAB_METRICS } from '@ephemetry/contract';
import type { Sample } from '@ephemetry/testing';
import type { Measurement } from './measurement.ts';

/** Series to value, as `name{label="value",…}` with sorted labels. */
export type SeriesValues = ReadonlyMap<string, number>;

/** All values of these measurements added up, each histogram bucket among them. */
export function truthOf(measurements: Iterable<Measurement>): SeriesValues {
  const values = new Map<string, number>();
  const add = (name: string, labels: Readonly<Record<string, string>>, value: number): void => {
    const series = seriesName(name, { ...labels, job: 'fab' });
    values.set(series, (values.get(series) ?? 0) + value);
  };
  for (const { metric, labels, value } of measurements) {
    const { name, instrument } = FAB_METRICS[metric];
    if (instrument !== 'histogram') {
      add(name, labels, value);
      continue;
    }
    for (const bound of FAB_METRICS[metric].bounds) {
      add(`${name}_bucket`, { ...labels, le: String(bound) }, value <= bound ? 1 : 0);
    }
    add(`${name}_bucket`, { ...labels, le: '+Inf' }, 1);
    add(`${name}_count`, labels, 1);
    add(`${name}_sum`, labels, value);
  }
  return values;
}

/** A query's result in the same form; series that differ only in labels that are left out are added up. */
export function seriesOf(
  samples: readonly Sample[],
  leaveOut: readonly string[] = ['cluster', 'shard', 'instance'],
): SeriesValues {
  const values = new Map<string, number>();
  for (const { labels, value } of samples) {
    const { __name__ = '', ...others } = labels;
    const kept = Object.entries(others).filter(([name]) => !leaveOut.includes(name));
    const series = seriesName(__name__, Object.fromEntries(kept));
    values.set(series, (values.get(series) ?? 0) + value);
  }
  return values;
}

/** One line for each series that differs. A series that is not expected may only be 0: announced, not measured. */
export function differences(actual: SeriesValues, expected: SeriesValues): readonly string[] {
  const all = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  return all.flatMap((series) => {
    const wanted = expected.get(series) ?? 0;
    const given = actual.get(series);
    if (given === wanted || (given === undefined && wanted === 0 && !expected.has(series))) return [];
    return [`${series}: expected ${wanted}, got ${given ?? 'nothing'}`];
  });
}

function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(',')}}`;
}
