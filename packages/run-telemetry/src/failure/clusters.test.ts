/** Failures are one cluster when they say the same, and only then. Their ids never move. */
import { describe, expect, test } from 'vitest';
import { type FailureFacts, toFailure } from './failure.ts';
import { classifyFailure } from './failure-class.ts';
import { maskMessage } from './mask-message.ts';

const GROUPS: readonly (readonly string[])[] = [
  ['timed out after 30 s', 'timed out after 2 minutes', 'timed out after 45.5s'],
  ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED 10.0.4.17:6432'],
  ["Unknown tool 'serch'", "Unknown tool 'boook'", 'Unknown tool "x y"'],
  ['GET https://api.example.com/v1/a?id=7 failed', 'GET http://localhost:3000/b failed'],
  ['1 validation error for BookFlight', '2 validation errors for BookFlight'],
  ["missing 1 required argument: 'to'", "missing 2 required arguments: 'to' and 'from'"],
  ['No such file or directory: /tmp/a/b.txt', 'No such file or directory: ./data.csv'],
  ['run id=abc failed', 'run id=def failed'],
  ['expected one of [a, b, c]', 'expected one of ["x"]'],
  ['Request req_8fk2m39 was denied on Mon, 02 Feb 2026', 'Request req_001 was denied on Tue, 03 Mar 2026'],
  ['user ann@example.org is locked', 'user bob.b@example.com is locked'],
  ['请求超时:30秒后放弃', '请求超时:5秒后放弃'],
  ['Zeitüberschreitung nach 30 Sekunden', 'Zeitüberschreitung nach 5 Sekunden'],
  ["can't open the door", "can't open the door"],
];

test.each(GROUPS)('%s is one cluster with its like', (...messages) => {
  expect(new Set(messages.map(maskMessage)).size).toBe(1);
});

test('messages that say something else stay apart', () => {
  const templates = GROUPS.map(([first = '']) => maskMessage(first));
  expect(new Set(templates).size).toBe(GROUPS.length);
  const near = [
    'cannot read property of undefined',
    'cannot set property of undefined',
    'payment declined',
    'payment expired',
    'read timed out',
    'connect timed out',
    'java.lang.NullPointerException',
    'java.lang.IllegalStateException',
    'column does not exist',
    'relation does not exist',
  ];
  expect(new Set(near.map(maskMessage)).size).toBe(near.length);
});

test.each([
  ['quotes that never close', '"'.repeat(100_000)],
  ['apostrophes', "'a".repeat(50_000)],
  ['brackets', '[{('.repeat(30_000)],
  ['one long word', 'a'.repeat(200_000)],
  ['slashes', 'a/'.repeat(100_000)],
  ['equals signs', 'a='.repeat(100_000)],
  ['schemes', 'http:'.repeat(50_000)],
  ['dots and at signs', 'a.@'.repeat(50_000)],
])('%s are masked in no more time than a long message', (_, hostile) => {
  const plain = 'the tool said no to the order '.repeat(10_000);
  const time = (message: string): number => {
    const before = process.cpuUsage();
    for (let round = 0; round < 20; round += 1) maskMessage(message);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  time(plain);
  // A pass that is quadratic in 2,000 characters takes hundreds of times as long.
  expect(time(hostile)).toBeLessThan(60 * time(plain) + 20_000);
});

const HALVES = [
  'property ',
  'missing ',
  'argument ',
  'must be ',
  'unexpected token ',
  'index ',
  'violates ',
  'model ',
  'module ',
  'container ',
  'browser ',
  'timeout of ',
  'délai ',
];

test.each(HALVES)('%j over and over is classified in no more time than a long message', (half) => {
  const time = (message: string): number => {
    const before = process.cpuUsage();
    for (let round = 0; round < 20; round += 1)
      classifyFailure({
        kind: 'error',
        code: undefined,
        finishReason: undefined,
        maskedText: message,
        given: undefined,
      });
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const hostile = half.repeat(16_000 / half.length);
  const part = hostile.slice(0, 1000);
  time(part);
  // 16 times the text; what is quadratic takes 256 times as long.
  expect(time(hostile)).toBeLessThan(64 * time(part) + 20_000);
});

function failure(facts: Partial<FailureFacts>): ReturnType<typeof toFailure> {
  return toFailure({
    kind: 'tool.call',
    place: 'search',
    fault: undefined,
    finishReason: undefined,
    seq: 3,
    ...facts,
  });
}

function said(message: string, code?: string): Pick<FailureFacts, 'fault'> {
  return { fault: { message, code, class: undefined } };
}

describe('classes', () => {
  test.each<[string, Partial<FailureFacts>]>([
    ['tool_timeout', said('timed out after 30 s')],
    ['tool_timeout', said('', 'ETIMEDOUT')],
    ['tool_schema_mismatch', said("missing 1 required positional argument: 'to'")],
    ['tool_schema_mismatch', said('cannot set "timeout" to 0: must be a number of 1 or more')],
    ['tool_rejected', said('the order was refused by the shop')],
    ['tool_rejected', said('parameter `suspendPolicy` has no effect here')],
    ['rate_limited', said('Too many requests, slow down', '429')],
    ['auth_failure', said('invalid api key')],
    ['context_overflow', { kind: 'model.call', ...said('prompt is too long: 210000 tokens') }],
    ['provider_error', { kind: 'model.call', ...said('Overloaded') }],
    ['output_format', { kind: 'model.call', finishReason: 'length' }],
    ['policy_violation', { kind: 'policy.check' }],
    ['retrieval_failure', { kind: 'retrieval' }],
    ['environment_error', said('bash: jq: command not found')],
    ['budget_exceeded', { kind: 'run.finished', ...said('step limit reached') }],
    ['cancelled', { kind: 'run.finished', ...said('aborted by the user') }],
    ['unknown', { kind: 'error', ...said('something odd') }],
    ['loop', { kind: 'loop' }],
    ['auth_failure', { fault: { message: 'timed out', code: undefined, class: 'auth_failure' } }],
    ['tool_timeout', { fault: { message: 'timed out', code: undefined, class: 'my_own_class' } }],
  ])('%s: %j', (expected, facts) => {
    expect(failure(facts).class).toBe(expected);
  });
});

test('ids are pure functions of one failure: these stay as they are', () => {
  const ids = [
    failure(said('timed out after 30 s')),
    failure({ ...said('timed out after 30 s'), place: 'book' }),
    failure(said('timed out after 9 s', 'ETIMEDOUT')),
  ].map(({ cluster }) => cluster);
  expect(ids).toEqual(PINNED);
  // Where it happened in the run does not matter.
  expect(failure({ ...said('timed out after 99 ms'), seq: 77 }).cluster).toBe(PINNED[0]);
});

/** Whoever changes what is masked raises the version of the masker, and these change. */
const PINNED = ['f1-8a85df66277a', 'f1-ea496d26460c', 'f1-4ba537dc8de1'];
