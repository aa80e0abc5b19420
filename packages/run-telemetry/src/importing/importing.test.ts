/** Files as other tools write them, by hand after their formats. */
import { describe, expect, test } from 'vitest';
import { compareRuns } from '../comparison/compare-runs.ts';
import { readEvents } from '../event/read-events.ts';
import type { AgentRun } from '../facts/agent-run.ts';
import { foldRuns } from '../facts/fold-runs.ts';
import { NO_SUCCESS_RULE, parseSuccessRule, type SuccessRule } from '../facts/success-rule.ts';

function runsOf(value: unknown, rule: SuccessRule = NO_SUCCESS_RULE): readonly AgentRun[] {
  const { events, refused } = readEvents(JSON.stringify(value, null, 2));
  expect(refused).toEqual([]);
  return foldRuns(events, rule).runs;
}

const tauResult = (task: number, trial: number, reward: number, answer: string): object => ({
  task_id: task,
  reward,
  info: { task: { user_id: 'mia_li_3668', actions: [] }, reward_info: { reward } },
  traj: [
    { role: 'system', content: '# Airline policy' },
    { role: 'user', content: 'I want to change my flight.' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        {
          id: 'call_1',
          type: 'function',
          function: { name: 'get_user_details', arguments: '{"user_id": "x"}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', name: 'get_user_details', content: answer },
    { role: 'assistant', content: 'Done.' },
  ],
  trial,
});

describe('tau-bench', () => {
  const file = [tauResult(3, 0, 1, '{"name": "Mia"}'), tauResult(3, 1, 0, 'Error: user not found')];

  test('a result is a run: task, trial, reward, tools', () => {
    const [first, second] = runsOf(file);
    expect(first).toMatchObject({
      scenario: '3',
      producer: 'tau-bench',
      state: 'finished',
      modelCalls: 2,
      toolCalls: 1,
    });
    const runs = new Map([first, second].map((run) => [run?.trial, run]));
    expect(runs.get('0')).toMatchObject({
      success: true,
      failures: [],
      tokens: undefined,
      durationMs: undefined,
    });
    expect(runs.get('1')).toMatchObject({
      success: false,
      primary: { class: 'tool_rejected', place: 'get_user_details', template: 'Error: user not found' },
    });
  });

  test('equal results of two files are two runs, and of one file one', () => {
    const ids = (name: string | undefined): readonly string[] => {
      const { events } = readEvents(JSON.stringify([tauResult(3, 0, 1, 'yes')]), name);
      return [...new Set(events.map(({ runId }) => runId))];
    };
    expect(ids('before.json')).toEqual(ids('before.json'));
    expect(ids('before.json')).not.toEqual(ids('after.json'));
    expect(ids(undefined)).toHaveLength(1);
  });

  test.each([['x'.repeat(500)], ['a\n\u202eb'], [{ name: 'refund' }]])('a task %j has an id', (task) => {
    const [run] = runsOf([{ ...tauResult(3, 0, 1, 'yes'), task_id: task }]);
    expect(run?.runId).toMatch(/^task-.{1,80}-trial-0-[0-9a-f]{12}$/);
    expect(run?.scenario?.length).toBeLessThanOrEqual(80);
  });

  test('a result that ended in an exception is a run with that failure', () => {
    const failed = {
      task_id: 4,
      reward: 0.0,
      info: { error: 'litellm.Timeout: timed out after 600 s', traceback: 'x' },
      traj: [],
      trial: 0,
    };
    expect(runsOf([failed])[0]).toMatchObject({ success: false, primary: { class: 'tool_timeout' } });
  });

  test('an exception with all that it carries is still the failure of its run', () => {
    const info = { error: `litellm.Timeout: timed out ${'x '.repeat(50_000)}` };
    const failed = { task_id: 4, reward: 0, info, traj: [], trial: 0 };
    expect(runsOf([failed])[0]).toMatchObject({ success: false, primary: { class: 'tool_timeout' } });
  });

  test('the same result in both windows is one run', () => {
    expect(compareRuns(runsOf(file), runsOf(file)).leftOut.inBoth).toBe(2);
  });
});

describe('Inspect', () => {
  const log = {
    version: 2,
    status: 'success',
    eval: { task: 'gaia', model: 'openai/gpt-x', created: '2026-01-31T12:00:00+00:00', run_id: 'r' },
    samples: [
      {
        id: 'q1',
        epoch: 2,
        scores: { match: { value: 'C', answer: '42' }, steps: { value: 3 } },
        model_usage: { 'openai/gpt-x': { input_tokens: 100, output_tokens: 20, total_tokens: 120 } },
        total_time: 12.5,
        messages: [
          { role: 'user', content: 'How many?' },
          {
            role: 'assistant',
            content: [{ type: 'text', text: 'Let me see.' }],
            tool_calls: [{ id: 'a', function: 'bash', arguments: { cmd: 'ls' } }],
          },
          {
            role: 'tool',
            tool_call_id: 'a',
            function: 'bash',
            content: '',
            error: { type: 'timeout', message: 'Command timed out.' },
          },
        ],
      },
      { id: 'q2', epoch: 1, scores: {}, messages: [], error: { message: 'out of memory', traceback: '' } },
    ],
  };

  test('a sample in an epoch is a run, and the score rule says what success is', () => {
    const rule = parseSuccessRule('evaluation:match>=1');
    const runs = new Map(runsOf(log, rule).map((run) => [run.scenario, run]));
    expect(runs.get('gaia/q1')).toMatchObject({
      project: 'gaia',
      model: 'openai/gpt-x',
      trial: '2',
      success: true,
      tokens: 120,
      durationMs: 12_500,
      group: '2026-01-31',
      failures: [{ class: 'tool_timeout', place: 'bash', code: 'timeout' }],
    });
    expect(runs.get('gaia/q2')).toMatchObject({ success: false, primary: { class: 'environment_error' } });
  });

  test('without a rule success is unknown', () => {
    expect(runsOf(log).find(({ scenario }) => scenario === 'gaia/q1')?.success).toBeUndefined();
  });
});

test('a mark of the byte order before a document does not hide it', () => {
  const text = `\ufeff${JSON.stringify([tauResult(3, 0, 1, 'yes')])}`;
  expect(foldRuns(readEvents(text).events, NO_SUCCESS_RULE).runs).toHaveLength(1);
});

test('JSON of another kind is no document of a tool that is known', () => {
  for (const text of ['[]', '{}', '[{"a":1}]', '{"eval":{}}', '[1,2]'])
    expect(readEvents(text).events).toEqual([]);
  expect(readEvents('[{"a":1}]').refused).toHaveLength(1);
});
