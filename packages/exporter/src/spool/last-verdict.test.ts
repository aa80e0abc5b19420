import { expect, test } from 'vitest';
import { type DeliveryFailure, describeFailure, NO_VERDICT, type Verdict } from '../verdict.ts';
import { snakeCased } from './json-keys.ts';
import { parseLastVerdict } from './last-verdict.ts';

const endpoint = 'http://c:4318/v1/metrics';
const run = { atUnixMs: 1_767_225_600_000.5, runId: '0b9a2c66-7a6d-4c6e-9d3c-3f6a53b0a0f1' };

function written(verdict: object): string {
  return JSON.stringify(snakeCased({ ...NO_VERDICT, ...run, ...verdict }));
}

const FAILURES: readonly DeliveryFailure[] = [
  { kind: 'unreachable', endpoint, detail: 'd', isAnswered: true },
  { kind: 'tls', endpoint, detail: 'd' },
  { kind: 'timeout', endpoint, timeoutMs: 1, stage: 'ending' },
  { kind: 'busy', endpoint, status: 503, detail: 'd', retryAfterMs: 1 },
  { kind: 'misconfigured', endpoint, status: 401, detail: 'd' },
  { kind: 'not-otlp', endpoint, status: 200, detail: 'd' },
  { kind: 'rejected', endpoint, status: 400, detail: 'd' },
  { kind: 'too-large', bytes: 5, limitBytes: 4 },
  { kind: 'refusing', endpoint, status: 400, rejections: 3, detail: 'd', isForeign: true },
  { kind: 'partial', endpoint, rejectedDataPoints: 1, detail: 'd' },
  { kind: 'spool', path: '/spool', detail: 'd' },
  { kind: 'thread', detail: 'd' },
  { kind: 'spool-only' },
];

test.each(FAILURES)('what was written with the reason $kind is read again', (failure) => {
  const verdict: Verdict = { ...NO_VERDICT, delivered: 1, spooled: 2, lost: 0, lostDataPoints: 3, failure };
  expect(parseLastVerdict(written(verdict))).toEqual({ ...verdict, ...run });
});

test('counts of an older version that are missing are 0', () => {
  const { atUnixMs, runId } = run;
  expect(parseLastVerdict(JSON.stringify({ delivered: 2, at_unix_ms: atUnixMs, run_id: runId }))).toEqual({
    ...NO_VERDICT,
    ...run,
    delivered: 2,
  });
});

test.each([
  ['no JSON', '{'],
  ['no object', '3'],
  ['a million brackets', '['.repeat(1_000_000)],
  ['a count that is text', written({ delivered: '\u001b[2J' })],
  ['a count below 0', written({ spooled: -1 })],
  ['a fraction', written({ rejected: 0.5 })],
  ['a time that is text', written({ atUnixMs: 'now' })],
  ['no run', written({ runId: 7 })],
])('%s is no verdict', (_, text) => {
  expect(parseLastVerdict(text)).toBeUndefined();
});

test.each([
  ['a kind that nobody knows', { kind: 'constructor' }],
  ['no kind', { endpoint }],
  ['an endpoint that is none', { kind: 'tls', endpoint: 3, detail: 'd' }],
  ['a detail that is none', { kind: 'thread', detail: {} }],
  ['a status that is text', { kind: 'busy', endpoint, status: 'x', detail: 'd' }],
])('a reason with %s is left out; the counts stay', (_, failure) => {
  expect(parseLastVerdict(written({ delivered: 4, failure }))).toEqual({
    ...NO_VERDICT,
    ...run,
    delivered: 4,
  });
});

test('whatever is read can be told', () => {
  for (const failure of FAILURES) {
    const read = parseLastVerdict(written({ failure }))?.failure;
    expect(read && describeFailure(read)).not.toContain('undefined');
  }
});
