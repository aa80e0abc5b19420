import { expect, test } from 'vitest';
import { EMPTY_TALLY, type Tally } from '../tally.ts';
import { type DeliveryFailure, NO_VERDICT, type Verdict } from '../verdict.ts';
import { describeEnding } from './describe-ending.ts';
import { NOTHING_UNTOLD, type Untold, untoldSince } from './untold.ts';

const endpoint = 'http://c:4318/v1/metrics';
const refused: DeliveryFailure = { kind: 'unreachable', endpoint, detail: 'ECONNREFUSED' };

function lineOf(
  verdict: Partial<Verdict>,
  untold: Partial<Omit<Untold, 'others'>> & { readonly others?: Partial<Tally> } = {},
): string | undefined {
  const others = { ...EMPTY_TALLY, ...untold.others };
  return describeEnding({ ...NO_VERDICT, ...verdict }, '/spool', { ...NOTHING_UNTOLD, ...untold, others });
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
    'correct OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_HEADERS, then',
  ],
  [{ kind: 'tls', endpoint, detail: '' }, 'correct OTEL_EXPORTER_OTLP_CERTIFICATE, then'],
] as const)('%j: names the setting to correct', (failure, advice) => {
  expect(lineOf({ spooled: 2, failure })).toContain(`2 batches spooled in /spool: ${advice}`);
});

test('says everything that is not delivered in one line', () => {
  const failure: DeliveryFailure = { kind: 'rejected', endpoint, status: 400, detail: 'bad' };
  expect(
    lineOf({ spooled: 1, rejected: 2, unsent: 1, lostDataPoints: 4, failure }, { others: { expired: 5 } }),
  ).toBe(
    `${endpoint} answered 400 bad: 1 batch spooled in /spool, the next run or \`ephemetry drain\` delivers it; ` +
      '2 batches were rejected and are kept with the reason in /spool/rejected, for `ephemetry drain --rejected`; 1 batch lost; 4 data points lost; ' +
      '5 batches of earlier runs removed by the limits of the spool /spool (EPHEMETRY_SPOOL_LIMIT_BYTES, _FILES, _HOURS)',
  );
});

test('what a drain had to give up of earlier runs is said, although the run itself is delivered', () => {
  expect(lineOf({ delivered: 1 }, { others: { expired: 4 } })).toMatch(
    /^4 batches of earlier runs removed by the limits/,
  );
  expect(
    lineOf({ delivered: 1 }, { others: { rejected: 2, unreadable: 1, abandoned: 4 }, rejectedRemoved: 3 }),
  ).toBe(
    '2 batches of earlier runs were rejected and are kept with the reason in /spool/rejected, for `ephemetry drain --rejected`; ' +
      'removed 1 half-written line that a killed run left; ' +
      '4 batches of earlier runs in doubt were given up (EPHEMETRY_IN_DOUBT=drop); ' +
      'the limits of the spool /spool (EPHEMETRY_SPOOL_LIMIT_BYTES, _FILES, _HOURS) removed 3 batches that were rejected earlier',
  );
});

test('an end that comes again says what is new', () => {
  const before = { own: 1, others: { ...EMPTY_TALLY, expired: 4, rejected: 2 }, rejectedRemoved: 3 };
  const after = { ...before, others: { ...before.others, expired: 5 } };
  expect(untoldSince(before, NOTHING_UNTOLD)).toEqual(before);
  expect(lineOf({ delivered: 1 }, untoldSince(before, before))).toBeUndefined();
  expect(untoldSince(after, before)).toEqual({ ...NOTHING_UNTOLD, others: { ...EMPTY_TALLY, expired: 1 } });
});

test('what a spool-only run removed is said without a reason that is none', () => {
  const failure = { kind: 'spool-only' } as const;
  expect(lineOf({ spooled: 1, failure }, { others: { expired: 1 } })).toMatch(
    /^1 batch of earlier runs removed/,
  );
  expect(lineOf({ spooled: 1, failure }, { own: 2, others: { expired: 1 } })).toMatch(
    /^2 batches of this run removed .*; 1 batch of earlier runs removed/,
  );
});
