/** A run as differences from a list is the same run. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { turned } from '../../src/history/flips.ts';
import {
  contentOf,
  decodeDifferences,
  differencesFrom,
  encodeDifferences,
  keysThatRan,
  ownList,
  stateIn,
} from '../../src/history/run-content.ts';
import { judgeRun } from '../../src/judging/judge-run.ts';
import { outcomeIn } from '../../src/judging/test-state.ts';
import { readReport } from '../../src/reading/read-report.ts';
import { runOf } from './run-of.ts';

const went = fc.dictionary(
  fc.integer({ min: 0, max: 40 }).map((number) => `t${number}`),
  fc.constantFrom('+', '+', '+', '-', 's', '-+', '+-'),
);

describe('a stored run', () => {
  it('is the run, whatever list it differs from', () => {
    fc.assert(
      fc.property(went, went, (first, second) => {
        const list = ownList(contentOf(runOf(first).tests)).list;
        const run = runOf(second);
        const stored = differencesFrom(list, contentOf(run.tests));
        const read = decodeDifferences(list, encodeDifferences(stored));
        for (let index = 0; index < run.tests.size; index++) {
          const { high, low } = run.tests.fingerprintAt(index);
          const state = stateIn(read, (BigInt(high) << 32n) | BigInt(low));
          expect(state === undefined ? undefined : outcomeIn(state)).toBe(
            outcomeIn(run.tests.stateAt(index)),
          );
        }
        const ran = run.results.passed + run.results.failed;
        expect([...keysThatRan(read)]).toHaveLength(ran);
      }),
    );
  });

  it('turned from another one in exactly the tests that passed in one and failed in the other', () => {
    fc.assert(
      fc.property(went, went, went, (base, first, second) => {
        const list = ownList(contentOf(runOf(base).tests)).list;
        const one = differencesFrom(list, contentOf(runOf(first).tests));
        const other = ownList(contentOf(runOf(second).tests));
        const last = (attempts: string | undefined) => attempts?.at(-1);
        const names = Object.keys(first).filter((name) => {
          const pair = [last(first[name]), last(second[name])].toSorted().join('');
          return pair === '+-';
        });
        expect(turned(one, other)).toHaveLength(names.length);
      }),
    );
  });

  it('has several tests of one name once: with the outcome that they share, or without one', () => {
    const cases = (outcomes: readonly string[]) =>
      outcomes.map((inside) => `<testcase classname="c" name="n">${inside}</testcase>`).join('');
    const outcomeOf = (...outcomes: readonly string[]) => {
      const report = readReport([Buffer.from(`<testsuite>${cases(outcomes)}</testsuite>`)], {
        categoryOf: () => 0,
      });
      const run = judgeRun([{ ...report, path: '', modifiedUnixMs: 0 }], {
        lost: 0,
        categories: ['unknown'],
      });
      expect(run.tests.size).toBe(outcomes.length);
      const content = ownList(contentOf(run.tests));
      expect(content.list.length + content.otherKeys.length).toBe(1);
      return content.list.length === 1 ? 'passed' : outcomeIn(content.otherStates[0] ?? 0);
    };
    expect(outcomeOf('', '')).toBe('passed');
    expect(outcomeOf('<failure/>', '<failure/>')).toBe('failed');
    expect(outcomeOf('', '<failure/>')).toBe('skipped');
    expect(outcomeOf('<failure/>', '', '')).toBe('skipped');
    expect(outcomeOf('<error/>', '<failure/>', '<failure/>')).toBe('skipped');
  });
});
