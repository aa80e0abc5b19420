/** Events as what is measured: the contract's metrics with their labels. */
import { FORGE_METRICS, UNKNOWN } from '@ephemetry/contract';
import type { RequestOutcome } from '../api/forge-client.ts';
import type { ForgeRepository } from '../forge-repository.ts';
import type { ForgeEvent } from './forge-event.ts';

/** The metrics that count, by their keys in the contract. */
export const COUNTED_KEYS = [
  'issueEvents',
  'changeEvents',
  'changeMerge',
  'pipelineRun',
  'requests',
] as const;
export type CountedKey = (typeof COUNTED_KEYS)[number];

/** Added to a counter, or recorded in a histogram. */
export interface ForgeMeasurement {
  readonly key: CountedKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What an event is measured as. */
export function measurementOf(event: ForgeEvent, repository: ForgeRepository): ForgeMeasurement {
  const { name, label = name, pipelines = [] } = repository;
  switch (event.kind) {
    case 'issue':
      return { key: 'issueEvents', labels: { repository: label, event: event.event }, value: 1 };
    case 'change':
      return { key: 'changeEvents', labels: { repository: label, event: event.event }, value: 1 };
    case 'merge':
      return { key: 'changeMerge', labels: { repository: label }, value: event.seconds };
    case 'run': {
      const pipeline = pipelines.includes(event.workflow) ? event.workflow : UNKNOWN;
      const labels = { repository: label, pipeline, result: event.result };
      return { key: 'pipelineRun', labels, value: event.seconds };
    }
  }
}

/** Requests by how they ended. */
export function requestMeasurements(
  requests: ReadonlyMap<RequestOutcome, number>,
): readonly ForgeMeasurement[] {
  return [...requests].map(([outcome, value]) => ({ key: 'requests', labels: { outcome }, value }));
}

/** Upper bounds of the histogram's buckets; undefined of a counter. */
export function boundsOf(key: CountedKey): readonly number[] | undefined {
  const metric = FORGE_METRICS[key];
  return 'bounds' in metric ? metric.bounds : undefined;
}
