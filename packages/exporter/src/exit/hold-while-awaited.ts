/**
 * What a host calls and does not await must not keep its process alive for as long as what it awaits: a flush at a silent
 * endpoint may take 10 s. A promise hears of it when somebody awaits it.
 */
import { LONGEST_TIMER_MS } from '../delivery/longest-timer.ts';

/** As they were when this was loaded: a host that puts its own in their place must not end in the middle of an `await`. */
const TIMERS = { setTimeout, clearTimeout };

/**
 * The same promise. It keeps the process alive until `work` settles once somebody awaits it, and until then as long as
 * `unawaitedMs` says; that is asked again when the time is over.
 */
export function holdWhileAwaited<T>(work: Promise<T>, unawaitedMs: () => number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isSettled = false;
  let isAwaited = false;
  const holdFor = (ms: number, next: () => void): void => {
    TIMERS.clearTimeout(timer);
    timer = isSettled || ms <= 0 ? undefined : TIMERS.setTimeout(next, Math.min(ms, LONGEST_TIMER_MS));
  };
  const holdUnawaited = (): void => {
    if (!isAwaited) holdFor(unawaitedMs(), holdUnawaited);
  };
  const holdAwaited = (): void => {
    isAwaited = true;
    holdFor(LONGEST_TIMER_MS, holdAwaited);
  };
  const release = (): void => {
    isSettled = true;
    TIMERS.clearTimeout(timer);
  };
  work.then(release, release);
  holdUnawaited();
  return new NoticingPromise(work, holdAwaited);
}

/** Calls `onAwaited` when `then`, and with it `await`, `catch` or `finally`, is called. */
class NoticingPromise<T> extends Promise<T> {
  readonly #onAwaited: () => void;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  constructor(work: Promise<T>, onAwaited: () => void) {
    super((resolve, reject) => void work.then(resolve, reject));
    this.#onAwaited = onAwaited;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has one.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#onAwaited();
    return super.then(onFulfilled, onRejected);
  }
}
