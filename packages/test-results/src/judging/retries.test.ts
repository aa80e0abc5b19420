import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runOf } from '../fixtures/read-text.ts';

const counts = (texts: readonly string[], options = {}) => {
  const { results, retried, flaky } = runOf(texts, options);
  return [results.passed, results.failed, results.error, results.skipped, retried, flaky];
};
const one = (inside: string, name = 't', more = '') =>
  `<testcase classname="c" name="${name}" ${more}>${inside}</testcase>`;
const pytest = (cases: string, tests = 0) =>
  `<testsuites name="pytest tests"><testsuite name="pytest" tests="${tests}">${cases}</testsuite></testsuites>`;
const go = (cases: string) =>
  `<testsuites><testsuite name="p"><properties><property name="go.version" value="go1.26"/></properties>${cases}</testsuite></testsuites>`;
const plain = (cases: string) => `<testsuite name="s">${cases}</testsuite>`;
const TEARDOWN = '<error message="failed on teardown with &quot;x&quot;"/>';

describe('retries inside of a case', () => {
  it.each([
    ['<flakyFailure/>', [1, 0, 0, 0, 1, 1]],
    ['<flakyError/><flakyFailure/>', [1, 0, 0, 0, 1, 1]],
    ['<failure/><rerunFailure/><rerunError/>', [0, 1, 0, 0, 1, 0]],
    ['<failure/><flakyFailure/>', [0, 1, 0, 0, 1, 1]],
    ['<error/>', [0, 0, 1, 0, 0, 0]],
  ])('%s', (inside, expected) => expect(counts([plain(one(inside))])).toEqual(expected));
});

describe('pytest', () => {
  it.each([
    [
      'a failed call and its teardown error are one failed test',
      one('<failure/>') + one(TEARDOWN),
      [0, 1, 0, 0, 0, 0],
    ],
    ['a teardown error alone is an error', one(TEARDOWN), [0, 0, 1, 0, 0, 0]],
    ['an earlier empty case was a failure', one('') + one(''), [1, 0, 0, 0, 1, 1]],
    ['a test that fails in each attempt', one('') + one('') + one('<failure/>'), [0, 1, 0, 0, 1, 0]],
    ['a rerun that fails in the teardown', one('') + one('<failure/>') + one(TEARDOWN), [0, 1, 0, 0, 1, 0]],
  ])('%s', (_what, cases, expected) => expect(counts([pytest(cases)])).toEqual(expected));
  it('--dist=each: as many tests are claimed as there are cases', () => {
    const each = one('', 'a') + one('', 'b') + one('', 'a') + one('<failure/>', 'b');
    expect(counts([pytest(each, 4)])).toEqual([3, 1, 0, 0, 0, 0]);
    expect(counts([pytest(each, 2)])).toEqual([1, 1, 0, 0, 2, 1]);
    // Beside a report of another process they are as many.
    expect(counts([pytest(each, 4), pytest(one('', 'c'), 1)])).toEqual([4, 1, 0, 0, 0, 0]);
  });
  it('the same id in two reports is a second attempt, in the order of time', () => {
    expect(counts([pytest(one('<failure/>')), pytest(one(''))])).toEqual([1, 0, 0, 0, 1, 1]);
    const at = (time: string, cases: string) =>
      pytest(cases).replace('name="pytest"', `name="pytest" timestamp="2026-01-01T00:00:${time}"`);
    expect(counts([at('09', one('<failure/>')), at('01', one(''))])).toEqual([0, 1, 0, 0, 1, 1]);
  });
  it('a skip is no outcome of the other attempts', () => {
    expect(counts([pytest(one('<failure/>')), pytest(one('<skipped/>'))])).toEqual([0, 1, 0, 0, 1, 0]);
  });
});

describe('gotestsum', () => {
  it('lists failures before passes, whatever came first', () => {
    expect(counts([go(one('<failure/>') + one(''))])).toEqual([1, 0, 0, 0, 1, 1]);
    expect(counts([go(one('') + one('<failure/>'))])).toEqual([1, 0, 0, 0, 1, 1]);
    expect(counts([go(one('<failure/>') + one('<failure/>'))])).toEqual([0, 1, 0, 0, 1, 0]);
  });
});

describe('other runners', () => {
  it('equal ids count apart', () => {
    expect(counts([plain(one('') + one('<failure/>'))])).toEqual([1, 1, 0, 0, 0, 0]);
    expect(counts([plain(one('')), plain(one(''))])).toEqual([2, 0, 0, 0, 0, 0]);
  });
  it('unless file and line agree and outcomes differ', () => {
    const at = 'file="a.rb" line="3"';
    expect(counts([plain(one('<failure/>', 't', at) + one('', 't', at))])).toEqual([1, 0, 0, 0, 1, 1]);
    expect(counts([plain(one('', 't', at) + one('', 't', at))])).toEqual([2, 0, 0, 0, 0, 0]);
  });
  it('three attempts at one file and line are one test in every order, and the last one decides', () => {
    const inside = { passed: '', failed: '<failure/>', error: '<error/>' } as const;
    const at = 'file="a.rb" line="3"';
    const attempt = fc.constantFrom('passed', 'failed', 'error');
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 2, maxLength: 5 }), fc.boolean(), (attempts, isMixed) => {
        // Another test of the same name stands between them.
        const cases = attempts.map((each) => one(inside[each], 't', at) + (isMixed ? one('', 'u') : ''));
        const { results, retried, flaky, notable } = runOf([plain(cases.join(''))]);
        const others = isMixed ? attempts.length : 0;
        const ends = new Set(attempts);
        const last = attempts.at(-1) ?? 'passed';
        const tests = ends.size === 1 ? attempts.length : 1;
        expect(results).toEqual({
          ...{ passed: others, failed: 0, error: 0, skipped: 0 },
          [last]: tests + (last === 'passed' ? others : 0),
        });
        expect(retried).toBe(ends.size === 1 ? 0 : 1);
        expect(flaky).toBe(ends.size > 1 && ends.has('passed') ? 1 : 0);
        const isNamed = ends.size > 1 || !ends.has('passed');
        expect(notable.map(({ name, attempts: counted }) => [name, counted])).toEqual(
          isNamed ? Array(tests).fill(['t', ends.size === 1 ? 1 : attempts.length]) : [],
        );
      }),
    );
  });
  it('--same-id overrides', () => {
    expect(counts([plain(one('<failure/>') + one(''))], { sameId: 'retry' })).toEqual([1, 0, 0, 0, 1, 1]);
    expect(counts([pytest(one('') + one(''))], { sameId: 'separate' })).toEqual([2, 0, 0, 0, 0, 0]);
    expect(counts([plain(one('') + one(''))], { runner: 'pytest' })).toEqual([1, 0, 0, 0, 1, 1]);
  });
});
