/** What is said of two windows: found where something is planted, silent where nothing is, and never more sure than the runs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentRun } from '../facts/agent-run.ts';
import { toFailure } from '../failure/failure.ts';
import { runs, wholeOf } from '../fixtures/counted-runs.ts';
import { ERROR_BUDGET, familyBudgets, metricBudgets } from './budget.ts';
import { compareRuns } from './compare-runs.ts';
import { partingStep } from './explain.ts';
import { METRIC_NAMES } from './metrics.ts';
import { summarise } from './slice-summary.ts';

describe('the verdict on success', () => {
  test.each<[string, AgentRun[], AgentRun[], string]>([
    ['degraded', runs(100, 80), runs(100, 55), 'degraded'],
    ['improved', runs(100, 55), runs(100, 80), 'improved'],
    ['no difference', runs(100, 80), runs(100, 78), 'no_difference'],
    ['too few runs', runs(19, 19), runs(100, 10), 'too_few_runs'],
    ['not comparable', runs(100, 80), runs(100, 10, { scenario: 's2' }), 'not_comparable'],
    ['not comparable with an empty side', runs(100, 80), [], 'not_comparable'],
    ['suspect, as success is unknown too often', runs(100, 80), [...runs(80, 20), ...unknown(20)], 'suspect'],
    ['suspect, as it is unknown in one window', runs(100, 80), [...runs(100, 40), ...unknown(6)], 'suspect'],
    ['suspect, as it is unknown of all current runs', timed(100, 80), timed(100, undefined), 'suspect'],
    ['suspect, as nobody says it', timed(100, undefined), timed(100, undefined), 'suspect'],
    [
      'not comparable, though durations are',
      [...timed(30, 20), ...timed(2, undefined, 's2')],
      [...timed(2, undefined), ...timed(30, 20, 's2')],
      'not_comparable',
    ],
  ])('is %s', (_, baseline, current, verdict) => {
    const comparison = compareRuns(baseline, current);
    expect(wholeOf(comparison).verdict).toBe(verdict);
    expect(comparison.verdict).toBe(verdict);
  });

  test('needs the floor: a certain change of less than 2 points is none', () => {
    const comparison = compareRuns(runs(10_000, 9000), runs(10_000, 8825));
    expect(wholeOf(comparison).pAdjusted?.worse).toBeLessThan(1e-3);
    expect(wholeOf(comparison).verdict).toBe('no_difference');
    const exactly = compareRuns(runs(10_000, 9000), runs(10_000, 8800));
    expect(wholeOf(exactly).verdict).toBe('degraded');
    const floors = new Map([['success', 2.1]] as const);
    expect(wholeOf(compareRuns(runs(10_000, 9000), runs(10_000, 8800), { floors })).verdict).toBe(
      'no_difference',
    );
  });
});

/** Runs whose durations can be compared, whatever is known of their success. */
function timed(count: number, passed: number | undefined, scenario = 's1'): AgentRun[] {
  const known = passed === undefined ? unknown(count) : runs(count, passed);
  return known.map((run) => ({ ...run, scenario, durationMs: 1000 }));
}

function unknown(count: number): AgentRun[] {
  return runs(count, 0).map((run) => ({ ...run, success: undefined, primary: undefined }));
}

test('a change of mix is no change of the runs', () => {
  // Both scenarios are as before; the hard one runs more often now.
  const baseline = [...runs(150, 135, { scenario: 'easy' }), ...runs(50, 10, { scenario: 'hard' })];
  const current = [...runs(50, 45, { scenario: 'easy' }), ...runs(150, 30, { scenario: 'hard' })];
  const whole = wholeOf(compareRuns(baseline, current));
  expect(whole.verdict).toBe('no_difference');
  expect(whole.measured.change?.estimate).toBeCloseTo(0, 12);
  const { crude, mix } = summarise(whole);
  expect(crude).toBeCloseTo(-0.35, 12);
  expect(mix).toBeCloseTo(-0.35, 12);
});

