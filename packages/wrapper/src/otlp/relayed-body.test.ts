import { expect, test } from 'vitest';
import { type PassedPoint, relayedBody } from './relayed-body.ts';

const BATCH = { runId: 'run', sequence: 3, resource: {} };
const SCOPE = { name: 'app', version: '', attributes: [] };

/** Counts how often it is written out. */
class Counted {
  count = 0;

  toJSON(): object {
    this.count += 1;
    return { stringValue: 'java -cp …' };
  }
}

function point(name: string, value: number, resource: PassedPoint['resource']): PassedPoint {
  const times = { startUnixNano: 1n, timeUnixNano: 2n };
  return {
    resource,
    scope: SCOPE,
    metric: { name, unit: '', description: '' },
    attributes: [{ key: 'n', value: { intValue: String(value) } }],
    kind: 'counter',
    bounds: [],
    delta: { ...times, value, counts: [], sum: undefined },
  };
}

test('writes a resource once, however many points are of it', () => {
  const value = new Counted();
  const resources = [[{ key: 'process.command_line', value }], [{ key: 'host.name', value: {} }]] as const;
  const points = Array.from({ length: 100 }, (_, n) => point(`m${n % 2}`, n, resources[n % 2] ?? []));
  const body: unknown = JSON.parse(Buffer.from(relayedBody(points, BATCH)).toString());
  expect(value.count).toBe(1);
  const ofResource = (key: string, name: string): object => ({
    resource: { attributes: [{ key: 'service.instance.id' }, { key: 'ephemetry.batch.sequence' }, { key }] },
    scopeMetrics: [{ metrics: [{ name, sum: { dataPoints: Array.from({ length: 50 }, () => ({})) } }] }],
  });
  expect(body).toMatchObject({
    resourceMetrics: [ofResource('process.command_line', 'm0'), ofResource('host.name', 'm1')],
  });
});

test('a gauge without a value is passed on as one', () => {
  const gauge: PassedPoint = { ...point('depth', 1, []), kind: 'gauge' };
  const delta = { ...gauge.delta, value: Number.NaN };
  const body = JSON.parse(Buffer.from(relayedBody([{ ...gauge, delta }], BATCH)).toString());
  const [{ gauge: written }] = body.resourceMetrics[0].scopeMetrics[0].metrics;
  const times = { startTimeUnixNano: '1', timeUnixNano: '2' };
  expect(written).toEqual({ dataPoints: [{ attributes: gauge.attributes, ...times, flags: 1 }] });
});
