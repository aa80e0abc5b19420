import { expect, test } from 'vitest';
import { MEMORY_LIMIT_BYTES } from '../memory-limit.ts';
import { UnspooledBatches } from './unspooled-batches.ts';

function create(texts: readonly string[]): { batches: UnspooledBatches; save: (room?: number) => string[] } {
  const batches = new UnspooledBatches();
  for (const text of texts) batches.add(Buffer.from(text));
  const save = (room = Number.POSITIVE_INFINITY): string[] => {
    const taken: string[] = [];
    batches.save((body) => taken.length < room && taken.push(Buffer.from(body).toString()) > 0);
    return taken;
  };
  return { batches, save };
}

test('what the thread has settled is not saved, the rest in its order and as far as there is room', () => {
  const { batches, save } = create(['a', 'b', 'c', 'd']);
  batches.settle({ below: 1, open: [] });
  expect(batches.unsent()).toBe(3);
  expect(save(2)).toEqual(['b', 'c']);
  expect(batches.unsent()).toBe(1);
  expect(save()).toEqual(['d']);
  expect(save()).toEqual([]);
  expect(batches.unsent()).toBe(0);
});

test('a batch that is settled after it was saved is in one count', () => {
  const { batches, save } = create(['a', 'b']);
  save();
  batches.settle({ below: 1, open: [] });
  expect(batches.unsent()).toBe(0);
  batches.add(Buffer.from('c'));
  expect(batches.unsent()).toBe(1);
  batches.settle({ below: 3, open: [] });
  expect(batches.unsent()).toBe(0);
});

test('past the limit the oldest is gone, and stays unsent unless the thread gets it out', () => {
  const { batches, save } = create(['old']);
  batches.add(Buffer.alloc(MEMORY_LIMIT_BYTES));
  expect(batches.unsent()).toBe(2);
  expect(save()).toHaveLength(1);
  expect(batches.unsent()).toBe(1);
  batches.settle({ below: 1, open: [] });
  expect(batches.unsent()).toBe(0);
});

test('what the thread holds is saved, though what came after it is settled', () => {
  const { batches, save } = create(['a', 'held', 'c', 'd']);
  batches.settle({ below: 3, open: [1] });
  expect(batches.unsent()).toBe(2);
  expect(save(1)).toEqual(['held']);
  expect(batches.unsent()).toBe(1);
  expect(save()).toEqual(['d']);
  batches.settle({ below: 4, open: [1] });
  expect(batches.unsent()).toBe(0);
  batches.settle({ below: 4, open: [] });
  expect(batches.unsent()).toBe(0);
});
