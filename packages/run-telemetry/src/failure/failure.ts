/** One failure of a run: its class, and the cluster that it belongs to. A pure function of itself: nothing can move it. */
import { createHash } from 'node:crypto';
import type { FaultFields } from '../event/agent-event.ts';
import { redactSecrets } from '../event/redact-secrets.ts';
import { classifyFailure, type FailureClass } from './failure-class.ts';
import { MASKER_VERSION, maskParts } from './mask-message.ts';

/** What is known of a failure before it is classified. */
export interface FailureFacts {
  /** The type of the event, or `loop`. */
  readonly kind: string;
  /** The tool or the source that failed. */
  readonly place: string | undefined;
  readonly fault: FaultFields | undefined;
  readonly finishReason: string | undefined;
  /** The place of its event in the run. */
  readonly seq: number;
  /** How long the call took that failed. */
  readonly durationMs?: number | undefined;
  /** How many documents a retrieval found. */
  readonly documents?: number | undefined;
  /** Whether the same tool succeeded later in the run. */
  readonly isRecovered?: boolean;
}

/** A failure. */
export interface Failure {
  /** `f1-` and 12 hex digits. */
  readonly cluster: string;
  readonly class: FailureClass;
  readonly place: string | undefined;
  readonly code: string | undefined;
  /** What its message says every time; empty where it has none. */
  readonly template: string;
  /** What stood in the places of its message, without secrets. */
  readonly values: readonly string[];
  readonly seq: number;
  readonly durationMs: number | undefined;
  readonly documents: number | undefined;
  /** Whether the same tool succeeded later in the run. */
  readonly isRecovered: boolean;
}

/** Classifies a failure and names its cluster. */
export function toFailure(facts: FailureFacts): Failure {
  const { kind, place, fault, finishReason, seq, durationMs, documents, isRecovered = false } = facts;
  const { template, values } = maskParts(redactSecrets(fault?.message ?? '').text);
  const code = fault?.code;
  const failureClass = classifyFailure({
    kind,
    code,
    finishReason,
    maskedText: template.toLowerCase(),
    given: fault?.class,
  });
  return {
    cluster: clusterId(failureClass, place, code, template),
    class: failureClass,
    place,
    code,
    template,
    values,
    seq,
    durationMs,
    documents,
    isRecovered,
  };
}

/** The failure of a run that did not succeed and in which nothing failed. */
export const WRONG_RESULT: Failure = {
  cluster: clusterId('wrong_result', undefined, undefined, ''),
  class: 'wrong_result',
  place: undefined,
  code: undefined,
  template: '',
  values: [],
  seq: Number.MAX_SAFE_INTEGER,
  durationMs: undefined,
  documents: undefined,
  isRecovered: false,
};

/** `payment amount does not add up (book)`, for people. */
export function clusterLabel({ class: failureClass, place, code, template }: Failure): string {
  const words = template === '' ? (code ?? failureClass.replaceAll('_', ' ')) : template;
  return place === undefined ? words : `${words} (${place})`;
}

function clusterId(
  failureClass: FailureClass,
  place: string | undefined,
  code: string | undefined,
  template: string,
): string {
  const parts = [MASKER_VERSION, failureClass, place ?? null, code ?? null, template];
  return `f1-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)}`;
}
