/**
 * One callback with the instruments it observes. What a call observes is held back until the call is over.
 *
 *     call ─▶ observations ─▶ it returned, or its promise is fulfilled ─▶ taken into the next batch
 *                  ├─ it threw, or was removed ─▶ dropped
 *                  └─ the end comes, or whoever waits has no time left ─▶ what it observed so far is taken
 */
import type { Attributes } from '@opentelemetry/api';
import { describeThrown } from '../../describe-thrown.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import type { Complaints } from '../complaints.ts';
import type { Invoke } from '../instrument.ts';
import { ObservableInstrument } from './observable-instruments.ts';
import { Observations } from './observations.ts';

/** The longest that a call may take for the callback to be called at the end of the process as well: nothing can interrupt it. */
const QUICK_MS = 50;

/** So many quick calls in a row make up for a slow one: on a busy machine any call may take long once. */
const QUICK_CALLS = 3;

/** After so long a running call is given up by the interval, and the callback is called anew: the SDK's default. */
const CALL_LIMIT_MS = 30_000;

/** What an observer needs from the observers of its run. */
export interface ObserverRun {
  readonly complaints: Complaints;
  /** Called after observations were taken. */
  readonly took: () => void;
}

/** An asynchronous call that is not over. */
interface RunningCall {
  readonly startMs: number;
  readonly over: Promise<void>;
  /** Whether somebody waited for it in vain. */
  isOverdue: boolean;
}

/** Owned by the observers of a run. */
export class Observer {
  readonly #callback: unknown;
  readonly #instruments: ReadonlySet<ObservableInstrument>;
  readonly #invoke: Invoke;
  readonly #run: ObserverRun;
  /** Of the call that is running; what a call observes after it was given up goes nowhere. */
  #observations: Observations<ObservableInstrument> | undefined;
  #running: RunningCall | undefined;
  #isOnStack = false;
  #isAsynchronous = false;
  #isSlowSaid = false;
  /** Quick calls in a row that are missing until the callback counts as quick. */
  #owedQuickCalls = 0;
  #isThrowSaid = false;

  constructor(
    callback: unknown,
    instruments: ReadonlySet<ObservableInstrument>,
    invoke: Invoke,
    run: ObserverRun,
  ) {
    this.#callback = callback;
    this.#instruments = instruments;
    this.#invoke = invoke;
    this.#run = run;
  }

  isFor(callback: unknown, instruments: ReadonlySet<ObservableInstrument>): boolean {
    const own = this.#instruments;
    return (
      callback === this.#callback &&
      own.size === instruments.size &&
      [...own].every((one) => instruments.has(one))
    );
  }

  /** A callback may read what its module declares further down: `threw` can have it called again when that is done. */
  callFirst(threw: () => void): void {
    this.#call(threw);
  }

  /** For the interval: a call that runs is left alone. */
  callInTime(): void {
    const running = this.#running;
    if (running === undefined || monotonicMs() - running.startMs >= CALL_LIMIT_MS) this.#callNow();
  }

  /** For a flush: called after the call that runs; one that was waited for in vain is not waited for again. */
  callAnew(isOver: () => boolean): Promise<void> | undefined {
    const running = this.#running;
    if (running === undefined) return this.#callNow();
    if (running.isOverdue) return undefined;
    return running.over.then(() => (isOver() ? undefined : this.#callNow()));
  }

  /** For a flush during another: what is asynchronous is left to the other. */
  callIfSynchronous(): void {
    if (!this.#isAsynchronous) this.#callNow();
  }

  /** For a process that ends: nothing is waited for, and what was slow is not called. */
  callLast(): void {
    if (this.#owedQuickCalls === 0 && !this.#isOnStack) this.#callNow();
    this.settle();
  }

  /** Waits no longer: takes what the running call has observed so far. */
  giveUp(): void {
    if (this.#running === undefined) return;
    this.#running.isOverdue = true;
    this.settle();
  }

  /** Takes what the running call has observed so far; what it observes from here on comes too late. */
  settle(): void {
    const observed = this.#observations?.byInstrument() ?? [];
    this.#observations = undefined;
    for (const [instrument, values] of observed) instrument.take(values);
    if (observed.length > 0) this.#run.took();
  }

  /** Takes nothing more. */
  abandon(): void {
    this.#observations = undefined;
  }

  #callNow(): Promise<void> | undefined {
    return this.#call((error) => this.#sayThrew(error));
  }

  /** Returns a promise, which never rejects, when the callback is asynchronous. */
  #call(threw: (error: unknown) => void): Promise<void> | undefined {
    this.settle();
    this.#running = undefined;
    const observations = new Observations<ObservableInstrument>();
    this.#observations = observations;
    const startMs = monotonicMs();
    this.#isOnStack = true;
    try {
      const returned = this.#invoke((...given) => this.#observe(observations, ...given));
      this.#isOnStack = false;
      this.#noteTime(monotonicMs() - startMs);
      this.#isAsynchronous = isThenable(returned);
      if (isThenable(returned)) return this.#waitFor(returned, observations, startMs);
      this.settle();
    } catch (error) {
      this.#isOnStack = false;
      this.abandon();
      this.#noteTime(monotonicMs() - startMs);
      threw(error);
    }
    return undefined;
  }

  #waitFor(returned: PromiseLike<unknown>, observations: object, startMs: number): Promise<void> {
    const over = this.#settleAfter(returned, observations);
    const running = { startMs, over, isOverdue: false };
    this.#running = running;
    return over.then(() => {
      if (this.#running === running) this.#running = undefined;
    });
  }

  async #settleAfter(returned: PromiseLike<unknown>, observations: object): Promise<void> {
    try {
      await returned;
      if (this.#observations === observations) this.settle();
    } catch (error) {
      if (this.#observations === observations) this.abandon();
      this.#sayThrew(error);
    }
  }

  #observe(
    observations: Observations<ObservableInstrument>,
    instrument: unknown,
    value: number,
    attributes?: Attributes,
  ): void {
    if (!(instrument instanceof ObservableInstrument)) return;
    if (!this.#instruments.has(instrument)) {
      this.#run.complaints.add(
        `${instrument.name()}: dropped a value from a callback that is not registered for this instrument`,
      );
      return;
    }
    const observation = instrument.observation(value, attributes);
    if (observation !== undefined) observations.add(instrument, observation);
  }

  #noteTime(ms: number): void {
    if (ms <= QUICK_MS) {
      this.#owedQuickCalls = Math.max(0, this.#owedQuickCalls - 1);
      return;
    }
    this.#owedQuickCalls = QUICK_CALLS;
    if (this.#isSlowSaid) return;
    this.#isSlowSaid = true;
    this.#run.complaints.add(
      `${this.#name()}: its callback took ${Math.round(ms)} ms. At the end of the process a callback may take ${QUICK_MS} ms, so this one is skipped there until ${QUICK_CALLS} calls in a row are fast`,
    );
  }

  #sayThrew(error: unknown): void {
    if (this.#isThrowSaid) return;
    this.#isThrowSaid = true;
    this.#run.complaints.add(
      `${this.#name()}: its callback threw: ${describeThrown(error)}; nothing was observed`,
    );
  }

  #name(): string {
    return [...this.#instruments][0]?.name() ?? '';
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
