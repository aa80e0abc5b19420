import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AttributeTree } from './attribute-tree.ts';
import { attributesKey } from './attributes.ts';

test('the same entries lead to the same branch, other entries to another', () => {
  const tree = new AttributeTree<string>();
  const branch = tree.branchOf({ role: 'critic', attempt: 1 });
  expect(tree.branchOf({ role: 'critic', attempt: 1 })).toBe(branch);
  for (const other of [
    { role: 'critic' },
    { role: 'critic', attempt: '1' },
    { role: 'critic', attempt: true },
    {},
  ])
    expect(tree.branchOf(other)).not.toBe(branch);
});

/** Each of these pairs once had one key between them. */
test.each([
  [{ a: 'x', b: 'y' }, { 'a\u0001sx\u0002b': 'y' }],
  [{ a: 'x\u0002b\u0001sy' }, { a: 'x', b: 'y' }],
  [{ a: '1' }, { a: 1 }],
  [{ a: 'true' }, { a: true }],
])('%j and %j do not meet', (one, other) => {
  const tree = new AttributeTree<string>();
  expect(tree.branchOf(one)).not.toBe(tree.branchOf(other));
});

test('a list has no branch: it may be changed in place', () => {
  expect(new AttributeTree<string>().branchOf({ list: ['a'] })).toBeUndefined();
});

test('inherited properties are no attributes', () => {
  const tree = new AttributeTree<string>();
  expect(tree.branchOf(Object.create({ role: 'critic' }))).toBe(tree.branchOf({}));
});

test('ever new values do not fill the memory', () => {
  const tree = new AttributeTree<number>();
  const first = tree.branchOf({ id: 0 });
  for (let id = 1; id <= 20_000; id += 1) tree.branchOf({ id });
  expect(tree.branchOf({ id: 0 })).not.toBe(first);
});

test('whatever sets come, a branch belongs to one set only', () => {
  const text = fc.oneof(fc.string({ maxLength: 2 }), fc.constantFrom('a', 'b', '\u0001', '\u0002'));
  const set = fc.dictionary(text, fc.oneof(text, fc.integer({ min: 0, max: 2 }), fc.boolean()), {
    maxKeys: 3,
  });
  fc.assert(
    fc.property(fc.array(set, { maxLength: 20 }), (all) => {
      const tree = new AttributeTree<string>();
      for (const attributes of all) {
        const branch = tree.branchOf(attributes);
        if (branch === undefined) throw new Error('only lists have no branch');
        branch.leaf ??= attributesKey(attributes);
        expect(branch.leaf).toBe(attributesKey(attributes));
      }
    }),
  );
});
