import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import { Complaints } from './meter/complaints.ts';
import { serializeBatches } from './serialize-batches.ts';

/** Written by a serializer as it is: a text of the host, which must come out as it went in. */
const LOOKALIKE = '{"asDouble":null,"asInt":null}';

function gauges(valueType: ValueType, values: readonly number[]): ScopeMetrics[] {
  const descriptor = { name: LOOKALIKE, description: LOOKALIKE, unit: '', valueType };
  const dataPoints = values.map((value) => ({
    startTime: [1, 0] satisfies [number, number],
    endTime: [2, 0] satisfies [number, number],
    attributes: { [LOOKALIKE]: LOOKALIKE },
    value,
  }));
  const aggregationTemporality = AggregationTemporality.DELTA;
  const metric = {
    descriptor,
    aggregationTemporality,
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  } as const;
  return [{ scope: { name: 'test' }, metrics: [metric] }];
}

test.each([
  [ValueType.DOUBLE, { asDouble: 0.5 }],
  [ValueType.INT, { asInt: 0.5 }],
])(
  'a gauge without a value, %i, is written with the flag for it; others and texts are as they were',
  (type, half) => {
    const { bodies, lostDataPoints } = serializeBatches(
      gauges(type, [0.5, Number.NaN]),
      () => ({}),
      new Complaints(() => {}),
    );
    const [metric] = JSON.parse(Buffer.from(bodies[0] ?? []).toString()).resourceMetrics[0].scopeMetrics[0]
      .metrics;
    const text = { key: LOOKALIKE, value: { stringValue: LOOKALIKE } };
    const times = { startTimeUnixNano: '1000000000', timeUnixNano: '2000000000' };
    expect(metric).toEqual({
      name: LOOKALIKE,
      description: LOOKALIKE,
      unit: '',
      gauge: {
        dataPoints: [
          { attributes: [text], ...times, ...half },
          { attributes: [text], ...times, flags: 1 },
        ],
      },
    });
    expect(lostDataPoints).toBe(0);
  },
);
