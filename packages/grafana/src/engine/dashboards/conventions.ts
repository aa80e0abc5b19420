/** What every board of the platform has in common. */
import type { RowDefinition, VariableDefinition } from '../panels/panel.ts';

/** Panels of a summary row: four to a line. */
export const SUMMARY: RowDefinition['size'] = { width: 6, height: 5 };
/** Charts: two to a line. */
export const CHART: RowDefinition['size'] = { width: 12, height: 7 };

/** A chart of things that are counted. */
export const COUNTS = { kind: 'timeseries', unit: 'short', min: 0 } as const;

/**
 * What a point of a chart looks back on. Runs are rare: over the seconds between two samples nearly every rate is 0,
 * and one run is a spike that says nothing.
 */
export const WINDOW = '$window';

/** The choice behind {@link WINDOW}. */
export function windowVariable(): VariableDefinition {
  return { kind: 'choice', name: 'window', values: ['1h', '15m', '6h', '1d', '7d'] };
}

/** The cluster, whatever its label is called; `metricName` is one that every cluster of the board has. */
export function clusterVariable(clusterLabel: string, metricName: string): VariableDefinition {
  return {
    kind: 'label',
    name: 'cluster',
    query: `label_values(${metricName}, ${clusterLabel})`,
  };
}
