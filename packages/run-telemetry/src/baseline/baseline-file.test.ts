/** A baseline file gives the runs back that it was made of, or says why not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRuns } from '../comparison/compare-runs.ts';
import { runFromJson, runToJson } from '../facts/facts-json.ts';
import { foldRuns } from '../facts/fold-runs.ts';
import { NO_SUCCESS_RULE } from '../facts/success-rule.ts';
import { eventsOf } from '../fixtures/event-lines.ts';
import { simulateRuns } from '../fixtures/simulated-runs.ts';
import { formatBaseline, isBaselineFile, parseBaseline } from './baseline-file.ts';

const step = fc.record({
  type: fc.constantFrom('tool.call', 'model.call', 'retrieval', 'policy.check', 'error', 'note'),
  status: fc.constantFrom('ok', 'error'),
  payload: fc.record(
    {
      tool: fc.constantFrom('search', '__proto__', 'b"\u2028'),
      duration_ms: fc.nat(100_000),
      documents: fc.nat(2),
      message: fc.string(),
      decision: fc.constantFrom('deny', 'allow'),
      finish_reason: fc.constantFrom('length', 'stop'),
    },
    { requiredKeys: [] },
  ),
});

test('facts of any run come back as they were', () => {
  const end = fc.constantFrom(
    { type: 'run.finished', status: 'completed', payload: { success: false, duration_ms: 9 } },
    { type: 'run.finished', status: 'cancelled', payload: {} },
    { type: 'run.finished', at: 40, status: 'failed', payload: { reason: 'out of steps', duration_ms: 40 } },
  );
  const start = {
    type: 'run.started',
    payload: { scenario: 's', tags: { __proto__x: 'y' }, config: { t: 1 } },
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.option(end, { nil: undefined }), (steps, last) => {
      const events = eventsOf('r', [start, ...steps, ...(last === undefined ? [] : [last])]);
      const [run] = foldRuns(events, NO_SUCCESS_RULE).runs;
      expect(run).toBeDefined();
      if (run !== undefined) expect(runFromJson(JSON.parse(JSON.stringify(runToJson(run))))).toEqual(run);
    }),
  );
});

const { baseline, current } = simulateRuns({ seed: 3, scenarios: 12, models: 2, tools: 4, repeats: 3 });
const file = formatBaseline(baseline, NO_SUCCESS_RULE);

test('a comparison with the file is the comparison with its runs', () => {
  const read = parseBaseline(file);
  expect(isBaselineFile(file)).toBe(true);
  if (read.kind === 'fault') throw new Error(read.message);
  expect(read.success).toBe('none');
  expect(JSON.stringify(compareRuns(read.runs, current))).toBe(
    JSON.stringify(compareRuns(baseline, current)),
  );
  expect(formatBaseline(baseline.toReversed(), NO_SUCCESS_RULE)).toBe(file);
});

test('a file whose line ends were changed by a checkout is the same', () => {
  expect(parseBaseline(file.replaceAll('\n', '\r\n'))).toEqual(parseBaseline(file));
});

describe('what is not read', () => {
  const [head = '', ...lines] = file.trimEnd().split('\n');
  const withHead = (change: object): string =>
    [JSON.stringify({ ...JSON.parse(head), ...change }), ...lines].join('\n');
  test.each<[string, string, RegExp]>([
    [
      'a run that was changed',
      file.replace('"success":true', '"success":false'),
      /digest of its runs is sha256:.*it was changed after/,
    ],
    [
      'a file that is cut off',
      file.slice(0, file.length / 2),
      /says that it has 72 runs, but has \d+: it is cut off/,
    ],
    [
      'another statistics version',
      withHead({ statistics: 's9' }),
      /the version of the statistics is "s9"; allowed is "s1": export/,
    ],
    ['another file version', withHead({ version: 2 }), /the version of the file is 2; allowed is 1/],
    ['another masker', withHead({ masker: null }), /the version of the masker is null; allowed is 1/],
    [
      'another format',
      '{"format":"other"}\n',
      /first line of a baseline file says "format":"ephemetry-baseline"/,
    ],
    ['no JSON', 'a,b\n', /first line of a baseline file/],
  ])('%s', (_, text, message) => {
    const read = parseBaseline(text);
    expect(read.kind).toBe('fault');
    if (read.kind === 'fault') expect(read.message).toMatch(message);
  });

  test.each<[object, string]>([
    [{ success: 'yes' }, 'run.success must be true or false, but is "yes"'],
    [{ state: 'done' }, 'run.state must be one of finished, cancelled, unfinished, but is "done"'],
    [
      { tools: [{ tool: 't', calls: -1, failed: 0 }] },
      'run.tools[0].calls must be a number of 0 or more, but is -1',
    ],
    [
      { steps: [['tool.call']] },
      'run.steps[0] must be a list of type, tool, status and cluster, but is ["tool.call"]',
    ],
    [{ late: undefined }, 'run.late must be a number, but is missing'],
  ])('facts with %j', (change, message) => {
    const [run] = baseline;
    if (run === undefined) throw new Error('no run');
    expect(() => runFromJson({ ...runToJson(run), ...change })).toThrow(message);
  });
});
