/** How the providers of one process know what is theirs, also those of another copy of this package. */

const OURS = Symbol.for('ephemetry.ours');

/** Marks a listener, or whatever else calls back, as ours. */
export function asOurs<T extends object>(value: T): T {
  return Object.assign(value, { [OURS]: true });
}

/** Whether it was marked, by whichever copy of this package. */
export function isOurs(value: object): boolean {
  return OURS in value;
}

/** Whether anybody but us listens. */
export function hasOtherListeners(event: string): boolean {
  return process.listeners(event as 'exit').some((listener) => !isOurs(listener));
}

/** Calls what all of us do at the end of the process. */
export function endAll(): void {
  for (const listener of process.listeners('exit'))
    if (isOurs(listener)) Reflect.apply(listener, process, []);
}
