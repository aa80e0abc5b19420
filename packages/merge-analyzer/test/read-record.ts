import type { MetricSnapshotEvent, ThresholdCrossed } from '../src/events/metric-events.ts';
import type { Orchestrator } from './orchestrator.ts';

/** What the analyzer wrote into the outbox, oldest first. */
export async function readRecord(orchestrator: Orchestrator): Promise<{
  readonly snapshots: readonly MetricSnapshotEvent[];
  readonly crossings: readonly ThresholdCrossed[];
}> {
  const payloads = async <Payload>(kind: string): Promise<Payload[]> =>
    // The analyzer's own events: a payload of another shape fails the comparison that follows.
    (await orchestrator.events(kind)).map(({ payload }) => payload as Payload);
  return {
    snapshots: await payloads<MetricSnapshotEvent>('metric.snapshot'),
    crossings: await payloads<ThresholdCrossed>('metric.threshold_crossed'),
  };
}
