import type { Thresholds } from '@ephemetry/statistics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Outline, outlines, plainRates, REAL, repeat, SMALL, toMerges } from '../../test/histories.ts';
import { readRates } from '../events/metric-events.ts';
import { type AnalyzerConfiguration, assertConfiguration, ratesOf } from './configuration.ts';
import { formatScope } from './crossing.ts';
import { foldMerge } from './fold-merge.ts';
import type { Merge } from './merge.ts';
import { EMPTY_STATE, foldMerges, type MergeState } from './merge-state.ts';
import { EMPTY_SCOPE } from './scope-state.ts';

describe('the rates after every merge', () => {
  test.each([
    ['real windows', REAL, 400],
    ['small windows', SMALL, 60],
  ])('equal those computed from the whole history: %s', (_, configuration, length) => {
    const history = fc.sample(fc.array(outline(), { minLength: length, maxLength: length }), 2).flat();
    expectPlainRates(history, configuration);
  });

  test('are undefined until the window is full, and lose the oldest merge with the next', () => {
    const rates = ratesAfterEach([...repeat(49), ...repeat(2, { attempts: 2 })], REAL);
    expect(rates[48]?.first_pass_merge_rate.global).toMatchObject({
      value: null,
      fraction: null,
      n: 49,
      window: 50,
    });
    expect(rates[49]?.first_pass_merge_rate.global).toMatchObject({ value: 0.98, n: 50 });
    expect(rates[50]?.first_pass_merge_rate.global).toMatchObject({ value: 0.96, n: 50 });
  });

  test('take the nearest rank: 5 of 100 outliers do not move p95, 6 do', () => {
    const rates = ratesAfterEach(
      [...repeat(5, { attempts: 9 }), ...repeat(95), ...repeat(6, { attempts: 7 })],
      REAL,
    );
    expect(rates[99]?.p95_attempts_to_merge.global.value).toBe(1);
    expect(rates[105]?.p95_attempts_to_merge.global.value).toBe(7);
  });
});

describe('crossings', () => {
  test('go both ways, and a rate that trembles in the dead band crosses nothing', () => {
    const history = [
      ...repeat(50), // 50/50 at the 50th: up
      ...repeat(15, { attempts: 2 }), // 35/50 at the 65th: down
      ...repeat(43), // the 15 leave from the 101st on: 43/50 at the 108th: up
      ...repeat(3, { attempts: 2 }), // 42/50 or so, in the dead band
    ];
    const { crossings } = foldMerges(EMPTY_STATE, toMerges(history), REAL);
    const firstPass = crossings.filter(({ rate }) => rate === 'first_pass_merge_rate');
    expect(
      firstPass.map(({ direction, value, merge }) => [direction, value.numerator, merge.ordinal]),
    ).toEqual([
      ['up', 50, 50],
      ['down', 35, 65],
      ['up', 43, 108],
    ]);
  });

  test('alternate in each scope, and each starts where the one before it ended', () => {
    fc.assert(
      fc.property(outlines, (history) => {
        const { crossings } = foldMerges(EMPTY_STATE, toMerges(history), SMALL);
        const last = new Map<string, string>();
        for (const { rate, scope, direction, previousState, newState } of crossings) {
          const key = `${rate} ${formatScope(scope)}`;
          expect(last.get(key)).not.toBe(direction);
          expect(newState).toBe(direction === 'up' ? 'high' : 'low');
          expect(previousState).not.toBe(newState);
          last.set(key, direction);
        }
      }),
    );
  });
});

describe('a project', () => {
  test('uses the global rate with 99 merges, its own with 100, and the switch is no crossing', () => {
    const others = repeat(150, { project: 'beta' });
    const own = repeat(100, { project: 'alpha', isRebaseConflict: true });
    const history = [...others, ...own];
    const rates = ratesAfterEach(history, REAL);
    expect(rates[248]?.rebase_conflict_rate.project).toMatchObject({
      source: 'global',
      own_n: 99,
      value: 0.99,
    });
    expect(rates[249]?.rebase_conflict_rate.project).toMatchObject({
      source: 'project',
      own_n: 100,
      value: 1,
    });
    const { crossings, state } = foldMerges(EMPTY_STATE, toMerges(history), REAL);
    expect(crossings.filter(({ scope }) => scope.kind === 'project')).toEqual([]);
    expect(state.projects.get('alpha')?.triggers.rebase_conflict_rate).toBe('high');
    const healed = foldMerges(state, toMerges(repeat(95, { project: 'alpha' })), REAL);
    expect(healed.crossings.filter(({ scope }) => scope.kind === 'project')).toMatchObject([
      {
        direction: 'down',
        previousState: 'high',
        newState: 'low',
        value: { numerator: 5, denominator: 100 },
      },
    ]);
  });

  test('never changes the rate of another', () => {
    fc.assert(
      fc.property(outlines, (history) => {
        const merges = toMerges(history);
        const all = foldMerges(EMPTY_STATE, merges, SMALL);
        const alone = foldMerges(EMPTY_STATE, merges.filter(isAlpha), SMALL);
        expect(all.state.projects.get('alpha')).toEqual(alone.state.projects.get('alpha'));
        const ofAlpha = ({ scope }: (typeof all.crossings)[number]): boolean =>
          formatScope(scope) === 'project:alpha';
        expect(all.crossings.filter(ofAlpha)).toEqual(alone.crossings.filter(ofAlpha));
      }),
    );
  });
});

