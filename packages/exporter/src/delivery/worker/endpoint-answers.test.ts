import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { readEndpointMemory, rememberEndpoint } from '../../spool/endpoint-memory.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import { EndpointAnswers } from './endpoint-answers.ts';

const url = 'http://c:4318/v1/metrics';
const common = { endpoint: url, detail: '' };

function failed(failure: DeliveryFailure, isSentWhole: boolean): PostOutcome {
  return { kind: 'failed', failure, isSentWhole };
}

/** An endpoint that a wait in vain was just remembered of, while it was already in use. */
function silent(): { answers: EndpointAnswers; isSilent: () => boolean } {
  const { path: directory, remove } = temporaryDirectory();
  onTestFinished(remove);
  const answers = new EndpointAnswers(directory, url);
  rememberEndpoint(directory, url, { silentSinceUnixMs: 1 });
  answers.lookAgain();
  return { answers, isSilent: () => readEndpointMemory(directory, url)?.silentSinceUnixMs !== undefined };
}

test.each<[string, PostOutcome]>([
  ['a delivery', { kind: 'delivered' }],
  [
    '503 of a proxy, which may have passed the batch on',
    failed({ kind: 'busy', ...common, status: 503 }, true),
  ],
  ['401', failed({ kind: 'misconfigured', ...common, status: 401 }, false)],
  ['a login page', failed({ kind: 'not-otlp', ...common, status: 200 }, true)],
])('%s ends a silence', (_, outcome) => {
  const { answers, isSilent } = silent();
  answers.observe(outcome, 5);
  expect(isSilent()).toBe(false);
});

test.each<[string, PostOutcome]>([
  ['no answer in time', failed({ kind: 'timeout', endpoint: url, timeoutMs: 1000 }, true)],
  ['nobody at home', failed({ kind: 'unreachable', ...common }, false)],
  ['a connection that broke', failed({ kind: 'unreachable', ...common }, true)],
])('%s does not', (_, outcome) => {
  const { answers, isSilent } = silent();
  answers.observe(outcome, 5);
  expect(isSilent()).toBe(true);
});
