/** What is known of a run, whatever way its events took. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../event/agent-event.ts';
import { eventsOf, type ShortEvent } from '../fixtures/event-lines.ts';
import type { AgentRun } from './agent-run.ts';
import { foldRuns } from './fold-runs.ts';
import { formatSuccessRule, NO_SUCCESS_RULE, parseSuccessRule, type SuccessRule } from './success-rule.ts';

const start = (payload: object = {}): ShortEvent => ({ type: 'run.started', payload });
const end = (payload: object = {}, status = 'completed', at = 20): ShortEvent => ({
  type: 'run.finished',
  status,
  at,
  payload,
});
const tool = (name: string, error?: object, more: object = {}): ShortEvent => ({
  type: 'tool.call',
  status: error === undefined ? 'ok' : 'error',
  payload: { tool: name, ...more, ...(error === undefined ? {} : { error }) },
});

function factsOf(short: readonly ShortEvent[], rule: SuccessRule = NO_SUCCESS_RULE): AgentRun {
  const [run] = foldRuns(eventsOf('r', short), rule).runs;
  if (run === undefined) throw new Error('no run');
  return run;
}

const RUN = [
  start({ scenario: 's1', agent: 'a', tags: { release: '1' } }),
  { type: 'model.call', payload: { model: 'm1', input_tokens: 10, output_tokens: 5 } },
  tool('search', { code: 'ETIMEDOUT', message: 'timed out after 30 s' }),
  tool('search'),
  tool('book', { message: 'amount 12 does not add up' }),
  end({ success: false, duration_ms: 19_000 }),
];

test('facts are equal for any order, repetition and batching of the events', () => {
  const events = ['a', 'b', 'c'].flatMap((runId) => eventsOf(runId, RUN));
  const expected = foldRuns(events, NO_SUCCESS_RULE).runs;
  const arrivals = fc
    .tuple(fc.shuffledSubarray(events, { minLength: events.length }), fc.subarray(events))
    .map(([all, again]) => [...all, ...again]);
  fc.assert(
    fc.property(arrivals, (arrived) => {
      const folded = foldRuns(arrived, NO_SUCCESS_RULE);
      expect(folded.runs).toEqual(expected);
      expect(folded.duplicates).toBe(arrived.length - events.length);
      expect(folded.conflicts).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test('another content under a known key is a conflict, and the first one stays', () => {
  const first = eventsOf('r', RUN);
  const other = eventsOf('r', [start({ scenario: 's2' })]);
  const { runs, conflicts } = foldRuns([...first, ...other], NO_SUCCESS_RULE);
  expect(conflicts).toEqual([{ runId: 'r', seq: 0 }]);
  expect(runs[0]?.scenario).toBe('s1');
});

test('the same settings in another order are the same event', () => {
  const sent = eventsOf('r', [
    start({ scenario: 's1', tags: { a: '1', b: '2' }, config: { c: '3', d: '4' } }),
  ]);
  const again = eventsOf('r', [
    start({ config: { d: '4', c: '3' }, tags: { b: '2', a: '1' }, scenario: 's1' }),
  ]);
  expect(foldRuns([...sent, ...again], NO_SUCCESS_RULE)).toMatchObject({ duplicates: 1, conflicts: [] });
  const other = eventsOf('r', [
    start({ scenario: 's1', tags: { a: '2', b: '1' }, config: { c: '3', d: '4' } }),
  ]);
  expect(foldRuns([...sent, ...other], NO_SUCCESS_RULE).conflicts).toHaveLength(1);
});

test('a run that is started without end is one run', () => {
  const [event] = eventsOf('r', [start({ tags: { release: '1' } })]);
  const events = Array.from({ length: 150_000 }, (_, seq) => ({ ...event, seq }) as AgentEvent);
  const [run] = foldRuns(events, NO_SUCCESS_RULE).runs;
  expect(run).toMatchObject({ tags: { release: '1' }, state: 'unfinished' });
});

describe('success', () => {
  test.each<[string, readonly ShortEvent[], string | undefined, boolean | undefined]>([
    ['is what the end says', [start(), end({ success: true })], undefined, true],
    ['is unknown where it says nothing: completed is not success', [start(), end()], undefined, undefined],
    ['is false for a run that failed', [start(), end({ success: true }, 'failed')], undefined, false],
    [
      'is unknown for one that was cancelled',
      [start(), end({ success: true }, 'cancelled')],
      undefined,
      undefined,
    ],
    ['is unknown without an end', [start()], 'outcome', undefined],
    ['is the outcome where that is asked for', [start(), end()], 'outcome', true],
    ['is what an evaluation reaches', [start(), evaluation(0.9), end()], 'evaluation:reward>=0.9', true],
    [
      'is what the last evaluation does not reach',
      [start(), evaluation(1), evaluation(0.8), end()],
      'evaluation:reward>=0.9',
      false,
    ],
    ['is unknown where the evaluation is missing', [start(), end()], 'evaluation:reward>=0.9', undefined],
  ])('%s', (_, events, rule, expected) => {
    const parsed = rule === undefined ? NO_SUCCESS_RULE : parseSuccessRule(rule);
    expect(factsOf(events, parsed).success).toBe(expected);
  });

  test.each(['', 'evaluation:x', 'evaluation:>=1', 'completed'])('%j is no rule', (text) => {
    expect(parseSuccessRule(text)).toBeUndefined();
  });
});

function evaluation(score: number): ShortEvent {
  return { type: 'evaluation', payload: { name: 'reward', score } };
}

describe('unknown is not zero', () => {
  const call = (payload: object): ShortEvent => ({ type: 'model.call', payload });
  test.each<[string, readonly ShortEvent[], number | undefined]>([
    ['the sum of calls that all tell it', [start(), call({ input_tokens: 3, output_tokens: 4 }), end()], 7],
    [
      'unknown where one call does not',
      [start(), call({ input_tokens: 3, output_tokens: 4 }), call({}), end()],
      undefined,
    ],
    ['unknown where half of a call is missing', [start(), call({ input_tokens: 3 }), end()], undefined],
    ['what the end says', [start(), call({}), end({ input_tokens: 5, output_tokens: 5 })], 10],
    [
      'unknown for a zero beside calls',
      [start(), call({}), end({ input_tokens: 0, output_tokens: 0 })],
      undefined,
    ],
    ['zero without a call', [start(), end({ input_tokens: 0, output_tokens: 0 })], 0],
  ])('tokens are %s', (_, events, expected) => {
    expect(factsOf(events).tokens).toBe(expected);
  });
});

describe('a duration is held against its events', () => {
  test.each([
    [20_000, false],
    [20, true],
    [0.02, true],
    [20_000_000, true],
    [35, true],
    [11, true],
    [200_000, false],
    [2_000_000, false],
    [2_000, false],
    [200, false],
  ])('of 20 s it says %d ms: suspect is %s', (saidMs, isSuspect) => {
    const { durationMs, suspectDuration } = factsOf([start(), end({ duration_ms: saidMs })]);
    expect(durationMs).toBe(isSuspect ? undefined : saidMs);
    expect(suspectDuration).toEqual(isSuspect ? { saidMs, observedMs: 20_000 } : undefined);
  });

  test('not where the events lie less than 10 s apart', () => {
    expect(factsOf([start(), end({ duration_ms: 9 }, 'completed', 9)]).durationMs).toBe(9);
  });
});

describe('the failure that a run is counted under', () => {
  const failed = end({ success: false });
  test.each<[string, readonly ShortEvent[], string, string | undefined]>([
    ['is the last one after which its tool did not succeed', RUN, 'tool_rejected', 'book'],
    [
      'is no attempt that worked later',
      [
        start(),
        tool('book', { message: 'no' }),
        tool('search', { code: 'ETIMEDOUT' }),
        tool('search'),
        failed,
      ],
      'tool_rejected',
      'book',
    ],
    [
      'is the last one where all worked later',
      [start(), tool('search', { code: 'ETIMEDOUT' }), tool('search'), failed],
      'tool_timeout',
      'search',
    ],
    ['is a wrong result where nothing failed', [start(), tool('search'), failed], 'wrong_result', undefined],
    [
      'is a loop after three equal calls',
      [start(), ...Array<ShortEvent>(3).fill(tool('search', undefined, { arguments_digest: 'd' })), failed],
      'loop',
      'search',
    ],
  ])('%s', (_, events, expected, place) => {
    expect(factsOf(events).primary).toMatchObject({ class: expected });
    expect(factsOf(events).primary?.place).toBe(place);
  });
});

test('what comes after the end counts as late, and missing numbers as gaps', () => {
  const events = eventsOf('r', [start(), tool('a'), end(), tool('b')]).filter(({ seq }) => seq !== 1);
  const [run] = foldRuns(events, NO_SUCCESS_RULE).runs;
  expect(run).toMatchObject({ late: 1, gaps: 1, toolCalls: 1, state: 'finished' });
});

test('model and group follow from the events where nobody says them', () => {
  const call = (model: string): ShortEvent => ({ type: 'model.call', payload: { model } });
  const run = factsOf([start(), call('m2'), call('m1'), call('m1'), end()]);
  expect(run).toMatchObject({ model: 'm1', group: '2026-01-31', modelCalls: 3 });
  expect(factsOf([start({ group: 'job 7', model: 'm3' }), call('m1'), end()])).toMatchObject({
    group: 'job 7',
    model: 'm3',
  });
});

test.each(['outcome', 'evaluation:reward>=0.0000001', 'evaluation:a>=b>=-1e+30', 'evaluation:reward>=1'])(
  'the rule %s survives being written down',
  (text) => {
    const rule = parseSuccessRule(text);
    expect(rule).toBeDefined();
    expect(parseSuccessRule(rule === undefined ? '' : formatSuccessRule(rule))).toEqual(rule);
  },
);
