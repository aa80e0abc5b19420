import { REFUSING_FILTERS, STORE_LIMITS_FILTER } from '@ephemetry/contract';
import type { Queries } from '../../engine/promql/queries.ts';

/** The filters of the gateway whose points are in no total. */
export function refusingFilters({ store }: Queries): readonly string[] {
  return store === 'victoria-metrics' ? [...REFUSING_FILTERS, STORE_LIMITS_FILTER] : REFUSING_FILTERS;
}
