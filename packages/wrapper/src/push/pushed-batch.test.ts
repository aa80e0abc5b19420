import { expect, test } from 'vitest';
import type { Measurement } from './measurement.ts';
import { PushedBatch } from './pushed-batch.ts';

const counter = (name: string): Measurement => ({
  kind: 'counter',
  name,
  value: 1,
  unit: '',
  attributes: {},
});

test('remembers so many names, and takes those that it knows from then on', () => {
  const batch = new PushedBatch(0);
  for (let n = 1; n <= 10_000; n += 1) expect(batch.add(counter(`file_${n}_total`))).toBeUndefined();
  batch.take(1);
  expect(batch.add(counter('one_more_total'))).toContain('allowed: 10000 names');
  expect(batch.isEmpty()).toBe(true);
  expect(batch.add(counter('file_1_total'))).toBeUndefined();
  expect(batch.add({ ...counter('file_1_total'), kind: 'gauge' } as Measurement)).toContain('rename one');
});
