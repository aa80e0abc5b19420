/** What is left of the second in which a program ends goes to its connections. */
const GRACE_MS = 300;

/**
 * Waits for work; once the program is to end, only a moment longer.
 *
 * @param late what it resolves to then
 */
export function settleSoon<Result>(work: Promise<Result>, stop: AbortSignal, late: Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onStop = (): void => {
      timer = setTimeout(() => resolve(late), GRACE_MS);
    };
    const end = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    };
    work.finally(end).then(resolve, reject);
    stop.addEventListener('abort', onStop, { once: true });
    if (stop.aborted) onStop();
  });
}
