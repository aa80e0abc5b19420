/**
 * Posts with care for batches: an endpoint that swallows them, or refuses one after the other, gets no more of them.
 *
 *     trusted ── 2xx that does not speak OTLP ─▶ suspect ── a request without data is answered in OTLP ─▶ trusted
 *        │  ▲
 *        │  └─ delivery ─┐
 *        ├─ 4xx that does not speak OTLP ─▶ a request without data is answered in OTLP? then it was said of this batch, and
 *        │                                  those behind it go on; else it is the endpoint, and all wait
 *        └─ three rejections in a row ─▶ refusing: each second batch is held back unsent, so that a drain stops, and a
 *                                        lane waits before it tries one more
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
type Rejected = DeliveryFailure & { readonly kind: 'rejected' };

/** One bad batch says nothing of an endpoint, nor do two. */
const REJECTIONS_LIMIT = 3;

/** So many batches in a row may have been refused by something in front of an endpoint that has taken none yet. */
const FOREIGN_REFUSALS_LIMIT = 3;

/** The specification wants it answered with success: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response. */
const REQUEST_WITHOUT_DATA = Buffer.from('{"resourceMetrics":[]}');

/** A {@link Post} with a memory of its answers, also of earlier runs. What is held back comes back as failed and not sent. */
export function createWaryPost(endpoint: Endpoint, memory: SwallowedMemory = NO_MEMORY): Post {
  let suspicion = earlierSuspicion(endpoint, memory.swallowedStatus());
  let rejectedInARow = 0;
  let refusal: Failed | undefined;
  let hasDelivered = false;
  let foreignRefusals = 0;

  return async (body, options = {}) => {
    if (suspicion !== undefined) {
      suspicion = await probe(endpoint, suspicion, options.timeoutMs);
      if (suspicion === undefined) memory.rememberSwallowed(undefined);
    }
    const held = suspicion ?? refusal;
    refusal = undefined;
    if (held !== undefined) return held;
    const outcome = await postBatch(endpoint, body, options);
    if (outcome.kind === 'delivered') {
      rejectedInARow = 0;
      hasDelivered = true;
    } else if (isForeignRefusal(outcome)) {
      foreignRefusals += 1;
      const mayBeTheBatch = hasDelivered || foreignRefusals < FOREIGN_REFUSALS_LIMIT;
      const blamed = mayBeTheBatch ? await probe(endpoint, outcome, options.timeoutMs) : outcome;
      if (blamed === undefined) return { ...outcome, isOfTheBatch: true };
    } else if (swallowedStatusOf(outcome) !== undefined) {
      suspicion = { ...outcome, isSentWhole: false };
      memory.rememberSwallowed(swallowedStatusOf(outcome));
    } else if (outcome.failure.kind === 'rejected') {
      rejectedInARow += 1;
      refusal = refuse(outcome.failure, rejectedInARow);
    }
    return outcome;
  };
}

function earlierSuspicion({ url }: Endpoint, status: number | undefined): Failed | undefined {
  if (status === undefined) return undefined;
  const detail = 'an earlier run saw it, and it has not answered as OTLP since';
  const failure = { kind: 'not-otlp', endpoint: endpointName(url), status, detail } as const;
  return { kind: 'failed', failure, isSentWhole: false };
}

/** The status with which something took it that is no OTLP receiver. */
function swallowedStatusOf({ failure }: Failed): number | undefined {
  return failure.kind === 'not-otlp' && failure.status < 300 ? failure.status : undefined;
}

/** A proxy that finds a batch too large says so in its own words, and so does one that leads nowhere. */
function isForeignRefusal({ failure }: Failed): boolean {
  return failure.kind === 'misconfigured' || (failure.kind === 'not-otlp' && failure.status >= 300);
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

function refuse({ endpoint, status, detail }: Rejected, rejections: number): Failed | undefined {
  if (rejections < REJECTIONS_LIMIT) return undefined;
  const failure = { kind: 'refusing', endpoint, status, detail, rejections } as const;
  return { kind: 'failed', failure, isSentWhole: false };
}