test('models are taken together, and it is said, where they are others than before', () => {
  const comparison = compareRuns(runs(100, 80, { model: 'm1' }), runs(100, 50, { model: 'm2' }));
  expect(comparison.strata.by).toBe('scenario');
  expect(comparison.warnings.join()).toContain('whatever their model is');
  expect(comparison.verdict).toBe('degraded');
  expect(comparison.differs.map(({ name, value }) => `${name} ${value}`).sort()).toEqual([
    'model m1',
    'model m2',
  ]);
});

test('where scenarios are others than before no model is blamed for it', () => {
  const { warnings } = compareRuns(runs(40, 30), [...runs(30, 20), ...runs(30, 20, { scenario: 's2' })]);
  expect(warnings[0]).toMatch(/^fewer than 9 of 10 runs have a partner of their scenario and model: /);
});

test('runs without scenario are one stratum, with a warning about the mix', () => {
  const bare = { scenario: undefined, model: undefined };
  const { strata, warnings, verdict } = compareRuns(runs(60, 50, bare), runs(60, 20, bare));
  expect([strata.by, verdict]).toEqual(['nothing', 'degraded']);
  expect(warnings[0]).toContain('a change of mix cannot be told apart');
});

/** Runs of which the first ones tell their duration in another unit. */
function lasting(ms: number, mistaken = 0): AgentRun[] {
  return runs(60, 60).map((run, index) => {
    const durationMs = ms * (1 + (index % 7) / 50);
    const suspectDuration = { saidMs: durationMs / 1000, observedMs: durationMs };
    return index < mistaken
      ? { ...run, durationMs: undefined, suspectDuration }
      : { ...run, durationMs, suspectDuration: undefined };
  });
}

test('durations are compared by their ratio', () => {
  const whole = wholeOf(compareRuns(lasting(1000), lasting(1300)), 'duration');
  expect(whole.verdict).toBe('degraded');
  expect(whole.measured.change?.estimate).toBeCloseTo(1.3, 1);
});

test.each<[string, number, number, string]>([
  ['one is left out, and the others are compared', 0, 1, 'degraded'],
  ['as many on both sides are left out', 5, 5, 'degraded'],
  ['5 points more in one window are suspect', 0, 3, 'suspect'],
  ['more than a tenth are suspect', 7, 7, 'suspect'],
])('of mistaken units %s', (_, before, now, verdict) => {
  const comparison = compareRuns(lasting(1000, before), lasting(1300, now));
  expect(wholeOf(comparison, 'duration').verdict).toBe(verdict);
  expect(comparison.leftOut.suspectDurations).toHaveLength(before + now);
});

test('a tail that grows is found where the median stays', () => {
  const window = (slow: number): AgentRun[] =>
    runs(200, 200).map((run, index) => ({ ...run, durationMs: index < slow ? 60_000 : 1000 + (index % 50) }));
  const gates = ['duration', 'duration-tail'] as const;
  const comparison = compareRuns(window(2), window(18), { gates, by: [] });
  expect(wholeOf(comparison, 'duration').verdict).toBe('no_difference');
  const { verdict, measured } = wholeOf(comparison, 'duration-tail');
  expect(verdict).toBe('degraded');
  // 20 of 400 are slow: the p95 of both windows is the largest of the others.
  expect([measured.baseline.value, measured.current.value]).toEqual([0.01, 0.09]);
  expect(wholeOf(compareRuns(window(9), window(9), { gates, by: [] }), 'duration-tail').verdict).toBe(
    'no_difference',
  );
});

test('cancelled runs are left out and counted, runs without an end have a rate of their own', () => {
  const cancelled = runs(7, 0).map((run) => ({ ...run, state: 'cancelled' as const }));
  const unfinished = runs(40, 0).map((run) => ({ ...run, state: 'unfinished' as const, success: undefined }));
  const comparison = compareRuns([...runs(100, 80), ...cancelled], [...runs(60, 48), ...unfinished]);
  expect(comparison.leftOut.cancelled).toEqual({ baseline: 7, current: 0 });
  expect(wholeOf(comparison).measured.current.n).toBe(60);
  expect(wholeOf(comparison, 'unfinished').verdict).toBe('degraded');
});

