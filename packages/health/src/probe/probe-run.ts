import type { Socket } from 'node:net';
import type { Finding, Phase, ProbeFacts } from './probe-facts.ts';

/** What a probe needs of the world. */
export interface ProbeClocks {
  /** @default Date.now */
  readonly nowUnixMs?: () => number;
  /** @default performance.now */
  readonly nowMs?: () => number;
}

/**
 * One probe while it runs: its deadline, and what it has found so far. Every wait of a probe ends with `signal`: at the
 * deadline, or when whoever asked for the probe stops.
 */
export class ProbeRun implements Disposable {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #stop: AbortSignal | undefined;
  readonly #nowMs: () => number;
  readonly #nowUnixMs: () => number;
  readonly #startedMs: number;
  readonly #deadlineMs: number;
  readonly #phases: { [Name in Phase]?: number } = {};
  readonly #sockets: Socket[] = [];
  #certificateExpiryUnixSeconds: number | undefined;

  constructor(timeoutMs: number, stop?: AbortSignal, clocks: ProbeClocks = {}) {
    this.signal = this.#controller.signal;
    this.#nowMs = clocks.nowMs ?? (() => performance.now());
    this.#nowUnixMs = clocks.nowUnixMs ?? Date.now;
    this.#startedMs = this.#nowMs();
    this.#deadlineMs = this.#startedMs + timeoutMs;
    this.#timer = setTimeout(this.#abort, timeoutMs);
    this.#stop = stop;
    stop?.addEventListener('abort', this.#abort);
    if (stop?.aborted === true) this.#abort();
  }

  /** Milliseconds until the deadline. */
  remainingMs(): number {
    return Math.max(0, this.#deadlineMs - this.#nowMs());
  }

  /** Starts a phase; what is returned completes it. A phase that is never completed has no time. */
  start(phase: Phase): () => void {
    const startedMs = this.#nowMs();
    return () => {
      this.#phases[phase] = (this.#phases[phase] ?? 0) + (this.#nowMs() - startedMs) / 1000;
    };
  }

  /** Whatever becomes of the probe, this connection ends with it. */
  holds(socket: Socket): void {
    this.#sockets.push(socket);
  }

  /** Notes when the certificate that was presented expires. */
  presented(certificateExpiryUnixSeconds: number): void {
    this.#certificateExpiryUnixSeconds = certificateExpiryUnixSeconds;
  }

  /** All that was found. A probe that was stopped says nothing of its target. */
  facts(finding: Finding): ProbeFacts {
    const wasStopped = this.#stop?.aborted === true && finding.kind !== 'answered';
    const expiry = this.#certificateExpiryUnixSeconds;
    return {
      finding: wasStopped ? { kind: 'unmeasured', reason: 'the probe was stopped' } : finding,
      phases: this.#phases,
      seconds: (this.#nowMs() - this.#startedMs) / 1000,
      ...(expiry === undefined ? {} : { certificateExpiryUnixSeconds: expiry }),
      endedUnixMs: this.#nowUnixMs(),
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#stop?.removeEventListener('abort', this.#abort);
    this.#abort();
    for (const socket of this.#sockets) socket.destroy();
  }

  readonly #abort = (): void => this.#controller.abort();
}
