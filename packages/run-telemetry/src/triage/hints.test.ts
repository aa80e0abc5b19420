/** Hints are shown where the runs show that they fit, and only there. */
import { describe, expect, test } from 'vitest';
import type { AgentRun } from '../facts/agent-run.ts';
import { type Failure, toFailure } from '../failure/failure.ts';
import { FAILURE_CLASSES } from '../failure/failure-class.ts';
import { runs } from '../fixtures/counted-runs.ts';
import { CLASS_MEANINGS } from './class-meanings.ts';
import { findClusters } from './cluster-facts.ts';
import { findHints } from './find-hints.ts';
import { HINTS } from './hints.ts';

describe('the catalogue', () => {
  test('each class that says something has two hints, and every other one', () => {
    const silent = ['cancelled', 'unknown'];
    for (const name of FAILURE_CLASSES)
      expect(HINTS.filter((hint) => hint.class === name).length, name).toBeGreaterThanOrEqual(
        silent.includes(name) ? 1 : 2,
      );
    expect(Object.keys(CLASS_MEANINGS)).toEqual([...FAILURE_CLASSES]);
  });

  test('what a class says stands as code, and no words about it do', () => {
    for (const { says } of Object.values(CLASS_MEANINGS)) {
      for (const each of says) expect(each).not.toMatch(/`(?:no message|anything |code |finish reason )/);
    }
  });

  test('ids are unique, words of an anchor, and each hint says what to do', () => {
    expect(new Set(HINTS.map(({ id }) => id)).size).toBe(HINTS.length);
    for (const { id, steps } of HINTS) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps) expect(step).toMatch(/[.?]$/);
    }
  });
});

function failure(given: Partial<Parameters<typeof toFailure>[0]> & { readonly message?: string }): Failure {
  const { message = 'no', ...facts } = given;
  return toFailure({
    kind: 'tool.call',
    place: 'search',
    fault: { code: undefined, message, class: undefined },
    finishReason: undefined,
    seq: 1,
    ...facts,
  });
}

function failing(count: number, failed: Failure, changes: Partial<AgentRun> = {}): AgentRun[] {
  return runs(count, 0, { failures: [failed], primary: failed, ...changes });
}

/** Hints of the first cluster of these runs. */
function hintsOf(...given: readonly AgentRun[][]): ReadonlyMap<string, string> {
  const [first] = findClusters(given.flat());
  if (first === undefined) throw new Error('no cluster');
  return new Map(findHints(first).map(({ id, evidence }) => [id, evidence]));
}

const took = (slowestOkMs: number): Partial<AgentRun> => ({
  tools: new Map([['search', { calls: 1, failed: 0, slowestOkMs }]]),
});
const classed = (name: string, more: object = {}): Failure =>
  failure({ fault: { code: undefined, message: 'no', class: name }, ...more });

const missing = (argument: string): Failure =>
  failure({ message: `missing required argument: '${argument}'` });
const ended = failure({ message: 'timed out', durationMs: 30_000 });

describe('evidence', () => {
  test.each<[string, ReadonlyMap<string, string>, ReadonlyMap<string, string>, string]>([
    [
      'schema-one-argument',
      hintsOf(failing(8, missing('to')), failing(3, missing('from'))),
      hintsOf(failing(5, missing('to')), failing(6, missing('from'))),
      '"to" in 8 of its 11 runs',
    ],
    [
      'timeout-near-limit',
      hintsOf(failing(3, ended), runs(20, 20, took(24_000))),
      hintsOf(failing(3, ended), runs(20, 20, took(900))),
      'calls that fail end after 30 s; of those that succeed 95 of 100 runs take up to 24 s',
    ],
    [
      'timeout-far-from-limit',
      hintsOf(failing(3, ended), runs(20, 20, took(900))),
      hintsOf(failing(3, ended), runs(20, 20)),
      'calls that fail end after 30 s; of those that succeed 95 of 100 runs take up to 900 ms',
    ],
    [
      'retrieval-empty',
      hintsOf(failing(4, failure({ kind: 'retrieval', fault: undefined, documents: 0 }))),
      hintsOf(failing(4, failure({ kind: 'retrieval', message: 'no', documents: 7 }))),
      'in 4 of its 4 runs the retrieval found no document',
    ],
    [
      'rate-recovers',
      hintsOf(failing(4, classed('rate_limited', { isRecovered: true }))),
      hintsOf(failing(4, classed('rate_limited'))),
      'in 4 of its 4 runs the same tool succeeded later',
    ],
    [
      'schema-not-mended',
      hintsOf(failing(4, missing('to'))),
      hintsOf(failing(4, { ...missing('to'), isRecovered: true })),
      'in 4 of its 4 runs the tool did not succeed after it',
    ],
    [
      'provider-one-model',
      hintsOf(failing(9, classed('provider_error'), { model: 'm2' }), runs(20, 20)),
      hintsOf(failing(9, classed('provider_error')), runs(2, 2, { model: 'm2' })),
      '9 of its 9 runs are of model "m2", which has 9 of all 29',
    ],
    [
      'environment-missing',
      hintsOf(failing(3, failure({ message: 'bash: jq: command not found' }))),
      hintsOf(failing(3, failure({ message: 'connection refused' }))),
      'it says "not found"',
    ],
    [
      'format-cut-off',
      hintsOf(failing(3, failure({ kind: 'model.call', fault: undefined, finishReason: 'length' }))),
      hintsOf(failing(3, failure({ kind: 'model.call', message: 'could not parse the output' }))),
      '3 runs say neither a code nor a message',
    ],
    [
      'policy-often',
      hintsOf(failing(3, failure({ kind: 'policy.check', place: 'no-shell' })), runs(27, 27)),
      hintsOf(failing(3, failure({ kind: 'policy.check', place: 'no-shell' })), runs(28, 28)),
      '3 of 30 runs have it',
    ],
    [
      'budget-more-steps',
      hintsOf(failing(3, classed('budget_exceeded'), steps(30)), runs(5, 5, steps(20))),
      hintsOf(failing(3, classed('budget_exceeded'), steps(29)), runs(5, 5, steps(20))),
      'its runs have 30 steps, the others 20 (medians)',
    ],
    [
      'unknown-name-it',
      hintsOf(failing(3, failure({ kind: 'error', message: 'odd' }))),
      hintsOf(failing(2, failure({ kind: 'error', message: 'odd' }))),
      '3 of 3 runs have it',
    ],
  ])('%s', (id, shown, hidden, evidence) => {
    expect(shown.get(id)).toBe(evidence);
    expect([...hidden.keys()]).not.toContain(id);
  });

  test('a count in a message is no value that somebody gave', () => {
    const counted = failure({ message: '2 validation errors, retry 2' });
    expect([...hintsOf(failing(9, counted)).keys()]).not.toContain('schema-one-argument');
  });

  test('two runs show nothing', () => {
    expect(hintsOf(failing(2, missing('to'))).size).toBe(0);
  });
});

function steps(count: number): Partial<AgentRun> {
  const step = { type: 'model.call', tool: undefined, status: 'ok' as const, cluster: undefined };
  return { steps: Array.from({ length: count }, () => step) };
}