test('a run that both windows have stays in the baseline alone', () => {
  const baseline = runs(50, 40);
  const { leftOut } = compareRuns(baseline, [...baseline.slice(0, 9), ...runs(50, 40)]);
  expect(leftOut.inBoth).toBe(9);
});

test('the change of success is the sum over the clusters of failures', () => {
  const clusters = ['a', 'b', 'c'].map((code) =>
    toFailure({
      kind: 'tool.call',
      place: code,
      fault: { code, message: '', class: undefined },
      finishReason: undefined,
      seq: 1,
    }),
  );
  const run = fc.record({
    scenario: fc.constantFrom('s1', 's2', 's3'),
    outcome: fc.integer({ min: 0, max: 3 }),
  });
  const window = fc.array(run, { minLength: 1, maxLength: 30 });
  const toRuns = (given: readonly { scenario: string; outcome: number }[]): AgentRun[] =>
    given.flatMap(({ scenario, outcome }) => {
      const primary = clusters[outcome - 1];
      return runs(1, primary === undefined ? 1 : 0, {
        scenario,
        ...(primary === undefined ? {} : { primary }),
      });
    });
  fc.assert(
    fc.property(window, window, (baseline, current) => {
      const { explained, measured } = wholeOf(compareRuns(toRuns(baseline), toRuns(current)));
      const sum = explained.reduce((total, { change }) => total + change, 0);
      expect(sum).toBeCloseTo(measured.change?.estimate ?? 0, 10);
    }),
  );
});

test('examples are pairs of one scenario, with the step at which they part', () => {
  const step = (tool: string, status: 'ok' | 'error') => ({
    type: 'tool.call',
    tool,
    status,
    cluster: undefined,
  });
  const baseline = runs(60, 55, { steps: [step('search', 'ok'), step('book', 'ok')] });
  const current = runs(60, 20, { steps: [step('search', 'ok'), step('book', 'error')] });
  const { examples } = wholeOf(compareRuns(baseline, current));
  expect(examples).toHaveLength(1);
  expect(examples[0]).toMatchObject({ scenario: 's1', partsAt: { step: 2 } });
  expect(partingStep([step('a', 'ok')], [step('a', 'ok')])).toBeUndefined();
  expect(partingStep([], [step('a', 'ok')])).toMatchObject({ step: 1, passed: undefined });
});

test('a scenario too small to judge is listed when it is lost, beside what chance would list', () => {
  const small = (scenario: string, passed: number): AgentRun[] => runs(3, passed, { scenario });
  const { lost } = compareRuns([...small('a', 3), ...small('b', 3)], [...small('a', 0), ...small('b', 3)]);
  expect(lost.scenarios).toEqual(['a']);
  // Of 6 runs 3 passed: one of 20 ways puts them all before.
  expect(lost.expectedByChance).toBeCloseTo(1 / 20, 12);
});

describe('the error budget', () => {
  test.each([
    [['success', 'tool-failure', 'duration']],
    [['success']],
    [['duration', 'tokens']],
    [[]],
    [METRIC_NAMES],
  ] as const)('is never more than 0.05: %j', (gates) => {
    const sum = [...metricBudgets(gates).values()].reduce((total, each) => total + each, 0);
    expect(sum).toBeLessThanOrEqual(ERROR_BUDGET + 1e-12);
  });

  test('gives success of all runs 0.015: a change of 3.01 standard errors is found four times in five', () => {
    const families = (['whole', 'singles', 'singles', 'pairs'] as const).map((kind) => ({ kind, tests: 1 }));
    expect(
      familyBudgets(metricBudgets(['success', 'duration']).get('success') ?? 0, families)[0],
    ).toBeCloseTo(0.015, 12);
  });
});
