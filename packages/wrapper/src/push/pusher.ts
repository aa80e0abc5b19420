/** Takes what is pushed and keeps it in the spool: batches as large as they may be, each in one write. */
import type { Attributes } from '@opentelemetry/api';
import type { Measurement } from './measurement.ts';
import { PushedBatch } from './pushed-batch.ts';
import { pushedBody } from './pushed-body.ts';

/** Where batches go. */
export interface PushSink {
  /**
   * Keeps a batch.
   *
   * @param bodyOf makes it with the resource that it must have
   * @returns why it is not kept; `undefined` when it is
   */
  keep(bodyOf: (resource: Attributes) => Uint8Array): string | undefined;
}

/** Owned by a push. */
export class Pusher {
  readonly #sink: PushSink;
  readonly #batch: PushedBatch;
  readonly #nowUnixMs: () => number;
  readonly #tellFailure: (failure: string) => void;
  #hasFailed = false;

  /**
   * @param startUnixMs since when what is pushed may have been measured
   * @param tellFailure takes why something that counts is not kept, at once and once: a loop may go on for days
   */
  constructor(
    sink: PushSink,
    startUnixMs: number,
    tellFailure: (failure: string) => void,
    nowUnixMs: () => number = Date.now,
  ) {
    this.#tellFailure = tellFailure;
    this.#sink = sink;
    this.#batch = new PushedBatch(startUnixMs);
    this.#nowUnixMs = nowUnixMs;
  }

  /** @returns why it does not count; `undefined` when it waits for {@link keep} or is kept */
  push(measurement: Measurement): string | undefined {
    const fault = this.#batch.add(measurement);
    if (this.#batch.isFull()) this.keep();
    return fault;
  }

  /** Keeps what waits. */
  keep(): void {
    if (this.#batch.isEmpty()) return;
    const nowUnixMs = this.#nowUnixMs();
    const points = this.#batch.take(nowUnixMs);
    const failure = this.#sink.keep((resource) => pushedBody(points, resource, nowUnixMs));
    if (failure === undefined) return;
    if (!this.#hasFailed) this.#tellFailure(failure);
    this.#hasFailed = true;
  }

  /** Whether something that counts was not kept. */
  hasFailed(): boolean {
    return this.#hasFailed;
  }
}