test('incremental equals batch, wherever the history is cut', () => {
  fc.assert(
    fc.property(outlines, fc.nat(60), (history, cut) => {
      const merges = toMerges(history);
      const whole = foldMerges(EMPTY_STATE, merges, SMALL);
      const first = foldMerges(EMPTY_STATE, merges.slice(0, cut), SMALL);
      const second = foldMerges(first.state, merges.slice(cut), SMALL);
      expect(second.state).toEqual(whole.state);
      expect([...first.crossings, ...second.crossings]).toEqual(whole.crossings);
    }),
  );
});

test('the state that was given is not changed', () => {
  const [merge] = toMerges(repeat(1));
  if (merge === undefined) throw new Error('one merge');
  const before = Object.freeze({ global: Object.freeze(EMPTY_SCOPE), project: Object.freeze(EMPTY_SCOPE) });
  foldMerge(before, merge, ratesOf(REAL));
  expect(before.global.merges).toEqual([]);
});

test('a state remembers no more than the longest window', () => {
  const { state } = foldMerges(EMPTY_STATE, toMerges(repeat(1_000)), REAL);
  expect(state.global.merges).toHaveLength(100);
  expect(state.projects.get('alpha')?.merges).toHaveLength(100);
});

test.each<[string, { window?: number; thresholds?: Thresholds }, RegExp]>([
  ['a window of 0', { window: 0 }, /first_pass_merge_rate: window is 0; allowed/],
  ['a window of a half', { window: 0.5 }, /window is 0.5/],
  ['thresholds that meet', { thresholds: { low: half(), high: half() } }, /low threshold is not below/],
])('a configuration with %s is refused', (_, change, message) => {
  const rate = { ...REAL.rates.first_pass_merge_rate, ...change };
  expect(() =>
    assertConfiguration({ ...REAL, rates: { ...REAL.rates, first_pass_merge_rate: rate } }),
  ).toThrow(message);
});

function half() {
  return { numerator: 1, denominator: 2 };
}

function isAlpha({ project }: Merge): boolean {
  return project === 'alpha';
}

function outline(): fc.Arbitrary<Outline> {
  return fc.record({
    project: fc.constantFrom('alpha', 'beta'),
    attempts: fc.integer({ min: 1, max: 4 }),
    isRebaseConflict: fc.boolean(),
  });
}

function ratesAfterEach(history: readonly Outline[], configuration: AnalyzerConfiguration) {
  let state: MergeState = EMPTY_STATE;
  return toMerges(history).map((merge) => {
    state = foldMerges(state, [merge], configuration).state;
    const project = state.projects.get(merge.project) ?? EMPTY_SCOPE;
    return readRates({ global: state.global, project }, configuration);
  });
}

function expectPlainRates(history: readonly Outline[], configuration: AnalyzerConfiguration): void {
  ratesAfterEach(history, configuration).forEach((rates, index) => {
    const plain = plainRates(history.slice(0, index + 1), configuration);
    expect(rates.first_pass_merge_rate.global.fraction).toEqual(plain.firstPass);
    expect(rates.rebase_conflict_rate.global.fraction).toEqual(plain.globalConflicts);
    expect(rates.rebase_conflict_rate.project?.fraction).toEqual(plain.projectConflicts);
    expect(rates.rebase_conflict_rate.project?.source).toBe(plain.source);
    expect(rates.p95_attempts_to_merge.global.value).toBe(plain.globalP95);
    expect(rates.p95_attempts_to_merge.project?.value).toBe(plain.projectP95);
  });
}
