import { expect, test } from 'vitest';
import { DeferredGroups } from './deferred-groups.ts';

test('a group that is told again keeps its place: what waits is as it was', () => {
  const groups = new DeferredGroups(600_000, () => 0);
  for (const host of ['a', 'b', 'c']) groups.note(host, `DiskFull: ${host}`);
  const before = groups.waiting();
  for (const host of ['b', 'a']) groups.note(host, `DiskFull: ${host}`);
  expect(groups.waiting()).toEqual(before);
});

test('what was told last is forgotten last, and what is filed waits no more', () => {
  let nowMs = 0;
  const groups = new DeferredGroups(10, () => nowMs);
  for (const host of ['a', 'b', 'c']) groups.note(host, host);
  nowMs = 10;
  groups.note('a', 'a');
  groups.remove('c');
  expect(groups.waiting()).toEqual(['a', 'b']);
  nowMs = 11;
  expect(groups.waiting()).toEqual(['a']);
});
