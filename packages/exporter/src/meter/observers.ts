/**
 * The callbacks of observable instruments: called when they are registered, in an interval, by flush and shutdown, and
 * when the process ends.
 *
 *     call ─▶ observations ─▶ it returned, or its promise is fulfilled ─▶ the next batch
 *                  └─ still running when the next call or the end comes: what it observed so far ─▶ the next batch
 */
import { monotonicMs } from '../monotonic-clock.ts';
import type { Callbacks, Invoke } from './instrument.ts';
import { ObservableInstrument } from './observable-instruments.ts';
import { Observer, type ObserverRun } from './observer.ts';

/** The longest that callbacks may hold up the end of a process; the rest of them is not called. */
const LIMIT_AT_END_MS = 50;

/** What the callbacks need from their run. */
export interface ObserversRun extends ObserverRun {
  /** Whether callbacks are to be called, now that there is one. */
  readonly isObserved: () => boolean;
}

/** Owned by a run. */
export class Observers implements Callbacks {
  readonly #run: ObserversRun;
  readonly #observers: Set<Observer> = new Set();
  /** A callback may flush. */
  #isCalling = false;

  constructor(run: ObserversRun) {
    this.#run = run;
  }

  /** Registers a callback for instruments, and calls it. The same one for the same instruments is registered once. */
  add(callback: unknown, instruments: readonly unknown[], invoke: Invoke): void {
    const observables = instruments.filter(isObservable);
    if (observables.length === 0) {
      this.#run.complaints.add(
        'a batch callback is registered for no observable instrument of this meter provider; it is not called',
      );
      return;
    }
    if (this.#find(callback, observables) !== undefined) return;
    const observer = new Observer(callback, new Set(observables), invoke, this.#run);
    this.#observers.add(observer);
    if (this.#run.isObserved()) observer.callFirst();
  }

  remove(callback: unknown, instruments: readonly unknown[]): void {
    const observer = this.#find(callback, instruments.filter(isObservable));
    if (observer === undefined) return;
    observer.abandon();
    this.#observers.delete(observer);
  }

  /** Calls all. With a limit it returns what waits for the asynchronous ones, if there are any, and keeps the process alive. */
  observe(limitMs?: number): Promise<void> | undefined {
    if (this.#isCalling || this.#observers.size === 0 || !this.#run.isObserved()) return undefined;
    this.#isCalling = true;
    const running = [...this.#observers].flatMap((observer) => observer.call() ?? []);
    this.#isCalling = false;
    return running.length === 0 || limitMs === undefined ? undefined : this.#wait(running, limitMs);
  }

  /** Calls all that are quick, and waits for none: the process ends. */
  observeLast(): void {
    if (this.#observers.size === 0 || !this.#run.isObserved()) return;
    const startMs = monotonicMs();
    for (const observer of this.#observers) {
      if (monotonicMs() - startMs < LIMIT_AT_END_MS) observer.callLast();
      else observer.settle();
    }
  }

  async #wait(running: readonly Promise<void>[], limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), limitMs);
    });
    const first = await Promise.race([Promise.all(running), timeout]);
    clearTimeout(timer);
    if (first !== 'late') return;
    this.#run.complaints.add(
      `asynchronous callbacks took longer than ${Math.round(limitMs)} ms; what they observed by then counts`,
    );
    for (const observer of this.#observers) observer.settle();
  }

  #find(callback: unknown, instruments: readonly ObservableInstrument[]): Observer | undefined {
    return [...this.#observers].find((observer) => observer.isFor(callback, new Set(instruments)));
  }
}

function isObservable(instrument: unknown): instrument is ObservableInstrument {
  return instrument instanceof ObservableInstrument;
}
