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
  #failure: string | undefined;

  /** @param startUnixMs since when what is pushed may have been measured */
  constructor(sink: PushSink, startUnixMs: number, nowUnixMs: () => number = Date.now) {
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
    this.#failure = this.#sink.keep((resource) => pushedBody(points, resource, nowUnixMs)) ?? this.#failure;
  }

  /** Why something that counts was not kept. */
  failure(): string | undefined {
    return this.#failure;
  }
}
