/** Calls back after a time, and keeps no process alive. A host may have put timers of its own in place, which know no `unref`. */
export function unheldTimer(callback: () => void, delayMs: number): NodeJS.Timeout {
  const timer = setTimeout(callback, delayMs);
  timer.unref?.();
  return timer;
}
