import type { Attributes } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { Complaints } from './complaints.ts';
import { InstrumentState } from './instrument-state.ts';

/** A state that counts, and what it complained of. */
function createState(): {
  count: (attributes?: Attributes, by?: number) => void;
  take: () => (readonly [Attributes, number])[];
  said: string[];
} {
  const said: string[] = [];
  const state = new InstrumentState('jobs', () => ({ value: 0 }), new Complaints((text) => said.push(text)));
  return {
    count: (attributes, by = 1) => {
      state.of(attributes).value += by;
    },
    take: () => state.take().map((cell) => [cell.attributes, cell.accumulation.value] as const),
    said,
  };
}

test('no attributes and an empty set are the same set, whichever comes first', () => {
  for (const order of [
    [{}, undefined, {}],
    [undefined, {}, undefined],
  ]) {
    const { count, take } = createState();
    for (const attributes of order) count(attributes);
    expect(take()).toEqual([[{}, 3]]);
  }
});

test('the same attributes in another order are the same set: no batch has two points of one series', () => {
  const { count, take } = createState();
  count({ a: 1, b: 2 });
  count({ b: 2, a: 1 });
  count({ a: 1, b: 2, c: undefined });
  expect(take()).toEqual([[{ a: 1, b: 2 }, 3]]);
});

test('what is dropped does not make another set', () => {
  const { count, take, said } = createState();
  count({ a: 1 });
  count({ a: 1, b: Number.NaN });
  count(Object.assign({ a: 1 }, { b: { nested: true } }));
  expect(take()).toEqual([[{ a: 1 }, 3]]);
  expect(said).toEqual([
    'jobs: dropped invalid attribute values (1); allowed: strings, finite numbers, booleans and lists of one of these (said once)',
  ]);
});

test('[NaN] is dropped and does not meet [null]', () => {
  const { count, take } = createState();
  count({ list: [null] });
  count({ list: [Number.NaN] });
  expect(take()).toEqual([
    [{ list: [null] }, 1],
    [{}, 1],
  ]);
});

test('an object that is changed between two measurements is two sets', () => {
  const { count, take } = createState();
  const attributes: Record<string, string | string[]> = { role: 'author', tags: ['a'] };
  count(attributes);
  attributes.role = 'critic';
  count(attributes);
  (attributes.tags as string[]).push('b');
  count(attributes);
  expect(take()).toEqual([
    [{ role: 'author', tags: ['a'] }, 1],
    [{ role: 'critic', tags: ['a'] }, 1],
    [{ role: 'critic', tags: ['a', 'b'] }, 1],
  ]);
});

test('a getter that throws does not reach the host; the measurement counts without attributes', () => {
  const { count, take, said } = createState();
  const attributes = {
    get role(): string {
      throw new Error('on purpose');
    },
  };
  count(attributes);
  count();
  expect(take()).toEqual([[{}, 2]]);
  expect(said).toEqual([
    'jobs: reading the attributes threw an error; the value was recorded without attributes (said once)',
  ]);
});

test('a take starts anew', () => {
  const { count, take } = createState();
  count();
  count({ a: 1 });
  take();
  expect(take()).toEqual([]);
  count();
  count({ a: 1 });
  expect(take()).toEqual([
    [{}, 1],
    [{ a: 1 }, 1],
  ]);
});

test('past 1999 sets the rest is added up under otel.metric.overflow, known sets go on, nothing is lost', () => {
  const { count, take, said } = createState();
  for (let round = 0; round < 2; round += 1) for (let id = 0; id < 2500; id += 1) count({ id });
  count({ list: ['new'] });
  count();
  const cells = take();
  expect(cells).toHaveLength(2000);
  expect(cells.filter(([, value]) => value === 2)).toHaveLength(1999);
  expect(cells.at(-1)).toEqual([{ 'otel.metric.overflow': true }, 1004]);
  expect(said).toEqual([
    'jobs: more than 1999 attribute sets in one batch; the rest is added up under otel.metric.overflow=true (said once)',
  ]);
});
