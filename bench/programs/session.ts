/** What one role session of fab records: each metric of a session once, tokens once a direction. */
import { FAB_METRICS, type MetricDefinition } from '@ephemetry/contract';
import type { Meter, MetricOptions } from '@opentelemetry/api';

const ROLE = { role: 'product', phase: 'discovery', group: 'factory' };

/** Records a session; called again it records another one. */
export type RecordSession = () => void;

/** Creates the instruments of a session. */
export function createSession(meter: Meter): RecordSession {
  const sessions = counter(meter, FAB_METRICS.agentSessions);
  const outcomes = counter(meter, FAB_METRICS.sessionOutcomes);
  const selfEval = counter(meter, FAB_METRICS.selfEval);
  const advisorCalls = counter(meter, FAB_METRICS.advisorCalls);
  const revisions = counter(meter, FAB_METRICS.revisions);
  const tokens = counter(meter, FAB_METRICS.tokens);
  const costUsd = counter(meter, FAB_METRICS.costUsd);
  const duration = meter.createHistogram(FAB_METRICS.roleSessionDuration.name, {
    unit: FAB_METRICS.roleSessionDuration.unit,
    advice: { explicitBucketBoundaries: [...FAB_METRICS.roleSessionDuration.bounds] },
  });
  return () => {
    sessions.add(1, { ...ROLE });
    outcomes.add(1, { ...ROLE, outcome: 'completed' });
    selfEval.add(1, { ...ROLE, result: 'pass' });
    advisorCalls.add(2, { ...ROLE });
    revisions.add(1, { ...ROLE });
    tokens.add(18_204, { ...ROLE, direction: 'input' });
    tokens.add(2_311, { ...ROLE, direction: 'output' });
    costUsd.add(0.42, { ...ROLE });
    duration.record(93.7, { ...ROLE });
  };
}

function counter(meter: Meter, metric: MetricDefinition): ReturnType<Meter['createCounter']> {
  const { name, unit, description } = metric;
  return meter.createCounter(name, { unit, description, valueType: valueTypeOf(metric) });
}

/** `ValueType` of the API by its values: importing the API would cost a program that needs nothing else of it 20 ms. */
function valueTypeOf({ valueType }: MetricDefinition): NonNullable<MetricOptions['valueType']> {
  return valueType === 'int' ? 0 : 1;
}
