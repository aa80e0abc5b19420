/**
 * Posts with care for batches: an endpoint that swallows them, or refuses one after the other, gets no more of them.
 *
 *     trusted ── 2xx that does not speak OTLP ─▶ suspect ── a request without data is answered in OTLP ─▶ trusted
 *        │  ▲
 *        │  └─ delivery ─┐
 *        ├─ 4xx that does not speak OTLP ─▶ a request without data is answered in OTLP? then it was said of this batch, and
 *        │                                  those behind it go on; else it is the endpoint, and all wait
 *        ├─ a connection that breaks in the middle of a batch, twice, though a request without data goes through ─▶ the same
 *        └─ three rejections in a row ─▶ refusing: each second batch is held back unsent, so that a drain stops, and a
 *                                        lane waits before it tries one more. Of those that were not said in OTLP only where
 *                                        nothing was taken yet: who has taken batches is known to be the right one
 */
import { endpointName } from '../../endpoint-name.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { Endpoint } from './endpoint.ts';
import { type PostOptions, postBatch } from './post-batch.ts';
import type { PostOutcome } from './post-outcome.ts';

/** {@link postBatch} to one endpoint. */
export type Post = (body: Uint8Array, options?: PostOptions) => Promise<PostOutcome>;

/** What outlasts a process: each would lose sight of one more batch otherwise. */
export interface SwallowedMemory {
  readonly swallowedStatus: () => number | undefined;
  readonly rememberSwallowed: (status: number | undefined) => void;
}

const NO_MEMORY: SwallowedMemory = { swallowedStatus: () => undefined, rememberSwallowed: () => {} };

type Failed = PostOutcome & { readonly kind: 'failed' };
/** What an answer said of a batch. */
type Refusal = DeliveryFailure & { readonly kind: 'rejected' | 'misconfigured' | 'not-otlp' };

/** One bad batch says nothing of an endpoint, nor do two. */
const REJECTIONS_LIMIT = 3;

/** The specification wants it answered with success: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response. */
const REQUEST_WITHOUT_DATA = Buffer.from('{"resourceMetrics":[]}');

/** A {@link Post} with a memory of its answers, also of earlier runs. What is held back comes back as failed and not sent. */
export function createWaryPost(endpoint: Endpoint, memory: SwallowedMemory = NO_MEMORY): Post {
  let suspicion = earlierSuspicion(endpoint, memory.swallowedStatus());
  let refusedInARow = 0;
  let refusal: Failed | undefined;
  let hasDelivered = false;

  return async (body, options = {}) => {
    if (suspicion !== undefined) {
      suspicion = await probe(endpoint, suspicion, options.timeoutMs);
      if (suspicion === undefined) memory.rememberSwallowed(undefined);
    }
    const held = suspicion ?? refusal;
    refusal = undefined;
    if (held !== undefined) return held;
    const outcome = await postTwice(endpoint, body, options);
    if (outcome.kind === 'delivered') {
      refusedInARow = 0;
      hasDelivered = true;
      return outcome;
    }
    const foreign = foreignRefusalOf(outcome);
    if (foreign !== undefined) {
      if ((await probe(endpoint, outcome, options.timeoutMs)) !== undefined) return outcome;
      refusedInARow += 1;
      if (!hasDelivered) refusal = refuse(foreign, refusedInARow);
      return { ...outcome, isOfTheBatch: true };
    }
    if (swallowedStatusOf(outcome) !== undefined) {
      suspicion = { ...outcome, isSentWhole: false };
      memory.rememberSwallowed(swallowedStatusOf(outcome));
    } else if (outcome.failure.kind === 'rejected') {
      refusedInARow += 1;
      refusal = refuse(outcome.failure, refusedInARow);
    }
    return outcome;
  };
}

/**
 * What breaks off in the middle may be the network, or somebody who closes when a batch is too large for him. Where a request
 * without data goes through, the batch is tried once more, for nothing of it has arrived; then it is the batch.
 */
async function postTwice(endpoint: Endpoint, body: Uint8Array, options: PostOptions): Promise<PostOutcome> {
  const first = await postBatch(endpoint, body, options);
  if (first.kind === 'delivered' || first.isBrokenOff !== true) return first;
  if ((await probe(endpoint, first, options.timeoutMs)) !== undefined) return first;
  const second = await postBatch(endpoint, body, options);
  if (second.kind === 'delivered' || second.isBrokenOff !== true) return second;
  return { ...second, isOfTheBatch: true };
}

function earlierSuspicion({ url }: Endpoint, status: number | undefined): Failed | undefined {
  if (status === undefined) return undefined;
  const detail = 'an earlier run saw it, and it has not answered as OTLP since';
  const failure = { kind: 'not-otlp', endpoint: endpointName(url), status, detail } as const;
  return { kind: 'failed', failure, isSentWhole: false };
}

/** The status with which something took it that is not an OTLP receiver. */
function swallowedStatusOf({ failure }: Failed): number | undefined {
  return failure.kind === 'not-otlp' && failure.status < 300 ? failure.status : undefined;
}

/** A proxy that finds a batch too large says so in its own words, and so does one that leads nowhere. */
function foreignRefusalOf({ failure }: Failed): Refusal | undefined {
  if (failure.kind === 'misconfigured') return failure;
  return failure.kind === 'not-otlp' && failure.status >= 300 ? failure : undefined;
}

/** Returns what is still held against the endpoint. Only an answer in OTLP can clear it: a refusal is one too. */
async function probe(
  endpoint: Endpoint,
  suspicion: Failed,
  timeoutMs: number | undefined,
): Promise<Failed | undefined> {
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  const outcome = await postBatch(endpoint, REQUEST_WITHOUT_DATA, options);
  if (outcome.kind === 'delivered' || outcome.failure.kind === 'rejected') return undefined;
  return swallowedStatusOf(outcome) !== undefined ? { ...outcome, isSentWhole: false } : suspicion;
}

function refuse({ kind, endpoint, status, detail }: Refusal, rejections: number): Failed | undefined {
  if (rejections < REJECTIONS_LIMIT) return undefined;
  const isForeign = kind === 'rejected' ? {} : ({ isForeign: true } as const);
  const failure = { kind: 'refusing', endpoint, status, detail, rejections, ...isForeign } as const;
  return { kind: 'failed', failure, isSentWhole: false };
}
