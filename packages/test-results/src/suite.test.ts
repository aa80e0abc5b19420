import { describe, expect, it } from 'vitest';
import { categoryFinder } from './suite.ts';

describe('the category of a file', () => {
  const find = categoryFinder({ name: 'app', categories: [{ name: 'deep', patterns: ['**/a/**/c'] }] }, '/w');
  it('is that of its path below the folder that patterns start from', () => {
    expect(['/w/a/c', './x/a/b/c', 'c', ''].map(find)).toEqual([1, 1, 0, 0]);
  });
  it('may have one of several globs', () => {
    const patterns = ['{tests/**,lib/*.py,[ab]?}', '**/*.{ts,tsx}'];
    const either = categoryFinder({ name: 'app', categories: [{ name: 'either', patterns }] }, '/w');
    expect(['tests/a/b.py', 'lib/a.py', 'b1', 'x/y.tsx'].map(either)).toEqual([1, 1, 1, 1]);
    expect(['lib/a/b.py', 'c1', 'x/y.tsz', '{tests/**'].map(either)).toEqual([0, 0, 0, 0]);
  });
  it('is none for a path that no system has, which a pattern would look through for hours', () => {
    expect(find(`${'a/'.repeat(400)}c`)).toBe(1);
    expect(find(`${'a/'.repeat(600)}c`)).toBe(0);
    expect(find(`/w/${'a/'.repeat(499)}c`)).toBe(1);
    expect(find('a/'.repeat(2_000_000))).toBe(0);
  });
});
