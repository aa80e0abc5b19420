import { expect, test } from 'vitest';
import { type DeliveryFailure, NO_VERDICT, type Verdict } from '../verdict.ts';
import { describeEnding } from './describe-ending.ts';
import { NOTHING_REMOVED, type Removed, removedSince } from './removed.ts';

const endpoint = 'http://c:4318/v1/metrics';
const refused: DeliveryFailure = { kind: 'unreachable', endpoint, detail: 'ECONNREFUSED' };

function lineOf(verdict: Partial<Verdict>, removed: Partial<Removed> = {}): string | undefined {
  return describeEnding({ ...NO_VERDICT, ...verdict }, '/spool', { ...NOTHING_REMOVED, ...removed });
}

test('says nothing when all is well', () => {
  expect(lineOf({})).toBeUndefined();
  expect(lineOf({ delivered: 3 })).toBeUndefined();
  expect(lineOf({ spooled: 3, failure: { kind: 'spool-only' } })).toBeUndefined();
});

test('says why a batch is spooled, where it is, and who delivers it', () => {
  expect(lineOf({ spooled: 1, failure: refused })).toBe(
    `${endpoint} cannot be reached (ECONNREFUSED): 1 batch spooled in /spool, the next run or \`ephemetry drain\` delivers it`,
  );
});

test.each([
  [
    { kind: 'misconfigured', endpoint, status: 401, detail: '' },
    'once OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS are right',
  ],
  [{ kind: 'tls', endpoint, detail: '' }, 'once OTEL_EXPORTER_OTLP_CERTIFICATE is right'],
] as const)('%j: names the setting to mend', (failure, advice) => {
  expect(lineOf({ spooled: 2, failure })).toContain(`2 batches spooled in /spool, ${advice}`);
});

test('says everything that is not delivered in one line', () => {
  const failure: DeliveryFailure = { kind: 'rejected', endpoint, status: 400, detail: 'bad' };
  expect(lineOf({ spooled: 1, rejected: 2, lost: 1, lostDataPoints: 4, failure }, { others: 5 })).toBe(
    `${endpoint} answered 400 bad: 1 batch spooled in /spool, the next run or \`ephemetry drain\` delivers it; ` +
      '2 batches rejected, kept with the reason in /spool/rejected for `ephemetry drain --rejected`; 1 batch lost; 4 data points lost; ' +
      '5 batches of earlier runs removed by the limits of the spool /spool (EPHEMETRY_SPOOL_LIMIT_BYTES, _FILES, _HOURS)',
  );
});

test('what a drain had to give up of earlier runs is said, although the run itself is delivered', () => {
  expect(lineOf({ delivered: 1 }, { others: 4 })).toMatch(/^4 batches of earlier runs removed by the limits/);
  expect(lineOf({ delivered: 1 }, { othersRejected: 2, rejectedRemoved: 3, tornLines: 1 })).toBe(
    '2 batches of earlier runs rejected, kept with the reason in /spool/rejected for `ephemetry drain --rejected`; ' +
      '3 batches rejected earlier removed by the limits of the spool /spool (EPHEMETRY_SPOOL_LIMIT_BYTES, _FILES, _HOURS); ' +
      '1 half-written line of killed runs removed',
  );
});

test('an end that comes again says what is new', () => {
  const before = { own: 1, others: 4, othersRejected: 2, rejectedRemoved: 3, tornLines: 0 };
  expect(removedSince(before, NOTHING_REMOVED)).toEqual(before);
  expect(lineOf({ delivered: 1 }, removedSince(before, before))).toBeUndefined();
  expect(removedSince({ ...before, others: 5 }, before)).toEqual({ ...NOTHING_REMOVED, others: 1 });
});

test('what a spool-only run removed is said without a reason that is none', () => {
  const failure = { kind: 'spool-only' } as const;
  expect(lineOf({ spooled: 1, failure }, { others: 1 })).toMatch(/^1 batch of earlier runs removed/);
  expect(lineOf({ spooled: 1, failure }, { own: 2, others: 1 })).toMatch(
    /^2 batches of this run removed .*; 1 batch of earlier runs removed/,
  );
});
