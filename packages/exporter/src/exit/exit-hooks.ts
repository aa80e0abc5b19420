/**
 * Every exit path that JavaScript can see. Nothing of the host is patched: these are listeners, and
 * a host that handles a signal itself goes on deciding what it means. All runs of a process hear of its end by one listener an
 * event: Node warns of more than ten, and what each of them waits is waited at the same time.
 */
import { constants } from 'node:os';
import { monotonicMs } from '../monotonic-clock.ts';
import { quietly } from '../quietly.ts';
import { isMainThread } from '../this-thread.ts';
import { asOurs, endAll } from './our-listeners.ts';

/** What happens on the way out. All are synchronous and may be called more than once. */
export interface ExitActions {
  /** Writes what is in memory to disk. */
  readonly persist: () => void;
  /** Persists and has it sent, without a wait: others are at their end as well, and nobody waits for one after the other. */
  readonly beginEnd: () => void;
  /** Persists, then waits for delivery within the budgets, which begin for all with the first that waits. */
  readonly end: () => void;
  /** The event loop is empty. Called again whenever it is empty again. */
  readonly endNaturally: () => void;
}

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** Where the runs of this process find each other, also those of another copy of this package. */
const PROCESS_END = Symbol.for('ephemetry.process-end.1');

/** Whether exit listeners are being called. Node has no public name for it, and none for asking otherwise. */
export function isExiting(): boolean {
  return Reflect.get(process, '_exiting') === true;
}

/** Installs the hooks and returns what removes them. Signals reach the main thread only. */
export function installExitHooks(actions: ExitActions, handleSignals: boolean): () => void {
  return processEnd().add(actions, handleSignals && isMainThread());
}

/** Since when somebody waits at the end of this process, by the monotonic clock: now, for the first to ask. */
export function exitSinceMs(): number {
  return processEnd().sinceMs();
}

function processEnd(): ProcessEnd {
  const known: ProcessEnd | undefined = Reflect.get(globalThis, PROCESS_END);
  if (known !== undefined) return known;
  const created = new ProcessEnd();
  // Where the host has frozen it each run is by itself.
  Reflect.set(globalThis, PROCESS_END, created);
  return created;
}

/** Owned by the process. */
class ProcessEnd {
  readonly #runs: Set<ExitActions> = new Set();
  readonly #ofSignals: Set<ExitActions> = new Set();
  #sinceMs: number | undefined;

  add(actions: ExitActions, handleSignals: boolean): () => void {
    // An end that was only played, by a host that emits the event itself, is over.
    if (!isExiting()) this.#sinceMs = undefined;
    this.#runs.add(actions);
    if (handleSignals) this.#ofSignals.add(actions);
    this.#arm();
    return () => {
      this.#runs.delete(actions);
      this.#ofSignals.delete(actions);
      if (this.#ofSignals.size === 0) this.#disarmSignals();
      if (this.#runs.size === 0) this.#disarm();
    };
  }

  sinceMs(): number {
    this.#sinceMs ??= monotonicMs();
    return this.#sinceMs;
  }

  /** Again with each run: then it is first in line among those that are there by now. */
  #arm(): void {
    this.#disarm();
    // An exit handler of the host that throws would keep later ones from running.
    process.prependListener('exit', this.#end);
    process.prependListener('uncaughtExceptionMonitor', this.#persist);
    if (isMainThread()) process.on('beforeExit', this.#endNaturally);
    if (this.#ofSignals.size > 0) this.#armSignals();
  }

  #disarm(): void {
    process.off('exit', this.#end);
    process.off('uncaughtExceptionMonitor', this.#persist);
    process.off('beforeExit', this.#endNaturally);
    this.#disarmSignals();
  }

  readonly #end: () => void = asOurs(() => {
    const runs = [...this.#runs];
    if (runs.length > 1) for (const run of runs) quietly(run.beginEnd, undefined);
    for (const run of runs) quietly(run.end, undefined);
    // No listener is called any more: a signal that a later exit handler sends to its own process must end it.
    this.#disarmSignals();
  });

  readonly #persist: () => void = asOurs(() => {
    for (const run of this.#runs) quietly(run.persist, undefined);
  });

  readonly #endNaturally: () => void = asOurs(() => {
    for (const run of this.#runs) quietly(run.endNaturally, undefined);
  });

  readonly #armSignals = (): void => {
    this.#disarmSignals();
    if (this.#ofSignals.size > 0)
      for (const signal of SIGNALS) process.prependListener(signal, this.#receive);
  };

  #disarmSignals(): void {
    for (const signal of SIGNALS) process.off(signal, this.#receive);
  }

  readonly #receive = (signal: NodeJS.Signals, number?: number): void => {
    // First of all: from here on a second signal kills at once, and two within a millisecond are usual
    // (the terminal signals the whole group, and npm passes its own on to its child).
    this.#persist();
    // Before anything that waits: a second Ctrl-C must kill at once, and libraries that ask whether they are the
    // only listener must not see us.
    this.#disarmSignals();
    // Without a number no signal came: a host emits the event itself, to have its own listeners called.
    if (number !== undefined && process.listenerCount(signal) === 0) die(signal);
    process.nextTick(this.#armSignals);
  };
}

/**
 * As without us: by the signal. Process 1 of a container ignores it and must be told otherwise. Of several copies of this
 * package the last one to hear of it comes here, for all of them.
 */
function die(signal: NodeJS.Signals): void {
  endAll();
  process.kill(process.pid, signal);
  process.exit(128 + constants.signals[signal]);
}
