/**
 * The callbacks of observable instruments: called when they are registered, in an interval, by flush and shutdown, and
 * when the process ends. Whatever they do (throw, flush, register callbacks, never settle), each of these is bounded.
 */
import { LONGEST_TIMER_MS } from '../../delivery/longest-timer.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import { countOf } from '../../verdict.ts';
import type { Complaints } from '../complaints.ts';
import type { Callbacks, Invoke } from '../instrument.ts';
import { ObservableInstrument } from './observable-instruments.ts';
import { Observer } from './observer.ts';

/** The longest that callbacks may hold up the end of a process; the rest of them is not called. */
const LIMIT_AT_END_MS = 50;

/** A host that registers a callback per request fills neither the memory nor the time of a round. */
const LIMIT_CALLBACKS = 10_000;

/** What the callbacks need from their run. */
export interface ObserversRun {
  readonly complaints: Complaints;
  /** Called once after each round of calls that observed something. */
  readonly measured: () => void;
  /** The time between two calls of each callback; `undefined` when none is to be called. Asked before each round. */
  readonly intervalMs: () => number | undefined;
}

/** Calls that a flush waits for. */
interface Round {
  readonly over: Promise<unknown>;
  isOver: boolean;
}

/** Owned by a run. */
export class Observers implements Callbacks {
  readonly #run: ObserversRun;
  readonly #observers: Set<Observer> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #round: Round | undefined;
  /** How many calls are on the stack: a callback may flush, or register others. */
  #depth = 0;
  #hasTaken = false;
  #isEndOver = false;

  constructor(run: ObserversRun) {
    this.#run = run;
  }

  /** Registers a callback for instruments, and calls it. The same one for the same instruments is registered once. */
  add(callback: unknown, instruments: unknown, invoke: Invoke): void {
    const observables = this.#observablesAmong(instruments);
    if (observables.size === 0) {
      this.#run.complaints.add(
        'a batch callback is registered for no observable instrument of this meter provider; it is not called',
      );
      return;
    }
    if (this.#find(callback, observables) !== undefined || !this.#hasRoom()) return;
    const { complaints } = this.#run;
    const observer = new Observer(callback, observables, invoke, { complaints, took: () => this.#took() });
    this.#observers.add(observer);
    // One that is registered by a callback that a callback registered waits for the next round: it may go on like that.
    if (this.#depth < 2 && this.#isObserved()) this.#callFirst(observer);
  }

  /** What a running call has observed is dropped. */
  remove(callback: unknown, instruments: unknown): void {
    const observer = this.#find(callback, this.#observablesAmong(instruments));
    if (observer === undefined) return;
    observer.abandon();
    this.#observers.delete(observer);
  }

  /**
   * Calls all. Returns what waits for the asynchronous ones, if there are any, at most so long; it keeps no process alive.
   * A flush during another one waits for the calls of that one: it may come from one of them.
   */
  observe(limitMs: number): Promise<void> | undefined {
    if (!this.#canCall()) return undefined;
    if (this.#round !== undefined) this.#callEach((observer) => observer.callIfSynchronous());
    else this.#round = this.#startRound();
    return this.#round === undefined ? undefined : this.#wait(this.#round, limitMs);
  }

  /**
   * Calls all that are quick, and waits for none: the process ends. Once, however often the end is announced: what callbacks
   * observe there is announced as well. A callback may have called `process.exit`: no call on the stack goes on then.
   */
  readonly observeLast = (): void => {
    if (this.#isEndOver) return;
    this.#isEndOver = true;
    const depth = this.#depth;
    this.#depth = 0;
    const startMs = monotonicMs();
    let left = 0;
    this.#callEach((observer) => {
      if (monotonicMs() - startMs < LIMIT_AT_END_MS) return observer.callLast();
      left += 1;
      observer.settle();
    });
    if (left > 0) this.#sayLeft(left, monotonicMs() - startMs);
    this.#depth = depth;
  };

  /** Calls nothing more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#observers.clear();
  }

  #callFirst(observer: Observer): void {
    const callAgain = (): void => {
      if (!this.#observers.has(observer) || !this.#isObserved()) return;
      this.#inRound(() => observer.callInTime());
    };
    this.#inRound(() => observer.callFirst(() => queueMicrotask(callAgain)));
  }

  #startRound(): Round | undefined {
    const running: Promise<void>[] = [];
    const isOver = (): boolean => round.isOver;
    const round = { isOver: false, over: Promise.resolve<unknown>(undefined) };
    this.#callEach((observer) => {
      const over = observer.callAnew(isOver);
      if (over !== undefined) running.push(over);
    });
    round.over = Promise.all(running);
    return running.length === 0 ? undefined : round;
  }

  async #wait(round: Round, limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const waitMs = limitMs > 0 ? Math.min(limitMs, LONGEST_TIMER_MS) : 0;
    const timeout = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), waitMs);
      timer.unref();
    });
    const first = await Promise.race([round.over, timeout]);
    clearTimeout(timer);
    if (first === 'late' && !round.isOver) this.#giveUp(waitMs);
    round.isOver = true;
    if (this.#round === round) this.#round = undefined;
  }

  #giveUp(waitedMs: number): void {
    this.#run.complaints.add(
      `asynchronous callbacks took longer than ${Math.round(waitedMs)} ms; what they observed by then counts`,
    );
    this.#callEach((observer) => observer.giveUp());
  }

  /** Those that a callback adds meanwhile are left out, those that it removes too. */
  #callEach(call: (observer: Observer) => void): void {
    this.#inRound(() => {
      for (const observer of [...this.#observers]) if (this.#observers.has(observer)) call(observer);
    });
  }

  #inRound(call: () => void): void {
    this.#depth += 1;
    call();
    this.#depth -= 1;
    this.#report();
  }

  #took(): void {
    this.#hasTaken = true;
    this.#report();
  }

  /** Once a round: in a worker thread each measurement is written at once. */
  #report(): void {
    if (!this.#hasTaken || this.#depth > 0) return;
    this.#hasTaken = false;
    this.#run.measured();
  }

  #canCall(): boolean {
    return this.#depth === 0 && this.#observers.size > 0 && this.#isObserved();
  }

