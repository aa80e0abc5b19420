/**
 * Every exit path that JavaScript can see. Nothing of the host is patched: these are listeners, and
 * a host that handles a signal itself goes on deciding what it means.
 */
import { constants } from 'node:os';
import { isMainThread } from '../this-thread.ts';
import { asOurs, endAll } from './our-listeners.ts';

/** What happens on the way out. Both are synchronous and may be called more than once. */
export interface ExitActions {
  /** Writes what is in memory to disk. */
  readonly persist: () => void;
  /** Persists, then waits for delivery within the budget. */
  readonly end: () => void;
  /** The event loop is empty. Called again whenever it is empty again. */
  readonly endNaturally: () => void;
}

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** Whether exit listeners are being called. Node has no public name for it, and none for asking otherwise. */
export function isExiting(): boolean {
  return Reflect.get(process, '_exiting') === true;
}

/** Installs the hooks and returns what removes them. Signals reach the main thread only. */
export function installExitHooks(actions: ExitActions, handleSignals: boolean): () => void {
  const disarm = handleSignals && isMainThread() ? armSignals(actions) : () => {};
  const end = asOurs(() => {
    actions.end();
    // No listener is called any more: a signal that a later exit handler sends to its own process must end it.
    disarm();
  });
  // First in line: an exit handler of the host that throws would keep later ones from running.
  process.prependListener('exit', end);
  process.prependListener('uncaughtExceptionMonitor', asOurs(actions.persist));
  if (isMainThread()) process.on('beforeExit', asOurs(actions.endNaturally));
  return () => {
    process.off('exit', end);
    process.off('uncaughtExceptionMonitor', actions.persist);
    process.off('beforeExit', actions.endNaturally);
    disarm();
  };
}

function armSignals(actions: ExitActions): () => void {
  const arm = (): void => {
    for (const signal of SIGNALS) process.prependListener(signal, receive);
  };
  const disarm = (): void => {
    for (const signal of SIGNALS) process.off(signal, receive);
  };
  const receive = (signal: NodeJS.Signals, number?: number): void => {
    // First of all: from `disarm` on a second signal kills at once, and two within a millisecond are usual
    // (the terminal signals the whole group, and npm passes its own on to its child).
    actions.persist();
    // Before anything that waits: a second Ctrl-C must kill at once, and libraries that ask whether they are the
    // only listener must not see us.
    disarm();
    // Without a number no signal came: a host emits the event itself, to have its own listeners called.
    if (number !== undefined && process.listenerCount(signal) === 0) die(signal);
    process.nextTick(arm);
  };
  arm();
  return disarm;
}

/**
 * As without us: by the signal. Process 1 of a container ignores it and must be told otherwise. Of several providers the last
 * one to hear of it comes here, for all of them.
 */
function die(signal: NodeJS.Signals): void {
  endAll();
  process.kill(process.pid, signal);
  process.exit(128 + constants.signals[signal]);
}
