/** One callback with the instruments it observes. */
import type { Attributes } from '@opentelemetry/api';
import { monotonicMs } from '../monotonic-clock.ts';
import type { Complaints } from './complaints.ts';
import type { Invoke } from './instrument.ts';
import { ObservableInstrument } from './observable-instruments.ts';
import { Observations } from './observations.ts';

/** The longest that one call may take for the callback to be called at the end of the process as well. */
const QUICK_MS = 50;

/** What an observer needs from its run. */
export interface ObserverRun {
  readonly complaints: Complaints;
  /** Called after observations were taken. */
  readonly measured: () => void;
}

/** Owned by the observers of a run. */
export class Observer {
  readonly #callback: unknown;
  readonly #instruments: ReadonlySet<ObservableInstrument>;
  readonly #invoke: Invoke;
  readonly #run: ObserverRun;
  /** Of the call that is running. */
  #observations: Observations<ObservableInstrument> | undefined;
  #lastMs = 0;
  #isSlowSaid = false;
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

  /** A callback may read what its module declares further down: one that throws is called again when that is done. */
  callFirst(): void {
    void this.#call(() => {
      queueMicrotask(() => void this.call());
    });
  }

  /** Returns a promise, which never rejects, when the callback is asynchronous. */
  call(): Promise<void> | undefined {
    return this.#call((error) => this.#sayThrew(error));
  }

  /** For a process that ends: what is asynchronous is not waited for, and what was slow is not called. */
  callLast(): void {
    if (this.#lastMs <= QUICK_MS) void this.call();
    this.settle();
  }

  /** Takes what the running call has observed so far; what it observes from here on comes too late. */
  settle(): void {
    const observations = this.#observations;
    this.#observations = undefined;
    const observed = observations?.byInstrument() ?? [];
    for (const [instrument, values] of observed) instrument.take(values);
    if (observed.length > 0) this.#run.measured();
  }

  /** Takes nothing more. */
  abandon(): void {
    this.#observations = undefined;
  }

  name(): string {
    return [...this.#instruments][0]?.name() ?? '';
  }

  #call(threw: (error: unknown) => void): Promise<void> | undefined {
    this.settle();
    const observations = new Observations<ObservableInstrument>();
    this.#observations = observations;
    const startMs = monotonicMs();
    try {
      const returned = this.#invoke((...given) => this.#observe(observations, ...given));
      this.#noteTime(monotonicMs() - startMs);
      if (isThenable(returned)) return this.#wait(returned, observations);
      this.settle();
    } catch (error) {
      this.abandon();
      this.#noteTime(monotonicMs() - startMs);
      threw(error);
    }
    return undefined;
  }

  async #wait(returned: PromiseLike<unknown>, observations: object): Promise<void> {
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
        `${instrument.name()}: observed by a callback that is not registered for it; dropped`,
      );
      return;
    }
    const observation = instrument.observation(value, attributes);
    if (observation !== undefined) observations.add(instrument, observation);
  }

  #noteTime(ms: number): void {
    this.#lastMs = ms;
    if (ms <= QUICK_MS || this.#isSlowSaid) return;
    this.#isSlowSaid = true;
    this.#run.complaints.add(
      `${this.name()}: its callback took ${Math.round(ms)} ms, allowed is up to ${QUICK_MS} at the end of the process; it is not called there`,
    );
  }

  #sayThrew(error: unknown): void {
    if (this.#isThrowSaid) return;
    this.#isThrowSaid = true;
    this.#run.complaints.add(`${this.name()}: its callback threw: ${describe(error)}; nothing was observed`);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