  /** From the first time on callbacks are called in an interval. */
  #isObserved(): boolean {
    const intervalMs = this.#run.intervalMs();
    if (intervalMs === undefined) return false;
    this.#timer ??= setInterval(() => this.#observeInTime(), intervalMs).unref();
    return true;
  }

  #observeInTime(): void {
    // The process goes on after what looked like its end.
    this.#isEndOver = false;
    if (this.#canCall()) this.#callEach((observer) => observer.callInTime());
  }

  #sayLeft(callbacks: number, tookMs: number): void {
    this.#run.complaints.add(
      `callbacks of observable instruments took ${Math.round(tookMs)} ms at the end of the process; the limit is ${LIMIT_AT_END_MS} ms, so ${countOf(callbacks, 'callback was', 'callbacks were')} skipped`,
    );
  }

  #hasRoom(): boolean {
    if (this.#observers.size < LIMIT_CALLBACKS) return true;
    this.#run.complaints.add(
      `more than ${LIMIT_CALLBACKS} callbacks of observable instruments are registered; the rest is not called`,
    );
    return false;
  }

  #find(callback: unknown, instruments: ReadonlySet<ObservableInstrument>): Observer | undefined {
    return [...this.#observers].find((observer) => observer.isFor(callback, instruments));
  }

  /** A host without types may pass anything. */
  #observablesAmong(instruments: unknown): ReadonlySet<ObservableInstrument> {
    const given: readonly unknown[] = Array.isArray(instruments) ? instruments : [];
    return new Set(
      given.filter((one) => one instanceof ObservableInstrument).filter((one) => one.isOf(this)),
    );
  }
}
