/** The columns of the exit matrix: what a Collector does, and what becomes of a batch while it does so. */
import type { Behaviour } from '@ephemetry/testing';

/** `either`: which of the two attempts meets the fault is a race. */
export type Fate = 'delivered' | 'spooled' | 'either' | 'rejected' | 'partial';

/** `refuse`: nobody listens. `untrusted`: TLS with a certificate that nobody has signed. */
export interface MatrixCollector {
  readonly behaviour: Behaviour | 'refuse' | 'untrusted';
  readonly fate: Fate;
}

/** By the words that follow "a Collector that". */
export const COLLECTORS: Readonly<Record<string, MatrixCollector>> = {
  answers: { behaviour: { kind: 'answer' }, fate: 'delivered' },
  refuses: { behaviour: 'refuse', fate: 'spooled' },
  'never answers': { behaviour: { kind: 'silent' }, fate: 'spooled' },
  'answers 503 once': { behaviour: { kind: 'status', status: 503, times: 1 }, fate: 'either' },
  'answers 503 always': { behaviour: { kind: 'status', status: 503 }, fate: 'spooled' },
  'answers 400': { behaviour: { kind: 'status', status: 400 }, fate: 'rejected' },
  'answers 401': { behaviour: { kind: 'status', status: 401 }, fate: 'spooled' },
  'answers 403': { behaviour: { kind: 'status', status: 403 }, fate: 'spooled' },
  'answers 404': { behaviour: { kind: 'status', status: 404 }, fate: 'spooled' },
  'answers 413': { behaviour: { kind: 'status', status: 413 }, fate: 'rejected' },
  'answers 429 with Retry-After': {
    behaviour: { kind: 'status', status: 429, headers: { 'retry-after': '30' } },
    fate: 'spooled',
  },
  'takes a part': {
    behaviour: { kind: 'partial', rejectedDataPoints: 1, message: 'no', times: 1 },
    fate: 'partial',
  },
  'drips its answer': { behaviour: { kind: 'drip' }, fate: 'spooled' },
  'has an untrusted certificate': { behaviour: 'untrusted', fate: 'spooled' },
  'commits, then loses the answer': { behaviour: { kind: 'commit-then-drop' }, fate: 'spooled' },
};

/** Keeps a program waiting for as long as the program's budget lasts. */
export function isEndless({ behaviour }: MatrixCollector): boolean {
  return typeof behaviour === 'object' && ['silent', 'drip'].includes(behaviour.kind);
}
