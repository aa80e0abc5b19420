/** Asks a long-running command to end well. */

/** Aborted at the first SIGINT or SIGTERM; the second one ends the process as if nobody listened. */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Listens for SIGINT and SIGTERM until disposed.
 *
 * @param others signals that stop the command as well
 */
export function listenForStop(...others: readonly AbortSignal[]): StopSignal {
  const controller = new AbortController();
  const stop = (): void => {
    remove();
    controller.abort();
  };
  const remove = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { signal: AbortSignal.any([controller.signal, ...others]), [Symbol.dispose]: remove };
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
