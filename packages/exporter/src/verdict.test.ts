import { expect, test } from 'vitest';
import { type DeliveryFailure, describeFailure } from './verdict.ts';

const endpoint = 'http://localhost:4318/v1/metrics';

const SENTENCES: readonly [DeliveryFailure, string][] = [
  [
    { kind: 'unreachable', endpoint, detail: 'connect ECONNREFUSED 127.0.0.1:4318' },
    `${endpoint} cannot be reached (connect ECONNREFUSED 127.0.0.1:4318)`,
  ],
  [
    { kind: 'tls', endpoint, detail: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    `${endpoint} failed the TLS handshake (DEPTH_ZERO_SELF_SIGNED_CERT)`,
  ],
  [{ kind: 'timeout', endpoint, timeoutMs: 250 }, `${endpoint} did not answer within 250 ms`],
  [
    { kind: 'timeout', endpoint, timeoutMs: 250, stage: 'sending' },
    `no batch could be sent to ${endpoint} within 250 ms`,
  ],
  [
    { kind: 'timeout', endpoint, timeoutMs: 5, stage: 'ending' },
    `the program ended 5 ms after it sent a batch to ${endpoint} and did not wait for the answer`,
  ],
  [{ kind: 'busy', endpoint, status: 503, detail: 'overloaded' }, `${endpoint} answered 503 overloaded`],
  [
    { kind: 'busy', endpoint, status: 429, detail: 'slow down', retryAfterMs: 1200 },
    `${endpoint} answered 429 slow down (retry after 2 s)`,
  ],
  [{ kind: 'misconfigured', endpoint, status: 401, detail: 'no token' }, `${endpoint} answered 401 no token`],
  [{ kind: 'rejected', endpoint, status: 400, detail: 'bad body' }, `${endpoint} answered 400 bad body`],
  [
    { kind: 'not-otlp', endpoint, status: 200, detail: 'text/html' },
    `${endpoint} answered 200, but the answer is not OTLP (text/html)`,
  ],
  [
    { kind: 'refusing', endpoint, status: 400, rejections: 3, detail: 'no deltas' },
    `${endpoint} rejected 3 batches in a row (400 no deltas): check that it takes OTLP/HTTP metrics with delta temporality`,
  ],
  [
    { kind: 'partial', endpoint, rejectedDataPoints: 3, detail: 'too old' },
    `${endpoint} refused 3 data points of an accepted batch (too old)`,
  ],
  [{ kind: 'spool', path: '/spool', detail: 'EROFS' }, 'the spool /spool cannot be used (EROFS)'],
  [{ kind: 'thread', detail: 'it ended' }, 'the delivery thread is not running (it ended)'],
  [{ kind: 'spool-only' }, 'delivery is spool-only'],
];

test.each(SENTENCES)('%j is one sentence for people', (failure, sentence) => {
  expect(describeFailure(failure)).toBe(sentence);
});
