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
  return listenersOf(event).some((listener) => !isOurs(listener));
}

/** Calls what all of us do at the end of the process. */
export function endAll(): void {
  callOurs('exit');
}

/**
 * Has all of us write what is in memory to disk. Among exit listeners `process.exit` ends the process at once: code of the
 * host that one provider calls there would end it before the others have heard of the end.
 */
export function persistAll(): void {
  callOurs('uncaughtExceptionMonitor');
}

function callOurs(event: string): void {
  for (const listener of listenersOf(event)) if (isOurs(listener)) Reflect.apply(listener, process, []);
}

/** Node's types name a type of listener for each event. */
function listenersOf(event: string): readonly ((...given: never[]) => unknown)[] {
  return process.listeners(event as 'exit');
}
