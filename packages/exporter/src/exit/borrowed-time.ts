/**
 * A program that ends by itself would be gone by now; it lives on only because we send something. So nothing of the host may
 * happen any more that bare Node would not have let happen: no tick of a timer that was unreferenced, no answer of a
 * server that was. Timers are put off, which holds nothing up; whatever else comes first ends the process, as its end was
 * due already. A signal still reaches its listeners, and then the host decides again.
 */
import type * as asyncHooks from 'node:async_hooks';

/** From here to the end of the process no callback runs of what was there before this call. */
export function borrowTime(): void {
  const { AsyncResource, createHook, executionAsyncResource }: typeof asyncHooks =
    process.getBuiltinModule('node:async_hooks');
  // Ids are given in order: what has a smaller one is older.
  const now = new AsyncResource('EphemetryNaturalEnd').asyncId();
  const hook = createHook({
    before(id) {
      if (id > now) return;
      const resource = executionAsyncResource();
      if (putOff(resource)) return;
      hook.disable();
      if (resource.constructor?.name !== 'Signal') exitAsDue();
    },
  });
  hook.enable();
}

/** Returns whether it is a timer: this time it only begins anew. */
function putOff(resource: object): boolean {
  if (!isTimer(resource)) return false;
  const { _onTimeout } = resource;
  resource._onTimeout = () => {
    resource._onTimeout = _onTimeout;
    resource.refresh();
  };
  return true;
}

function isTimer(resource: object): resource is { _onTimeout: () => void; refresh: () => void } {
  return (
    'refresh' in resource &&
    typeof resource.refresh === 'function' &&
    '_onTimeout' in resource &&
    typeof resource._onTimeout === 'function'
  );
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
