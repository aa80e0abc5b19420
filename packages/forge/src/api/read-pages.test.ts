import { expect, test } from 'vitest';
import type { ForgeClient } from './forge-client.ts';
import { readPages } from './read-pages.ts';

interface Entry {
  readonly number: number;
  readonly title: string;
}

/** Sends nothing, and says that there are two. */
const CLIENT: ForgeClient = {
  get: async (_path, parse) => ({ kind: 'answer', value: parse(null), total: 2, forgeNowMs: undefined }),
};

test('an entry that a page lists twice is taken once, as it stands there last', async () => {
  const old: Entry = { number: 1, title: 'old' };
  const other: Entry = { number: 2, title: 'other' };
  const newer: Entry = { number: 1, title: 'newer' };
  const taken: (readonly Entry[])[] = [];
  const list = await readPages<Entry>({
    client: CLIENT,
    path: '/issues',
    parse: () => ({ entries: [old, other, newer], total: undefined }),
    keyOf: ({ number }) => number,
    take: async (page) => void taken.push(page),
  });
  expect(taken).toEqual([[newer, other]]);
  expect(list).toMatchObject({ kind: 'list', keys: new Set([1, 2]), unlisted: 0 });
});
