/**
 * A program that ends by itself would be gone by now; it lives on only because we send something. So nothing of the host may
 * go on any more: no ticks of a timer that was unreferenced, no messages of a thread that was. Timers are put off, which holds
 * nothing up. Anything else is called once, as it would have been had it come a moment earlier, and takes the time back. Not
 * by `process.exit`: the code of an unsettled top-level `await` is known to nobody but Node, when the loop is empty. A
 * signal reaches its listeners, and then the host decides again. What is begun by who was told of the end keeps the program
 * alive by itself, and is called when it is due.
 */
import type * as asyncHooks from 'node:async_hooks';
import { isOurs } from './our-listeners.ts';

/** When the host was told of its end, and when we began to send, in ids of async hooks: a smaller one is older. */
interface Moment {
  readonly toldId: number;
  readonly sentId: number;
}

/** Several providers may borrow at once: what one of them sends must not look like the host's to another. */
const FIRST_MOMENT = Symbol.for('ephemetry.natural-end');

/** The id of now. */
export function asyncIdNow(): number {
  const { AsyncResource }: typeof asyncHooks = process.getBuiltinModule('node:async_hooks');
  return new AsyncResource('EphemetryNaturalEnd').asyncId();
}

/**
 * From here on timers that were there before are put off. `takeBack` is called just before anything else is that is older than
 * `toldId`.
 */
export function borrowTime(toldId: number, takeBack: () => void): void {
  const { createHook, executionAsyncResource }: typeof asyncHooks =
    process.getBuiltinModule('node:async_hooks');
  const moment: Moment = Reflect.get(globalThis, FIRST_MOMENT) ?? { toldId, sentId: asyncIdNow() };
  Reflect.set(globalThis, FIRST_MOMENT, moment);
  const hook = createHook({
    before(id) {
      if (id > moment.sentId) return;
      const resource = executionAsyncResource();
      if (isOurs(resource) || isKeepingAlive(resource) || putOff(resource) || id > moment.toldId) return;
      hook.disable();
      Reflect.set(globalThis, FIRST_MOMENT, undefined);
      if (resource.constructor?.name !== 'Signal') takeBack();
    },
  });
  hook.enable();
}

/** Put off, it would keep the program alive permanently. */
function isKeepingAlive(resource: object): boolean {
  return isTimer(resource) && resource.hasRef();
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

function isTimer(
  resource: object,
): resource is { _onTimeout: () => void; refresh: () => void; hasRef: () => boolean } {
  return (
    'hasRef' in resource &&
    typeof resource.hasRef === 'function' &&
    'refresh' in resource &&
    typeof resource.refresh === 'function' &&
    '_onTimeout' in resource &&
    typeof resource._onTimeout === 'function'
  );
}
