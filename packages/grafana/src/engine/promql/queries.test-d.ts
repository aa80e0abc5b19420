/** What must not compile. Checked by `tsc`; nothing here ever runs. */
import { FAB_METRICS, GATEWAY_METRICS } from '@ephemetry/contract';
import { createQueries, type Queries } from './queries.ts';

const queries: Queries = createQueries({ clusterLabel: 'cluster', variables: {} });

export const rightLabels = (): string =>
  queries.increase(FAB_METRICS.tokens, {
    window: '1h',
    by: ['cluster', 'phase', 'direction'],
    where: { role: 'sre' },
  });

export const misspelledMetric = (): string =>
  // @ts-expect-error a misspelled metric
  queries.increase(FAB_METRICS.token, { window: '1h' });

export const misspelledGrouping = (): string =>
  // @ts-expect-error a misspelled label
  queries.increase(FAB_METRICS.tokens, { window: '1h', by: ['phases'] });

export const misspelledMatcher = (): string =>
  // @ts-expect-error a misspelled label
  queries.increase(FAB_METRICS.tokens, { window: '1h', where: { roles: 'sre' } });

export const labelOfAnother = (): string =>
  // @ts-expect-error a label that another metric has
  queries.series(GATEWAY_METRICS.queueSize, { filter: 'x' });

export const groupingOfAnother = (): string =>
  // @ts-expect-error a label that another metric has
  queries.quantile(0.5, FAB_METRICS.roleSessionDuration, { window: '1h', by: ['result'] });

export const unknownFamily = (): string =>
  // @ts-expect-error a family that the contract does not have
  queries.seriesCount('fabs');
