/** Which failures are called new or more. */
import { expect, test } from 'vitest';
import type { AgentRun } from '../facts/agent-run.ts';
import { toFailure, WRONG_RESULT } from '../failure/failure.ts';
import { runs } from '../fixtures/counted-runs.ts';
import { compareRuns } from './compare-runs.ts';

test('failures are new or more only where chance does not explain them', () => {
  const failure = toFailure({
    kind: 'tool.call',
    place: 't',
    fault: { code: 'X', message: '', class: undefined },
    finishReason: undefined,
    seq: 1,
  });
  const having = (count: number): AgentRun[] => [
    ...runs(count, 0, { failures: [failure] }),
    ...runs(100 - count, 100),
  ];
  const verdicts = (before: number, now: number): string | undefined =>
    compareRuns(having(before), having(now)).clusters[0]?.verdict;
  expect([
    verdicts(0, 12),
    verdicts(0, 2),
    verdicts(5, 30),
    verdicts(5, 6),
    verdicts(30, 5),
    verdicts(12, 0),
  ]).toEqual(['new', 'first_seen', 'more', 'no_difference', 'fewer', 'gone']);
});

test('as many clusters as runs take no longer for each of them', () => {
  const window = (name: string, count: number): AgentRun[] =>
    runs(count, 0).map((run, index) => {
      const failure = { ...WRONG_RESULT, cluster: `${name} ${index}` };
      return { ...run, scenario: `s${index % 50}`, failures: [failure], primary: failure };
    });
  const time = (count: number): number => {
    const [baseline, current] = [window('before', count), window('now', count)];
    const before = process.cpuUsage();
    const { clusters } = compareRuns(baseline, current, { by: [], gates: ['success'] });
    const { user, system } = process.cpuUsage(before);
    expect(clusters).toHaveLength(2 * count);
    return user + system;
  };
  time(250);
  // 16 times the runs; once through all of them for each cluster would take 256 times as long.
  expect(time(4000)).toBeLessThan(80 * time(250) + 1e6);
});

test('two runs make no new failure, however few there were to have it', () => {
  const failure = toFailure({
    kind: 'tool.call',
    place: 't',
    fault: { code: 'X', message: '', class: undefined },
    finishReason: undefined,
    seq: 1,
  });
  const current = [...runs(2, 0, { failures: [failure] }), ...runs(18, 18)];
  expect(compareRuns(runs(1000, 1000), current).clusters[0]?.verdict).toBe('first_seen');
});
