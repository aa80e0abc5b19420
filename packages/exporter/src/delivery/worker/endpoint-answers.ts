/** What the answers of an endpoint tell of it: how long they take, and for how long it knows a batch again. */
import { type EndpointMemory, readEndpointMemory, rememberEndpoint } from '../../spool/endpoint-memory.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { PostOutcome } from '../post/post-outcome.ts';

/** An answer may take so many times as long as the last one. */
const SPREAD = 1.5;

/** Owned by who delivers; what lasts is remembered in the spool. */
export class EndpointAnswers {
  readonly #directory: string | undefined;
  readonly #url: string;
  #memory: EndpointMemory | undefined;
  #answerMs: number | undefined;

  /** Without a directory nothing outlasts the process. */
  constructor(directory: string | undefined, url: string) {
    this.#directory = directory;
    this.#url = url;
    this.lookAgain();
  }

  /** Somebody else has remembered something. */
  lookAgain(): void {
    this.#memory = this.#directory === undefined ? undefined : readEndpointMemory(this.#directory, this.#url);
  }

  /** For so long the endpoint knows a batch again; `undefined` when it never said. */
  windowSeconds(): number | undefined {
    return this.#memory?.dedupeWindowSeconds;
  }

  /** How long the next answer may take; 0 before the first. */
  expectedMs(): number {
    return SPREAD * (this.#answerMs ?? this.#memory?.answerMs ?? 0);
  }

  /** With which status it took a batch without speaking OTLP, and has not spoken it since. */
  swallowedStatus(): number | undefined {
    return this.#memory?.swallowedStatus;
  }

  /** Told when it takes a batch so, and with `undefined` when it speaks OTLP again. */
  rememberSwallowed(swallowedStatus: number | undefined): void {
    if (this.#directory !== undefined) rememberEndpoint(this.#directory, this.#url, { swallowedStatus });
  }

  /** An answer ends a silence. Only what takes the batch says for how long it would know it again. */
  observe(outcome: PostOutcome, tookMs: number): void {
    if (outcome.kind === 'failed' && !isAnswered(outcome.failure)) return;
    this.#answerMs = tookMs;
    if (this.#directory === undefined) return;
    const dedupeWindowSeconds =
      outcome.kind === 'delivered' ? outcome.dedupeWindowSeconds : this.#memory?.dedupeWindowSeconds;
    const known = this.#memory;
    if (known?.silentSinceUnixMs === undefined && known?.dedupeWindowSeconds === dedupeWindowSeconds) return;
    const memory = { dedupeWindowSeconds, silentSinceUnixMs: undefined, answerMs: Math.round(tookMs) };
    rememberEndpoint(this.#directory, this.#url, memory);
    this.lookAgain();
  }
}

/** Whatever it said, and whoever said it, somebody is there. */
function isAnswered({ kind }: DeliveryFailure): boolean {
  return ['busy', 'misconfigured', 'not-otlp', 'rejected'].includes(kind);
}
