/** When a gateway that was started again knows what the one before it merged. */
import { waitFor } from '@ephemetry/testing';
import { type Gateway, sumOf } from './gateway.ts';

/** Resolves when it has read the notes of that. */
export function remembers(gateway: Gateway): Promise<void> {
  const hasRead = async (): Promise<boolean> =>
    sumOf(await gateway.ownMetrics(), 'otelcol_processor_filter_datapoints_filtered', /^filter.seen$/) > 0;
  return waitFor(hasRead, { what: 'the dedupe to remember', deadlineMs: 60_000 });
}
