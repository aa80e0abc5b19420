/**
 * A program that ends by itself would be gone by now; it lives on only because we send something. So nothing of the host may
 * happen any more that bare Node would not have let happen: no tick of a timer that was unreferenced, no answer of a
 * server that was. Whatever comes first of these ends the process, as its end was due already.
 */
import type * as asyncHooks from 'node:async_hooks';

/**
 * Ends the process with the first callback of something that was there before this call; signals still reach their listeners.
 * Returns what lifts it.
 */
export function endAtForeignCallback(): () => void {
  const { AsyncResource, createHook, executionAsyncResource }: typeof asyncHooks =
    process.getBuiltinModule('node:async_hooks');
  // Ids are given in order: what has a smaller one is older.
  const now = new AsyncResource('EphemetryNaturalEnd').asyncId();
  const hook = createHook({
    before(id) {
      if (id > now || isSignal(executionAsyncResource())) return;
      hook.disable();
      exitAsDue();
    },
  });
  hook.enable();
  return () => void hook.disable();
}

function isSignal(resource: object): boolean {
  return resource.constructor?.name === 'Signal';
}

/** With the code of a natural end: that of an unsettled `await` Node sets in a listener, which `process.exit` removes. */
function exitAsDue(): void {
  const isAwaiting = process.listeners('exit').some(({ name }) => name === 'handleProcessExit');
  if (isAwaiting) process.exitCode ??= 13;
  try {
    process.exit();
  } catch {
    // A host that replaced it wants to live on.
  }
}
