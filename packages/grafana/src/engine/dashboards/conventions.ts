/** What every board of the platform has in common. */
import type { RowDefinition, VariableDefinition } from '../panels/panel.ts';

/** Panels of a summary row: four to a line. */
export const SUMMARY: RowDefinition['size'] = { width: 6, height: 5 };
/** Charts: two to a line. */
export const CHART: RowDefinition['size'] = { width: 12, height: 7 };

/** Bars of what is ranked: as many as a query may answer must have room. */
export const RANKING: RowDefinition['size'] = { width: 12, height: 12 };

/** A chart of things that are counted in windows. */
export const COUNTS = { kind: 'timeseries', drawn: 'bars', unit: 'locale', decimals: 0, min: 0 } as const;

/** A chart of what windows read: shares, quantiles. */
export const READINGS = { kind: 'timeseries', drawn: 'points', min: 0 } as const;

/**
 * What a bar or a point of a chart looks back on: as long as the step between two of them, so that each run is in
 * exactly one, and a scrape more, so that none falls between two. The step is `$window` or more: a wider range has
 * wider steps.
 */
export const WINDOW = '$__rate_interval';

/** The least step of charts whose points look back. */
export const WINDOW_VARIABLE = 'window';

/** The choice behind {@link WINDOW_VARIABLE}. */
export function windowVariable(): VariableDefinition {
  return { kind: 'choice', name: WINDOW_VARIABLE, values: ['30m', '15m', '1h', '6h', '1d', '7d'] };
}

/** The cluster, whatever its label is called; `metricName` is one that every cluster of the board has. */
export function clusterVariable(clusterLabel: string, metricName: string): VariableDefinition {
  return {
    kind: 'label',
    name: 'cluster',
    query: `label_values(${metricName}, ${clusterLabel})`,
  };
}
